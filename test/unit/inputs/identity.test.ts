import { describe, expect, test } from 'vitest';
import { selectIdentity } from '../../../src/identity/select.ts';
import { Secret } from '../../../src/secret.ts';
import { expectFailure, failure } from '../support/failure.ts';
import { fakeRuntime, identityFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const requests = {
  requestClientCredentials: async () => new Secret('granted.to.ken'),
};

function select(given: Given) {
  const runtime = fakeRuntime('/nowhere', given.env);
  const options = identityFor(settingsOf(given), runtime, requests);
  return selectIdentity(options);
}

const grant = {
  'idp-token-url': 'https://idp.example.com/token',
  'idp-client-id': 'ci',
  'idp-client-secret': 'x',
} as const;

const grantEnv = {
  DEXCHANGE_IDP_TOKEN_URL: 'https://idp.example.com/token',
  DEXCHANGE_IDP_CLIENT_ID: 'ci',
  DEXCHANGE_IDP_CLIENT_SECRET: 'x',
};

describe('auto selects', () => {
  test.each<[string, Given, string, string]>([
    [
      'the variable in subject-token-env',
      { flags: { 'subject-token-env': 'MY' }, env: { MY: 'a.b.c' } },
      'env',
      'a.b.c',
    ],
    ['the token in subject-token', { flags: { 'subject-token': 'a.b.c' } }, 'env', 'a.b.c'],
    ['a borrowed token', { env: { IDP_TOKEN: 'a.b.c' } }, 'env', 'a.b.c'],
    ['client credentials', { flags: grant }, 'client-credentials', 'granted.to.ken'],
    [
      'client credentials over a token in a borrowed variable',
      { env: { ...grantEnv, SUBJECT_TOKEN: 'a.b.c' } },
      'client-credentials',
      'granted.to.ken',
    ],
    [
      'a token of equal precedence over client credentials',
      { env: { ...grantEnv, DEXCHANGE_SUBJECT_TOKEN: 'a.b.c' } },
      'env',
      'a.b.c',
    ],
    [
      'a token in a borrowed variable over the token of GitLab',
      { env: { SUBJECT_TOKEN: 'a.b.c', GITLAB_OIDC_TOKEN: 'g.l.t' } },
      'env',
      'a.b.c',
    ],
  ])('%s', async (_what, given, name, token) => {
    const source = select(given);
    expect(source.name).toBe(name);
    expect((await source.obtain()).reveal()).toBe(token);
  });
});

test.each([
  [{}, 'not set'],
  [{ MY: '' }, 'empty'],
])(
  'an unset variable in subject-token-env is an error, even if there is another token: %j',
  (env, what) => {
    const given = { flags: { 'subject-token-env': 'MY' }, env: { GITLAB_OIDC_TOKEN: 'x', ...env } };
    expect(failure(() => select(given))).toEqual({
      code: 'subject_token_invalid',
      message: `variable MY from --subject-token-env is ${what}`,
      hint: 'check whether the CI job sets it; in GitLab CI it must be listed in id_tokens',
      exitCode: 3,
    });
  },
);

test('one setting of client credentials selects them', () => {
  const given = { flags: { 'idp-client-id': 'ci' }, env: { GITLAB_OIDC_TOKEN: 'x' } };
  const seen = failure(() => select(given));
  expectFailure(seen, { code: 'setting_missing', message: ['--idp-issuer-url'], hint: [] });
});

test('incomplete client credentials are ignored if there is an explicit token', () => {
  expect(select({ flags: { 'idp-client-id': 'ci', 'subject-token': 'a.b.c' } }).name).toBe('env');
});
