import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCredentialsInput } from '../../../src/inputs/client-credentials.ts';
import { expectFailure, failure } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, secretsFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const flags = {
  'idp-issuer-url': 'https://idp.example.com',
  'idp-client-id': 'ci',
  'idp-client-secret': 's3cret',
} as const;

function settle(given: NonNullable<Given['flags']>) {
  const settings = settingsOf({ flags: given });
  const { secrets, readFile } = secretsFor(settings, fakeRuntime('/nowhere'));
  return clientCredentialsInput(settings, secrets, readFile);
}

function aKey(): string {
  const path = join(emptyFolder(), 'key.pem');
  writeFileSync(path, 'PEM');
  return path;
}

test('issuer, client and secret are enough: openid is asked for, an access_token taken', () => {
  expect(settle(flags)).toMatchObject({
    endpoint: { issuerUrl: 'https://idp.example.com' },
    clientId: 'ci',
    proof: { method: 'client_secret_basic' },
    scope: 'openid',
    parameters: [],
    tokenType: 'access_token',
  });
});

test('the id_token is taken where Dex is to be told of one', () => {
  expect(settle({ ...flags, 'subject-token-type': 'id_token' }).tokenType).toBe('id_token');
});

test('a private key alone means private_key_jwt', () => {
  const { 'idp-client-secret': _none, ...others } = flags;
  const { proof } = settle({ ...others, 'idp-private-key-file': aKey() });
  expect(proof.method === 'private_key_jwt' && proof.privateKey.reveal()).toBe('PEM');
});

test('further parameters are split at the first equals sign', () => {
  const { parameters } = settle({ ...flags, 'idp-param': ['audience=dex', 'a=b=c', 'empty='] });
  expect(parameters.map(([name, value]) => [name, value.reveal()])).toEqual([
    ['audience', 'dex'],
    ['a', 'b=c'],
    ['empty', ''],
  ]);
});

describe('is refused:', () => {
  test.each<
    [string, () => NonNullable<Given['flags']>, string, readonly string[], readonly string[]]
  >([
    [
      'no client',
      () => ({ 'idp-issuer-url': 'https://h' }),
      'setting_missing',
      ['--idp-client-id', 'client credentials'],
      ['--idp-client-id', 'DEXCHANGE_IDP_CLIENT_ID'],
    ],
    [
      'no address',
      () => ({ 'idp-client-id': 'ci', 'idp-client-secret': 'x' }),
      'setting_missing',
      ['--idp-issuer-url', 'client credentials'],
      ['--idp-issuer-url', 'DEXCHANGE_IDP_ISSUER_URL', '--idp-token-url'],
    ],
    [
      'no secret',
      () => ({ 'idp-issuer-url': 'https://h', 'idp-client-id': 'ci' }),
      'setting_missing',
      ['--idp-client-secret-file'],
      ['--idp-client-secret-file', '--idp-client-secret-command', 'DEXCHANGE_IDP_CLIENT_SECRET'],
    ],
    [
      'private_key_jwt without a key',
      () => ({ ...flags, 'idp-auth-method': 'private_key_jwt' }),
      'setting_missing',
      ['--idp-private-key-file', 'private_key_jwt'],
      ['--idp-private-key-file', 'DEXCHANGE_IDP_PRIVATE_KEY_FILE'],
    ],
    [
      'a key for another method',
      () => ({
        ...flags,
        'idp-auth-method': 'client_secret_post',
        'idp-private-key-file': aKey(),
      }),
      'setting_conflict',
      ['--idp-private-key-file', '--idp-auth-method client_secret_post'],
      ['private_key_jwt'],
    ],
    [
      'a parameter that has a setting',
      () => ({ ...flags, 'idp-param': ['scope=canary'] }),
      'setting_conflict',
      ['--idp-param scope'],
      ['--idp-scope'],
    ],
  ])('%s', (_what, given, code, message, hint) => {
    expectFailure(
      failure(() => settle(given())),
      { code, message, hint },
    );
  });

  test.each(['canary-7f3a', '=canary-7f3a'])(
    'a parameter without a name, unrepeated: %s',
    (text) => {
      const seen = failure(() => settle({ ...flags, 'idp-param': [text] }));
      expectFailure(seen, { code: 'setting_invalid', message: ['--idp-param'], hint: [] });
      expect(`${seen.message}${seen.hint}`).not.toContain('canary');
    },
  );
});
