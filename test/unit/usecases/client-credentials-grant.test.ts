import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import type { OutgoingRequest } from '../../../src/http/message.ts';
import type { ClientCredentials } from '../../../src/identity/client-credentials.ts';
import { readySecret, reveal, Secret } from '../../../src/secret.ts';
import { clientCredentialsGrant } from '../../../src/usecases/client-credentials-grant.ts';
import { rejection } from '../support/failure.ts';

const issuerUrl = 'https://idp.example.com/realms/ci';
const tokenUrl = 'https://idp.example.com/token';
const now = Date.UTC(2026, 7, 1);

const request: ClientCredentials = {
  endpoint: { issuerUrl },
  clientId: 'ci',
  proof: { method: 'client_secret_basic', secret: readySecret('x', new Secret('s3cret')) },
  scope: 'openid',
  parameters: [],
  tokenType: 'access_token',
};

/** A fake IdP with discovery and the given response to the token request. */
function fakeIdp(status: number, body: unknown) {
  const requests: OutgoingRequest[] = [];
  return {
    requests,
    now: () => now,
    randomId: () => 'one',
    send: async (outgoing: OutgoingRequest) => {
      requests.push(outgoing);
      const metadata = { issuer: issuerUrl, token_endpoint: tokenUrl };
      return outgoing.method === 'GET'
        ? { status: 200, headers: {}, body: JSON.stringify(metadata) }
        : { status, headers: {}, body: JSON.stringify(body) };
    },
  };
}

test('with an issuer, discovers the token endpoint first', async () => {
  const idp = fakeIdp(200, { access_token: 'a.b.c' });
  expect((await clientCredentialsGrant(request, idp)).reveal()).toBe('a.b.c');
  expect(idp.requests.map(({ method, url }) => [method, url])).toEqual([
    ['GET', `${issuerUrl}/.well-known/openid-configuration`],
    ['POST', tokenUrl],
  ]);
});

test('with a token endpoint, sends only the token request', async () => {
  const idp = fakeIdp(200, { access_token: 'a.b.c' });
  await clientCredentialsGrant({ ...request, endpoint: { tokenUrl } }, idp);
  expect(idp.requests.map(({ url }) => url)).toEqual([tokenUrl]);
});

test.each([
  [{ issuerUrl }, issuerUrl],
  [{ tokenUrl }, tokenUrl],
])('with a private key, sends an assertion for %j', async (endpoint, audience) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const proof = { method: 'private_key_jwt', privateKey: new Secret(pem) } as const;
  const idp = fakeIdp(200, { access_token: 'a.b.c' });
  await clientCredentialsGrant({ ...request, endpoint, proof }, idp);
  const form = idp.requests.at(-1)?.form ?? [];
  const assertion = form.find(([name]) => name === 'client_assertion')?.[1] ?? '';
  const { payload } = await jwtVerify(reveal(assertion), createPublicKey(privateKey), {
    currentDate: new Date(now),
  });
  expect(payload).toMatchObject({ aud: audience, jti: 'one', iat: now / 1000 });
});

test('redacts a secret that the IdP echoes, also in the form of the header', async () => {
  const basic = Buffer.from('ci:s3cret').toString('base64');
  const idp = fakeIdp(401, {
    error: 'invalid_client',
    error_description: `neither s3cret nor ${basic}`,
  });
  expect(await rejection(clientCredentialsGrant(request, idp))).toMatchObject({
    code: 'idp_client_refused',
    message: 'the IdP denied client ci: invalid_client: neither [redacted] nor [redacted]',
  });
});
