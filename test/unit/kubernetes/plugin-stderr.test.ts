import { expect, test } from 'vitest';
import { readPluginStderr } from '../../../src/kubernetes/client/plugin-stderr.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

test.each([
  ['a value of a variable with a secret name', 'got s3cr3t-value', 's3cr3t-value'],
  ['a value of a flag', 'the IdP rejects Sup3r.Secret!pw', 'Sup3r.Secret!pw'],
  ['a value of a flag with blanks', 'got: --token=correct horse battery', 'horse'],
  ['a value after a flag', 'got: login --password correct horse', 'correct horse'],
  ['a secret of the job', 'client secret is An0ther-Secret!', 'An0ther-Secret!'],
  ['a secret of the job, encoded', 'header Y2k6QW4wdGhlci1TZWNyZXQh', 'Y2k6QW4wdGhlci1TZWNyZXQh'],
  ['a bearer token', 'sent Authorization: Bearer abcdefghijk123 to https://idp', 'abcdefghijk123'],
  ['an assignment', 'token=PLUGSECRET12345 password=hunter2', /PLUGSECRET12345|hunter2/],
  ['a labelled value', 'password: hunter2hunter2', 'hunter2hunter2'],
  ['the password of a proxy', 'via http://bob:Pxy.Secret!pw9@proxy:1', 'Pxy.Secret!pw9'],
  ['the password of proxy-url, decoded', 'via bob:Kcf!Secret@', 'Kcf!Secret'],
  ['a JWT', `no access with (${jwt})`, jwt],
  ['a GitLab token', 'no access with "glpat-abc"', 'glpat-abc'],
])('%s in the stderr of a plugin is redacted', (_what, stderr, secret) => {
  const { message, hint } = readPluginStderr(`${stderr}\nhint: ${stderr}`, {
    args: [
      'login',
      '--oidc-client-secret=Sup3r.Secret!pw',
      '--password',
      'correct horse',
      '--token=correct horse battery',
    ],
    env: { MY_SECRET: 's3cr3t-value', PROFILE: 'production' },
    jobEnv: {
      DEXCHANGE_CLIENT_SECRET: 'An0ther-Secret!',
      USE_TOKEN: 'true',
      https_proxy: 'http://bob:Pxy.Secret!pw9@proxy:1',
    },
    proxyUrl: 'http://bob:Kcf%21Secret@proxy:1',
  });
  for (const text of [message, hint]) {
    expect(text).not.toMatch(secret);
    expect(text).toContain('[redacted]');
  }
});

test.each([
  [
    'not logged in to production: run aws sso login',
    'not logged in to production: run aws sso login',
  ],
  [
    'dexchange: Dex denied the token: it expired 2 min ago',
    'Dex denied the token: it expired 2 min ago',
  ],
  ['dexchange: not set: --client-secret-file', 'not set: --client-secret-file'],
  ['it is true that Jane Doe has no access', 'it is true that Jane Doe has no access'],
])('a message without a secret stays as it is: %s', (stderr, message) => {
  const input = {
    args: ['login', '--profile=production'],
    env: { PROFILE: 'production' },
    jobEnv: { USE_TOKEN: 'true', GIT_AUTHOR_NAME: 'Jane Doe', HTTPS_PROXY: 'http://proxy:3128' },
    proxyUrl: undefined,
  };
  expect(readPluginStderr(stderr, input)).toEqual({ message, hint: '', code: undefined });
});
