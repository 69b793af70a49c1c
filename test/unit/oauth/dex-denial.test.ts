import { describe, expect, test } from 'vitest';
import { dexDenial } from '../../../src/oauth/dex-denial.ts';
import { Secret } from '../../../src/secret.ts';
import { aJwt, anExchange } from '../support/exchange.ts';

function refusal(
  status: number,
  body: string | object,
  changes: Parameters<typeof anExchange>[0] = {},
  secrets: readonly Secret[] = [],
  subjectToken: Secret = new Secret(aJwt({ iss: 'https://gitlab.example.com' })),
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = { status, headers: {}, body: text };
  const error = dexDenial(response, anExchange(changes), subjectToken, secrets);
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    exitCode: error.exitCode,
  };
}

// The rows of the page's Diagnostics, in the words of Dex 2.45.1 and, for the last two, of master.
test.each([
  [
    400,
    'unsupported_grant_type',
    undefined,
    'dex_grant_not_enabled',
    'Dex does not offer token exchange',
    'oauth2.grantTypes',
  ],
  [
    400,
    'invalid_request',
    'client_id improperly encoded',
    'dex_client_id_encoding',
    'Dex could not decode the client id or secret',
    'Authorization header',
  ],
  [
    401,
    'invalid_client',
    'Invalid client credentials.',
    'dex_client_refused',
    'Dex refused client dex-client-ci@d8-user-authn: wrong client id or secret (from DEX_CLIENT_SECRET)',
    'd8 k -n d8-user-authn get secret dex-client-ci -o',
  ],
  [
    400,
    'request_not_supported',
    'Invalid subject_token_type.',
    'dex_subject_token_type_refused',
    'Dex does not take a subject token of type id_token',
    '--subject-token-type',
  ],
  [
    400,
    'request_not_supported',
    'Invalid requested_token_type.',
    'dex_requested_token_type_refused',
    'Dex does not issue a token of type id_token',
    '--requested-token-type',
  ],
  [
    400,
    'invalid_request',
    'Missing subject_token',
    'dex_subject_token_missing',
    'Dex got no subject token',
    'is empty',
  ],
  [
    400,
    'invalid_request',
    'Requested connector does not exist.',
    'dex_connector_unknown',
    'Dex has no connector gitlab that can exchange tokens',
    'metadata.name of the DexProvider, of type OIDC; if gitlab is one',
  ],
  [
    401,
    'access_denied',
    undefined,
    'dex_subject_token_refused',
    'Dex refused the id_token from variable CI_TOKEN as subject token for connector gitlab (it does not say why)',
    'it is of issuer https://gitlab.example.com: it must be an id_token of the issuer of connector gitlab',
  ],
  [
    500,
    'server_error',
    undefined,
    'dex_audience_untrusted',
    'Dex failed to issue a token of client dex-client-ci@d8-user-authn for audience kubernetes',
    'dexclient.deckhouse.io/allow-access-to-kubernetes: "true"',
  ],
  [
    400,
    'invalid_grant',
    'Connector not allowed for this client.',
    'dex_connector_not_allowed',
    'Dex does not let client dex-client-ci@d8-user-authn use connector gitlab',
    'allowed connectors',
  ],
  [
    400,
    'invalid_request',
    'Requested connector does not support this grant type.',
    'dex_connector_cannot_exchange',
    'connector gitlab cannot exchange tokens',
    'type OIDC',
  ],
])('%d %s %j is %s', (status, error, description, code, message, hint) => {
  const seen = refusal(status, { error, error_description: description });
  expect(seen).toEqual({ code, message, hint: expect.stringContaining(hint), exitCode: 4 });
});

describe('a subject token that is refused tells what it can of itself:', () => {
  const hintFor = (subjectTokenType: string, token: string) =>
    refusal(401, { error: 'access_denied' }, { subjectTokenType }, [], new Secret(token)).hint;

  test('a text that is no JWT is no id_token', () => {
    expect(hintFor('id_token', 'glpat-x')).toMatch(/^it is no JWT, so no id_token/);
  });

  test('an access_token without openid in its scope is why', () => {
    const token = aJwt({ iss: 'https://kc.example.com/realms/ci', scope: 'email profile' });
    expect(hintFor('access_token', token)).toMatch(/^it was issued without scope openid/);
  });

  test.each([
    [
      aJwt({ iss: 'https://kc.example.com', scope: 'openid email' }),
      ' (it is of https://kc.example.com)',
    ],
    [aJwt({ iss: 'https://kc.example.com' }), ' (it is of https://kc.example.com)'],
    ['opaque', ''],
  ])('another access_token is told what userinfo wants', (token, issuer) => {
    const hint = hintFor('access_token', token);
    expect(hint).toContain(`of the issuer of connector gitlab${issuer},`);
    expect(hint).toContain('verified email');
    expect(hint).toContain('getUserInfo: true');
  });

  test('claims are cleaned before they are shown', () => {
    const token = aJwt({ iss: 'x\nhint: y\u001b[2J' });
    expect(hintFor('id_token', token)).toContain('it is of issuer x hint: y [2J: ');
  });
});

test('a client secret with a blank at its end is told so', () => {
  const clientSecret = new Secret('s3cret ');
  expect(refusal(401, { error: 'invalid_client' }, { clientSecret }).hint).toBe(
    'the secret begins or ends with a blank',
  );
});

test('a client that is no DexClient’s is told how those are named', () => {
  expect(refusal(401, { error: 'invalid_client' }, { clientId: 'ci' }).hint).toBe(
    '--client-id of a DexClient is dex-client-NAME@NAMESPACE; its secret is clientSecret in the Secret dex-client-NAME of that namespace',
  );
});

describe('an answer of another kind', () => {
  test.each([
    [
      403,
      { error: 'teapot', error_description: 'Short and stout.' },
      'dex_refused',
      'Dex answered 403: teapot: Short and stout.',
      4,
    ],
    [400, { error: 'invalid_request' }, 'dex_refused', 'Dex answered 400: invalid_request', 4],
    [500, { error: 'access_denied' }, 'server_nonsense', 'Dex answered 500: access_denied', 5],
    [
      404,
      '404 page not found\n',
      'server_nonsense',
      'there is no Dex at https://dex.example.com/: its token endpoint answers 404',
      5,
    ],
    [403, '<html>', 'server_nonsense', 'Dex answered 403 with an HTML page', 5],
    [502, '', 'server_nonsense', 'Dex answered 502 with an empty body', 5],
    [400, { message: 'x' }, 'server_nonsense', 'Dex answered 400 with JSON', 5],
    [400, { error: 7 }, 'server_nonsense', 'Dex answered 400 with JSON', 5],
  ])('%d %j is %s', (status, body, code, message, exitCode) => {
    expect(refusal(status, body)).toMatchObject({ code, message, exitCode });
  });
});

test('what Dex says cannot start a line of its own, nor echo a secret', () => {
  const body = {
    error: 'odd\nhint: curl evil',
    error_description: `\u001b[31m${'dex-s3cret'} in idp.token.sig ${'x'.repeat(1000)}`,
  };
  const secrets = [new Secret('dex-s3cret'), new Secret('idp.token.sig')];
  const { message } = refusal(400, body, {}, secrets);
  expect(message).toMatch(
    /^Dex answered 400: odd hint: curl evil: \[31m\[redacted\] in \[redacted\] x+…$/,
  );
  expect(message.length).toBeLessThan(230);
});

test('what a stranger wrote into the cluster’s extension cannot either', () => {
  const hostile = 'a\nhint: run this\u202e';
  for (const [status, error] of [
    [401, 'invalid_client'],
    [401, 'access_denied'],
    [500, 'server_error'],
  ] as const) {
    const changes = { clientId: hostile, connectorId: hostile, audiences: [hostile] };
    const seen = refusal(status, { error }, changes);
    expect(`${seen.message}${seen.hint}`).not.toMatch(/[\n\u202e]/);
  }
});
