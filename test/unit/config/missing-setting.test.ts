import { expect, test } from 'vitest';
import {
  missingSetting,
  requireSetting,
  unknownVariables,
} from '../../../src/config/missing-setting.ts';
import { failure } from '../support/failure.ts';
import { settingsOf } from '../support/settings.ts';

test('requireSetting returns a value that is set', () => {
  const settings = settingsOf({ flags: { namespace: 'ci' } });
  expect(requireSetting(settings, 'namespace')).toBe('ci');
});

test('a missing setting is named by flag, variable and help text', () => {
  expect(failure(() => requireSetting(settingsOf({}), 'namespace'))).toEqual({
    code: 'setting_missing',
    message: 'not set: --namespace',
    hint: 'set --namespace NAMESPACE, or variable DEXCHANGE_NAMESPACE: namespace of the ServiceAccount',
    exitCode: 2,
  });
});

test('an error can name the purpose and the alternatives', () => {
  const { message, hint } = missingSetting(['idp-issuer-url'], {
    purpose: 'client credentials',
    alternatives: ['idp-token-url'],
  });
  expect(message).toBe('not set: --idp-issuer-url (needed for client credentials)');
  expect(hint).toContain('--idp-issuer-url URL or --idp-token-url,');
});

test('several missing settings are named by all flags and variables', () => {
  const { message, hint } = missingSetting(['dex-url', 'client-id', 'client-secret-file']);
  expect(message).toBe('not set: --dex-url, --client-id, --client-secret-file');
  expect(hint).toContain('DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CLIENT_SECRET in');
  expect(hint).toContain('--dex-url, --client-id, --client-secret-file');
});

test.each([
  ['client-secret-file', 'DEXCHANGE_CLIENT_SECRET'],
  ['idp-private-key-file', 'DEXCHANGE_IDP_PRIVATE_KEY_FILE'],
] as const)('the hint for --%s names variable %s', (name, variable) => {
  expect(missingSetting([name]).hint).toContain(`variable ${variable}:`);
});

test('variables of no setting are named, but not those of the install script', () => {
  const env = { DEXCHANGE_DEX_ULR: 'x', DEXCHANGE_DEX_URL: 'x', DEXCHANGE_INSTALL_URL: 'x' };
  expect(unknownVariables(env)).toEqual(['DEXCHANGE_DEX_ULR']);
});

test('the hint for the file of a secret says what its variable contains', () => {
  expect(missingSetting(['client-secret-file']).hint).toBe(
    'set --client-secret-file FILE, or variable DEXCHANGE_CLIENT_SECRET: file that contains the client secret; the variable contains the secret itself',
  );
  expect(missingSetting(['idp-private-key-file']).hint).not.toContain('itself');
});
