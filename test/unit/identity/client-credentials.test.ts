import { describe, expect, test } from 'vitest';
import {
  type ClientCredentials,
  type ClientProofSource,
  clientCredentialsSource,
} from '../../../src/identity/client-credentials.ts';
import { readySecret, Secret } from '../../../src/secret.ts';

const never = () => Promise.reject(new Error('a request was sent'));

function secretProof(
  secret: string,
  method: 'client_secret_basic' | 'client_secret_post' = 'client_secret_basic',
): ClientProofSource {
  return { method, secret: readySecret('x', new Secret(secret)) };
}

const request: ClientCredentials = {
  endpoint: { issuerUrl: 'https://idp.example.com/realms/ci' },
  clientId: 'ci',
  proof: secretProof('s3cret'),
  scope: 'openid',
  parameters: [['audience', new Secret('dex')]],
  tokenType: 'access_token',
};

function keyOf(changes: Partial<ClientCredentials>): string {
  return JSON.stringify(clientCredentialsSource({ ...request, ...changes }, never).keyInputs);
}

describe('the cache key changes with', () => {
  const key = (pem: string): ClientProofSource => ({
    method: 'private_key_jwt',
    privateKey: new Secret(pem),
  });

  test.each<[string, Partial<ClientCredentials>, Partial<ClientCredentials>]>([
    ['the issuer', {}, { endpoint: { issuerUrl: 'https://idp.example.com/realms/other' } }],
    [
      'an issuer that becomes a token endpoint',
      {},
      { endpoint: { tokenUrl: 'https://idp.example.com/realms/ci' } },
    ],
    ['the client', {}, { clientId: 'cd' }],
    ['the secret', {}, { proof: secretProof('s3cret2') }],
    ['the authentication method', {}, { proof: secretProof('s3cret', 'client_secret_post') }],
    ['a private key instead of the secret', {}, { proof: key('s3cret') }],
    ['the key', { proof: key('a') }, { proof: key('b') }],
    ['the scope', {}, { scope: 'openid email' }],
    ['the type of the token', {}, { tokenType: 'id_token' }],
    ['a removed parameter', {}, { parameters: [] }],
    ['a parameter’s value', {}, { parameters: [['audience', new Secret('other')]] }],
    ['a parameter’s name', {}, { parameters: [['resource', new Secret('dex')]] }],
    [
      'the boundary between parameters and secret',
      { parameters: [['a', new Secret('b')]], proof: secretProof('s') },
      {
        parameters: [],
        proof: {
          method: 'client_secret_basic',
          secret: { origin: 'x', keyInputs: ['a', 'b', 's'], isReady: false, value: never },
        },
      },
    ],
  ])('%s', (_what, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test('no other input', () => {
    expect(keyOf({})).toBe(keyOf({ proof: secretProof('s3cret') }));
  });
});

test('the request is sent only when the token is obtained', async () => {
  const requests: ClientCredentials[] = [];
  const source = clientCredentialsSource(request, async (sent) => {
    requests.push(sent);
    return new Secret('a.b.c');
  });
  expect(source).toMatchObject({
    name: 'client-credentials',
    origin: 'client credentials of ci at idp.example.com',
    tokenType: 'access_token',
  });
  expect(requests).toEqual([]);
  expect((await source.obtain()).reveal()).toBe('a.b.c');
  expect(requests).toEqual([request]);
});
