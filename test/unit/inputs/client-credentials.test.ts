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

function inputFor(given: NonNullable<Given['flags']>) {
  const settings = settingsOf({ flags: given });
  const { secrets, readFile } = secretsFor(settings, fakeRuntime('/nowhere'));
  return clientCredentialsInput(settings, secrets, readFile);
}

function keyFile(): string {
  const path = join(emptyFolder(), 'key.pem');
  writeFileSync(path, 'PEM');
  return path;
}

test('by default requests scope openid and uses the access_token', () => {
  expect(inputFor(flags)).toMatchObject({
    endpoint: { issuerUrl: 'https://idp.example.com' },
    clientId: 'ci',
    proof: { method: 'client_secret_basic' },
    scope: 'openid',
    parameters: [],
    tokenType: 'access_token',
  });
});

test('subject-token-type id_token uses the id_token', () => {
  expect(inputFor({ ...flags, 'subject-token-type': 'id_token' }).tokenType).toBe('id_token');
});

test('a private key implies private_key_jwt', () => {
  const { 'idp-client-secret': _none, ...others } = flags;
  const { proof } = inputFor({ ...others, 'idp-private-key-file': keyFile() });
  expect(proof.method === 'private_key_jwt' && proof.privateKey.reveal()).toBe('PEM');
});

test('idp-param is split at the first equals sign', () => {
  const { parameters } = inputFor({ ...flags, 'idp-param': ['audience=dex', 'a=b=c', 'empty='] });
  expect(parameters.map(([name, value]) => [name, value.reveal()])).toEqual([
    ['audience', 'dex'],
    ['a', 'b=c'],
    ['empty', ''],
  ]);
});

describe('rejects', () => {
  test.each<
    [string, () => NonNullable<Given['flags']>, string, readonly string[], readonly string[]]
  >([
    [
      'a missing client',
      () => ({ 'idp-issuer-url': 'https://h' }),
      'setting_missing',
      ['--idp-client-id', 'client credentials'],
      ['--idp-client-id', 'DEXCHANGE_IDP_CLIENT_ID'],
    ],
    [
      'a missing URL',
      () => ({ 'idp-client-id': 'ci', 'idp-client-secret': 'x' }),
      'setting_missing',
      ['--idp-issuer-url', 'client credentials'],
      ['--idp-issuer-url', 'DEXCHANGE_IDP_ISSUER_URL', '--idp-token-url'],
    ],
    [
      'a missing secret',
      () => ({ 'idp-issuer-url': 'https://h', 'idp-client-id': 'ci' }),
      'setting_missing',
      ['not set: the client secret at the IdP'],
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
        'idp-private-key-file': keyFile(),
      }),
      'setting_conflict',
      ['--idp-private-key-file', '--idp-auth-method client_secret_post'],
      ['private_key_jwt'],
    ],
    [
      'a reserved parameter',
      () => ({ ...flags, 'idp-param': ['scope=canary'] }),
      'setting_conflict',
      ['--idp-param scope'],
      ['--idp-scope'],
    ],
  ])('%s', (_what, given, code, message, hint) => {
    expectFailure(
      failure(() => inputFor(given())),
      { code, message, hint },
    );
  });

  test.each(['canary-7f3a', '=canary-7f3a'])(
    'a parameter without a name, and does not repeat it: %s',
    (text) => {
      const seen = failure(() => inputFor({ ...flags, 'idp-param': [text] }));
      expectFailure(seen, { code: 'setting_invalid', message: ['--idp-param'], hint: [] });
      expect(`${seen.message}${seen.hint}`).not.toContain('canary');
    },
  );
});

test.each(['audience=$AUDIENCE', `a=\${{ secrets.A }}`, 'a=$(A)', 'a=[MASKED]'])(
  'the value of --idp-param %s is a placeholder',
  (text) => {
    const seen = failure(() => inputFor({ ...flags, 'idp-param': [text] }));
    const message = [`--idp-param ${text.split('=')[0]}`];
    expectFailure(seen, { code: 'setting_not_expanded', message, hint: ['change the secret'] });
  },
);
