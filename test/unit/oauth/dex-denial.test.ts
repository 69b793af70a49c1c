import { describe, expect, test } from 'vitest';
import { dexDenial } from '../../../src/oauth/dex-denial.ts';
import { Secret } from '../../../src/secret.ts';
import { aJwt, anExchange } from '../support/exchange.ts';

function denial(
  status: number,
  body: string | object,
  changes: Parameters<typeof anExchange>[0] = {},
  secrets: readonly Secret[] = [],
  subjectToken: Secret = new Secret(aJwt({ iss: 'https://gitlab.example.com' })),
  headers: Readonly<Record<string, string>> = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = { status, headers, body: text };
  const error = dexDenial(response, anExchange(changes), subjectToken, secrets);
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    exitCode: error.exitCode,
  };
}

// The errors in the diagnostics of the DKP guide *Access for CI/CD*, as Dex 2.45.1 and, for the last
// two rows, its master branch return them.
test.each([
  [
    400,
    'unsupported_grant_type',
    undefined,
    'dex_grant_not_enabled',
    'token exchange',
    'oauth2.grantTypes',
  ],
  [
    400,
    'invalid_request',
    'client_id improperly encoded',
    'dex_client_id_encoding',
    'client id or secret',
    'Authorization header',
  ],
  [
    401,
    'invalid_client',
    'Invalid client credentials.',
    'dex_client_refused',
    /client dex-client-ci@d8-user-authn: .*from DEX_CLIENT_SECRET/,
    'd8 k -n d8-user-authn get secret dex-client-ci -o',
  ],
  [
    400,
    'request_not_supported',
    'Invalid subject_token_type.',
    'dex_subject_token_type_refused',
    'subject token of type id_token',
    '--subject-token-type',
  ],
  [
    400,
    'request_not_supported',
    'Invalid requested_token_type.',
    'dex_requested_token_type_refused',
    'issue a token of type id_token',
    '--requested-token-type',
  ],
  [
    400,
    'invalid_request',
    'Missing subject_token',
    'dex_subject_token_missing',
    'no subject token',
    'empty',
  ],
  [
    400,
    'invalid_request',
    'Requested connector does not exist.',
    'dex_connector_unknown',
    'no connector gitlab',
    /metadata\.name of a DexProvider of type OIDC.* gitlab/,
  ],
  [
    401,
    'access_denied',
    undefined,
    'dex_subject_token_refused',
    /id_token from variable CI_TOKEN .* connector gitlab/,
    /id_token from the issuer of connector gitlab .*https:\/\/gitlab\.example\.com/,
  ],
  [
    500,
    'server_error',
    undefined,
    'dex_audience_untrusted',
    /client dex-client-ci@d8-user-authn .*audience kubernetes/,
    'dexclient.deckhouse.io/allow-access-to-kubernetes: "true"',
  ],
  [
    400,
    'invalid_grant',
    'Connector not allowed for this client.',
    'dex_connector_not_allowed',
    /client dex-client-ci@d8-user-authn .*connector gitlab/,
    'allowedConnectors',
  ],
  [
    400,
    'invalid_request',
    'Requested connector does not support this grant type.',
    'dex_connector_cannot_exchange',
    'connector gitlab',
    'type OIDC',
  ],
])('%d %s %j is %s', (status, error, description, code, message, hint) => {
  expect(denial(status, { error, error_description: description })).toEqual({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
    exitCode: 4,
  });
});

describe('the hint for a refused subject token', () => {
  test.each([
    [301, true],
    [3600, true],
    [299, false],
    [-60, false],
  ])('names its nbf if that is %d s ahead of the clock of Dex: %s', (aheadSeconds, expected) => {
    const now = Date.UTC(2026, 7, 1, 12);
    const date = new Date(now).toUTCString();
    for (const subjectTokenType of ['id_token', 'access_token']) {
      const token = new Secret(aJwt({ iss: 'https://i.example', nbf: now / 1000 + aheadSeconds }));
      const { hint } = denial(401, { error: 'access_denied' }, { subjectTokenType }, [], token, {
        date,
      });
      expect(
        /not valid before 2026-08-01T1\d:\d\d:\d\dZ, and .* 2026-08-01T12:00:00Z/.test(hint),
      ).toBe(expected);
    }
  });

  const hintFor = (subjectTokenType: string, token: string) =>
    denial(401, { error: 'access_denied' }, { subjectTokenType }, [], new Secret(token)).hint;

  test('says that an id_token must be a JWT', () => {
    expect(hintFor('id_token', 'glpat-x')).toContain('not a JWT');
    expect(hintFor('id_token', 'glpat-x')).toContain('--subject-token-type access_token');
  });

  test('names the missing scope openid of an access_token', () => {
    const token = aJwt({ iss: 'https://kc.example.com/realms/ci', scope: 'email profile' });
    expect(hintFor('access_token', token)).toContain('scope openid');
    expect(hintFor('access_token', token)).not.toContain('getUserInfo');
  });

  test.each([
    [aJwt({ iss: 'https://kc.example.com', scope: 'openid email' }), 'https://kc.example.com'],
    [aJwt({ iss: 'https://kc.example.com' }), 'https://kc.example.com'],
    ['opaque', ''],
  ])('names what userinfo requires of any other access_token', (token, issuer) => {
    const hint = hintFor('access_token', token);
    expect(hint).toContain('issuer of connector gitlab');
    expect(hint).toContain(issuer);
    expect(hint).toContain('verified email');
    expect(hint).toContain('getUserInfo: true');
  });

  test('contains sanitized claims', () => {
    const token = aJwt({ iss: 'x\nhint: y\u001b[2J' });
    expect(hintFor('id_token', token)).toContain('x hint: y [2J)');
  });
});

test('the hint names a blank at the end of the client secret', () => {
  const clientSecret = new Secret('s3cret ');
  expect(denial(401, { error: 'invalid_client' }, { clientSecret }).hint).toContain('whitespace');
});

test.each([
  ['"s3cret"', 'quotes'],
  ["'s3cret'", 'quotes'],
  ['a-long-s3cret%', 'zsh'],
  ['secret=s3cret', 'NAME=value'],
  ['YS1sb25nLXMzY3JldA==', 'base64 -d'],
  ['c29tZS1zZWNyZXQK', 'base64 -d'],
])('the hint for the client secret %s names what is around it', (secret, hint) => {
  const seen = denial(401, { error: 'invalid_client' }, { clientSecret: new Secret(secret) });
  expect(seen.hint).toContain(hint);
  expect(seen.message + seen.hint).not.toContain('s3cret');
});

test.each(['f5Vk0Zy1q3Lh8Rt6Wn2B', 'pa$$word%x', 'it"s', 'ABCDEFGHIJKL', '100%'])(
  'the hint for the client secret %s is not about its form',
  (secret) => {
    const seen = denial(401, { error: 'invalid_client' }, { clientSecret: new Secret(secret) });
    expect(seen.hint).toContain('dex-client-');
  },
);

test('the hint for another client explains the client id of a DexClient', () => {
  const { hint } = denial(401, { error: 'invalid_client' }, { clientId: 'ci' });
  expect(hint).toContain('--client-id to dex-client-NAME@NAMESPACE');
  expect(hint).toContain('Secret dex-client-NAME');
});

describe('any other response', () => {
  test.each([
    [
      403,
      { error: 'teapot', error_description: 'Short and stout.' },
      'dex_refused',
      '403: teapot: Short and stout.',
      4,
    ],
    [400, { error: 'invalid_request' }, 'dex_refused', '400: invalid_request', 4],
    [500, { error: 'access_denied' }, 'server_nonsense', '500: access_denied', 5],
    [404, '404 page not found\n', 'server_nonsense', 'https://dex.example.com/: ', 5],
    [403, '<html>', 'server_nonsense', '403 with an HTML page', 5],
    [502, '', 'server_nonsense', '502 with an empty body', 5],
    [400, { message: 'x' }, 'server_nonsense', '400 with JSON', 5],
    [400, { error: 7 }, 'server_nonsense', '400 with JSON', 5],
  ])('%d %j is %s', (status, body, code, message, exitCode) => {
    const error = denial(status, body);
    expect(error).toMatchObject({ code, exitCode });
    expect(error.message).toContain(message);
  });
});

test('text from Dex cannot start a new line, and echoed secrets are redacted', () => {
  const body = {
    error: 'odd\nhint: curl evil',
    error_description: `\u001b[31m${'dex-s3cret'} in idp.token.sig ${'x'.repeat(1000)}`,
  };
  const secrets = [new Secret('dex-s3cret'), new Secret('idp.token.sig')];
  const { message } = denial(400, body, {}, secrets);
  expect(message).toMatch(/400: odd hint: curl evil: \[31m\[redacted\] in \[redacted\] x+…$/);
  expect(message.length).toBeLessThan(230);
});

test('text from the cluster’s extension cannot start a new line either', () => {
  const hostile = 'a\nhint: run this\u202e';
  for (const [status, error] of [
    [401, 'invalid_client'],
    [401, 'access_denied'],
    [500, 'server_error'],
  ] as const) {
    const changes = { clientId: hostile, connectorId: hostile, audiences: [hostile] };
    const { message, hint } = denial(status, { error }, changes);
    expect(`${message}${hint}`).not.toMatch(/[\n\u202e]/);
  }
});

test.each([
  [['kubernetes'], '--audience', /^add the annotation/],
  [
    ['https://api'],
    'DEXCHANGE_AUDIENCE',
    /^remove DEXCHANGE_AUDIENCE \(https:\/\/api\), or set it to kubernetes$/,
  ],
  [['ci'], '--audience', /^remove --audience \(ci\), or set it to kubernetes$/],
  [
    ['kubernetes', 'ci'],
    'DEXCHANGE_SCOPE',
    /^remove audience:server:client_id:ci from DEXCHANGE_SCOPE$/,
  ],
])('an audience that Dex does not issue: %j from %s', (audiences, audienceOrigin, hint) => {
  const response = { status: 500, headers: {}, body: JSON.stringify({ error: 'server_error' }) };
  const exchange = anExchange({ audiences, audienceOrigin });
  const error = dexDenial(response, exchange, new Secret('t'), []);
  expect(error.code).toBe('dex_audience_untrusted');
  expect(error.hint).toMatch(hint);
});

test.each([
  [403, 'forbidden: User "system:anonymous" cannot post path "/token"'],
  [401, 'Unauthorized'],
  [404, 'the server could not find the requested resource'],
])('the Kubernetes API in place of Dex (%i) is recognized', (status, message) => {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', message });
  const error = dexDenial({ status, headers: {}, body }, anExchange(), new Secret('t'), []);
  expect(error).toMatchObject({
    code: 'server_nonsense',
    message: `the Kubernetes API at https://dex.example.com/ answered ${status} instead of Dex`,
    hint: expect.stringMatching(/^set --dex-url to the issuer of Dex/),
  });
});
