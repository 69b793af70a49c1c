import { describe, expect, test } from 'vitest';
import { dexRefusal } from '../../../src/oauth/dex-refusal.ts';
import { Secret } from '../../../src/secret.ts';
import { anExchange } from '../support/exchange.ts';

function refusal(
  status: number,
  body: string | object,
  changes: Parameters<typeof anExchange>[0] = {},
  secrets: readonly Secret[] = [],
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const error = dexRefusal({ status, headers: {}, body: text }, anExchange(changes), secrets);
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
    'Dex refused client dex-client-ci@d8-user-authn: wrong client id or secret',
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
    'Dex refused the id_token as subject token for connector gitlab (it does not say why)',
    "id_token of the connector's issuer",
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

test('an access_token that is refused is told what userinfo wants', () => {
  const seen = refusal(401, { error: 'access_denied' }, { subjectTokenType: 'access_token' });
  expect(seen.message).toBe(
    'Dex refused the access_token as subject token for connector gitlab (it does not say why)',
  );
  expect(seen.hint).toContain('asked for with scope openid');
  expect(seen.hint).toContain('getUserInfo: true');
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
