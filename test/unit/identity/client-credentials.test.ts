import { describe, expect, test } from 'vitest';
import { readySecret } from '../../../src/deferred-secret.ts';
import {
  type ClientCredentials,
  type ClientProofSource,
  clientCredentialsSource,
} from '../../../src/identity/client-credentials.ts';
import { Secret } from '../../../src/secret.ts';

const never = () => Promise.reject(new Error('nobody should be asked'));

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

describe('the key changes with', () => {
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
    ['the way it is sent', {}, { proof: secretProof('s3cret', 'client_secret_post') }],
    ['a key in place of the secret', {}, { proof: key('s3cret') }],
    ['the key', { proof: key('a') }, { proof: key('b') }],
    ['the scope', {}, { scope: 'openid email' }],
    ['the token taken', {}, { tokenType: 'id_token' }],
    ['a parameter less', {}, { parameters: [] }],
    ['a parameter’s value', {}, { parameters: [['audience', new Secret('other')]] }],
    ['a parameter’s name', {}, { parameters: [['resource', new Secret('dex')]] }],
    [
      'one parameter of two taking the place of the secret',
      { parameters: [['a', new Secret('b')]], proof: secretProof('s') },
      {
        parameters: [],
        proof: {
          method: 'client_secret_basic',
          secret: { origin: 'x', keyInputs: ['a', 'b', 's'], value: never },
        },
      },
    ],
  ])('%s', (_what, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test('nothing else', () => {
    expect(keyOf({})).toBe(keyOf({ proof: secretProof('s3cret') }));
  });
});

test('nobody is asked before the token is wanted', async () => {
  const asked: ClientCredentials[] = [];
  const source = clientCredentialsSource(request, async (wanted) => {
    asked.push(wanted);
    return new Secret('a.b.c');
  });
  expect(source).toMatchObject({
    name: 'client-credentials',
    origin: 'client credentials of ci at idp.example.com',
    tokenType: 'access_token',
  });
  expect(asked).toEqual([]);
  expect((await source.obtain()).reveal()).toBe('a.b.c');
  expect(asked).toEqual([request]);
});
