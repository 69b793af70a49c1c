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

function sent(changes: Partial<ClientCredentialsGrant>) {
  const { headers, form = [], ...rest } = buildClientCredentials(grant(changes));
  const clear = ([name, value]: readonly [string, string | Secret]) => [name, reveal(value)];
  return { ...rest, headers: headers.map(clear), form: form.map(clear) };
}

describe('the request', () => {
  test('proves the client by a header', () => {
    expect(sent({})).toEqual({
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
  ])('proves it in the form by $method, and not twice', (proof, fields) => {
    const { headers, form } = sent({ proof });
    expect(headers).toEqual([['accept', 'application/json']]);
    expect(form).toEqual([['grant_type', 'client_credentials'], ['scope', 'openid'], ...fields]);
  });

  test('asks for no scope where none is wanted', () => {
    expect(sent({ scope: ' ' }).form).toEqual([['grant_type', 'client_credentials']]);
  });

  test('has the further parameters at its end', () => {
    const parameters = [
      ['audience', new Secret('dex')],
      ['resource', new Secret('')],
    ] as const;
    expect(sent({ parameters }).form.slice(2)).toEqual([
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

describe('the answer', () => {
  test.each([404, 405])('%d means that there is no token endpoint', (status) => {
    expect(failure(() => read(status, { error: 'RESTEASY003210' }))).toEqual({
      code: 'server_nonsense',
      message: `the IdP has no token endpoint there: it answered ${status}`,
      hint: '--idp-token-url must be the token endpoint; for an issuer use --idp-issuer-url',
      exitCode: 5,
    });
  });

  const both = { access_token: 'access', id_token: 'id', expires_in: 300 };

  test.each([
    ['access_token', 'access'],
    ['id_token', 'id'],
  ] as const)('gives the %s that Dex will be told of', (tokenType, value) => {
    expect(read(200, both, tokenType).reveal()).toBe(value);
  });

  test('that has the other token alone says which setting to change', () => {
    expect(failure(() => read(200, { access_token: 'a' }, 'id_token'))).toEqual({
      code: 'idp_refused',
      message: 'the IdP gave an access_token, but no id_token',
      hint: 'set --subject-token-type access_token, or add openid to --idp-scope if the IdP issues id_tokens to clients',
      exitCode: 3,
    });
  });

  test.each([
    [200, { access_token: '' }, 'the IdP answered 200 with JSON that has no access_token'],
    [200, '<html>', 'the IdP answered 200 with an HTML page'],
    [200, '', 'the IdP answered 200 with an empty body'],
    [500, {}, "the IdP's token endpoint answered 500 with JSON that has no error field"],
  ])('%d %j is nonsense', (status, body, message) => {
    expect(failure(() => read(status, body))).toEqual({
      code: 'server_nonsense',
      message,
      hint: 'is the token endpoint right, and no proxy or login page in the way?',
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
      'the IdP refused client ci: invalid_client: Invalid client or Invalid client credentials',
      'see --idp-client-id, its secret, and whether the client authenticates by client_secret_basic',
    ],
    [
      401,
      { error: 'unauthorized_client' },
      'idp_client_refused',
      'the IdP refused client ci: unauthorized_client',
      'see --idp-client-id, its secret, and whether the client authenticates by client_secret_basic',
    ],
    [
      400,
      { error: 'unauthorized_client', error_description: 'Client not enabled' },
      'idp_refused',
      'the IdP gave client ci no token: unauthorized_client: Client not enabled',
      'enable the client credentials grant (Keycloak: service accounts) for the client',
    ],
    [
      400,
      { error: 'invalid_scope' },
      'idp_refused',
      'the IdP gave client ci no token: invalid_scope',
      'see --idp-scope: the client may not ask for one of these scopes',
    ],
    [
      400,
      { error: 'unsupported_grant_type' },
      'idp_refused',
      'the IdP gave client ci no token: unsupported_grant_type',
      'the IdP does not offer the client credentials grant',
    ],
    [
      403,
      { error: 'toString' },
      'idp_refused',
      'the IdP gave client ci no token: toString',
      "the IdP's log may tell more",
    ],
  ])('%d %j is a refusal', (status, body, code, message, hint) => {
    expect(failure(() => read(status, body))).toEqual({ code, message, hint, exitCode: 3 });
  });

  test('to a wrong assertion speaks of the key', () => {
    const proof = { method: 'private_key_jwt', assertion: new Secret('a.b.c') } as const;
    const seen = failure(() => read(401, { error: 'invalid_client' }, 'access_token', { proof }));
    expect(seen.hint).toBe(
      'see --idp-client-id, its key, and whether the client authenticates by private_key_jwt',
    );
  });

  test('that echoes the secret or a line of its own is cleaned', () => {
    const error_description = 'secret idp-s3cret is wrong\nhint: b';
    expect(failure(() => read(401, { error: 'invalid_client', error_description })).message).toBe(
      'the IdP refused client ci: invalid_client: secret [redacted] is wrong hint: b',
    );
  });
});
