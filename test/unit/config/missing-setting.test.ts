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
  expect(hint).toContain('--idp-issuer-url URL or --idp-token-url URL,');
});

test('several missing settings are named by all flags and variables', () => {
  const { message, hint } = missingSetting(['dex-url', 'client-id', 'client-secret-file']);
  expect(message).toBe('not set: --dex-url, --client-id, the client secret');
  expect(hint).toContain('DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CLIENT_SECRET in');
  expect(hint).toContain('--dex-url, --client-id, --client-secret-file');
});

test('variables of no setting are named, but not those of the install script', () => {
  const env = { DEXCHANGE_DEX_ULR: 'x', DEXCHANGE_DEX_URL: 'x', DEXCHANGE_INSTALL_URL: 'x' };
  expect(unknownVariables(env)).toEqual(['DEXCHANGE_DEX_ULR']);
});

test.each([
  [
    'client-secret',
    'the client secret',
    'set DEXCHANGE_CLIENT_SECRET in the job to the secret of the DexClient, or --client-secret-file FILE or --client-secret-command COMMAND',
  ],
  [
    'idp-client-secret',
    'the client secret at the IdP',
    'set DEXCHANGE_IDP_CLIENT_SECRET in the job to the secret of the client at the IdP, or --idp-client-secret-file FILE or --idp-client-secret-command COMMAND',
  ],
  [
    'password',
    'the password',
    'set DEXCHANGE_PASSWORD to the password, or --password-file FILE or --password-command COMMAND',
  ],
  [
    'subject-token',
    'the identity token',
    'set DEXCHANGE_SUBJECT_TOKEN in the job to the identity token, or --subject-token-file FILE or --subject-token-command COMMAND',
  ],
] as const)(
  'a missing secret %s has its name, and its variable comes first',
  (name, title, hint) => {
    const missing = missingSetting([`${name}-file`]);
    expect(missing).toMatchObject({ message: `not set: ${title}`, hint });
  },
);

test('the file of a private key is a setting like others, without a variable of its content', () => {
  expect(missingSetting(['idp-private-key-file'])).toMatchObject({
    message: 'not set: --idp-private-key-file',
    hint: 'set --idp-private-key-file FILE, or variable DEXCHANGE_IDP_PRIVATE_KEY_FILE: private key for private_key_jwt, as PKCS#8 PEM or JWK',
  });
});
