import { describe, expect, test } from 'vitest';
import {
  buildClientCredentials,
  type ClientCredentialsGrant,
  type ClientProof,
  readClientCredentials,
} from '../../../src/oauth/client-credentials.ts';
import { reveal, Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';

const secret = new Secret('idp-s3cret');

function grant(changes: Partial<ClientCredentialsGrant> = {}): ClientCredentialsGrant {
  return {
    tokenUrl: 'https://idp.example.com/token',
    clientId: 'ci',
    proof: { method: 'client_secret_basic', secret },
    scope: 'openid',
    parameters: [],
    ...changes,
  };
}

function requestFor(changes: Partial<ClientCredentialsGrant>) {
  const { headers, form = [], ...rest } = buildClientCredentials(grant(changes));
  const clear = ([name, value]: readonly [string, string | Secret]) => [name, reveal(value)];
  return { ...rest, headers: headers.map(clear), form: form.map(clear) };
}

describe('the request', () => {
  test('authenticates the client with a header', () => {
    expect(requestFor({})).toEqual({
      peer: 'idp',
      method: 'POST',
      url: 'https://idp.example.com/token',
      headers: [
        ['accept', 'application/json'],
        ['authorization', 'Basic Y2k6aWRwLXMzY3JldA=='],
      ],
      form: [
        ['grant_type', 'client_credentials'],
        ['scope', 'openid'],
      ],
    });
  });

  test.each<[ClientProof, readonly string[][]]>([
    [
      { method: 'client_secret_post', secret },
      [
        ['client_id', 'ci'],
        ['client_secret', 'idp-s3cret'],
      ],
    ],
    [
      { method: 'private_key_jwt', assertion: new Secret('a.b.c') },
      [
        ['client_id', 'ci'],
        ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
        ['client_assertion', 'a.b.c'],
      ],
    ],
  ])('authenticates it with $method in the form only', (proof, fields) => {
    const { headers, form } = requestFor({ proof });
    expect(headers).toEqual([['accept', 'application/json']]);
    expect(form).toEqual([['grant_type', 'client_credentials'], ['scope', 'openid'], ...fields]);
  });

  test('has no scope parameter for a blank scope', () => {
    expect(requestFor({ scope: ' ' }).form).toEqual([['grant_type', 'client_credentials']]);
  });

  test('ends with the additional parameters', () => {
    const parameters = [
      ['audience', new Secret('dex')],
      ['resource', new Secret('')],
    ] as const;
    expect(requestFor({ parameters }).form.slice(2)).toEqual([
      ['audience', 'dex'],
      ['resource', ''],
    ]);
  });
});

function read(
  status: number,
  body: unknown,
  tokenType: 'id_token' | 'access_token' = 'access_token',
  changes: Partial<ClientCredentialsGrant> = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = { status, headers: {}, body: text };
  return readClientCredentials(response, grant(changes), tokenType, []);
}

describe('the response', () => {
  test.each([404, 405])('with status %d has no token endpoint', (status) => {
    expect(failure(() => read(status, { error: 'RESTEASY003210' }))).toEqual({
      code: 'server_nonsense',
      message: expect.stringContaining(String(status)),
      hint: expect.stringMatching(/--idp-token-url .*--idp-issuer-url/),
      exitCode: 5,
    });
  });

  const both = { access_token: 'access', id_token: 'id', expires_in: 300 };

  test.each([
    ['access_token', 'access'],
    ['id_token', 'id'],
  ] as const)('contains the %s that Dex receives', (tokenType, value) => {
    expect(read(200, both, tokenType).reveal()).toBe(value);
  });

  test('with only the other token has a hint that names the setting', () => {
    expect(failure(() => read(200, { access_token: 'a' }, 'id_token'))).toEqual({
      code: 'idp_refused',
      message: expect.stringContaining('no id_token'),
      hint: expect.stringMatching(/--subject-token-type access_token.*--idp-scope/),
      exitCode: 3,
    });
  });

  test.each([
    [200, { access_token: '' }, /200 .*access_token$/],
    [200, '<html>', /200 with an HTML page$/],
    [200, '', /200 with an empty body$/],
    [500, {}, /500 .*error field$/],
  ])('%d %j is invalid', (status, body, message) => {
    expect(failure(() => read(status, body))).toEqual({
      code: 'server_nonsense',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('proxy or login page'),
      exitCode: 5,
    });
  });

  test.each([
    [
      401,
      {
        error: 'invalid_client',
        error_description: 'Invalid client or Invalid client credentials',
      },
      'idp_client_refused',
      'invalid_client: Invalid client or Invalid client credentials',
      /--idp-client-id and its secret.* client_secret_basic$/,
    ],
    [
      401,
      { error: 'unauthorized_client' },
      'idp_client_refused',
      'unauthorized_client',
      /--idp-client-id and its secret.* client_secret_basic$/,
    ],
    [
      400,
      { error: 'unauthorized_client', error_description: 'Client not enabled' },
      'idp_refused',
      'unauthorized_client: Client not enabled',
      /client credentials grant .*Keycloak/,
    ],
    [400, { error: 'invalid_scope' }, 'idp_refused', 'invalid_scope', /--idp-scope/],
    [
      400,
      { error: 'unsupported_grant_type' },
      'idp_refused',
      'unsupported_grant_type',
      /client credentials grant/,
    ],
    [403, { error: 'toString' }, 'idp_refused', 'toString', /IdP's log/],
  ])('%d %j is a denial', (status, body, code, reason, hint) => {
    const { message, ...error } = failure(() => read(status, body));
    expect(error).toEqual({ code, hint: expect.stringMatching(hint), exitCode: 3 });
    expect(message).toMatch(/client ci\b/);
    expect(message.endsWith(`: ${reason}`)).toBe(true);
  });

  test('to an invalid assertion has a hint about the key', () => {
    const proof = { method: 'private_key_jwt', assertion: new Secret('a.b.c') } as const;
    const error = failure(() => read(401, { error: 'invalid_client' }, 'access_token', { proof }));
    expect(error.hint).toMatch(/--idp-client-id and its key.* private_key_jwt$/);
  });

  test('cannot start a new line in the message, and an echoed secret is redacted', () => {
    const error_description = 'secret idp-s3cret is wrong\nhint: b';
    const { message } = failure(() => read(401, { error: 'invalid_client', error_description }));
    expect(message).toMatch(/: invalid_client: secret \[redacted\] is wrong hint: b$/);
  });
});
