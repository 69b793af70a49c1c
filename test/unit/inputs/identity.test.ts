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

describe('auto takes', () => {
  test.each<[string, Given, string, string]>([
    [
      'the variable that is named',
      { flags: { 'subject-token-env': 'MY' }, env: { MY: 'a.b.c' } },
      'env',
      'a.b.c',
    ],
    ['the token that is given', { flags: { 'subject-token': 'a.b.c' } }, 'env', 'a.b.c'],
    ['a borrowed token', { env: { IDP_TOKEN: 'a.b.c' } }, 'env', 'a.b.c'],
    ['client credentials', { flags: grant }, 'client-credentials', 'granted.to.ken'],
    [
      'client credentials in place of a token that merely lies about',
      { env: { ...grantEnv, SUBJECT_TOKEN: 'a.b.c' } },
      'client-credentials',
      'granted.to.ken',
    ],
    [
      'a token that is given as strongly as client credentials',
      { env: { ...grantEnv, DEXCHANGE_SUBJECT_TOKEN: 'a.b.c' } },
      'env',
      'a.b.c',
    ],
    [
      'a borrowed token in place of GitLab’s',
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
  'a variable that is named and not there is an error, not a reason to look on: %j',
  (env, what) => {
    const given = { flags: { 'subject-token-env': 'MY' }, env: { GITLAB_OIDC_TOKEN: 'x', ...env } };
    expect(failure(() => select(given))).toEqual({
      code: 'subject_token_invalid',
      message: `variable MY, which --subject-token-env names, is ${what}`,
      hint: 'see whether the CI job provides it; in GitLab CI it must stand under id_tokens:',
      exitCode: 3,
    });
  },
);

test('one setting of client credentials is enough to mean them', () => {
  const given = { flags: { 'idp-client-id': 'ci' }, env: { GITLAB_OIDC_TOKEN: 'x' } };
  const seen = failure(() => select(given));
  expectFailure(seen, { code: 'setting_missing', message: ['--idp-issuer-url'], hint: [] });
});

test('an unfinished setting of client credentials does not matter beside an explicit token', () => {
  expect(select({ flags: { 'idp-client-id': 'ci', 'subject-token': 'a.b.c' } }).name).toBe('env');
});
