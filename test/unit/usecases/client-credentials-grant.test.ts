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

/** An IdP that answers discovery, and then as it is told. */
function anIdp(status: number, body: unknown) {
  const requests: OutgoingRequest[] = [];
  return {
    requests,
    now: () => now,
    randomId: () => 'one',
    send: async (sent: OutgoingRequest) => {
      requests.push(sent);
      const metadata = { issuer: issuerUrl, token_endpoint: tokenUrl };
      return sent.method === 'GET'
        ? { status: 200, headers: {}, body: JSON.stringify(metadata) }
        : { status, headers: {}, body: JSON.stringify(body) };
    },
  };
}

test('an issuer is asked for its token endpoint first', async () => {
  const idp = anIdp(200, { access_token: 'a.b.c' });
  expect((await clientCredentialsGrant(request, idp)).reveal()).toBe('a.b.c');
  expect(idp.requests.map(({ method, url }) => [method, url])).toEqual([
    ['GET', `${issuerUrl}/.well-known/openid-configuration`],
    ['POST', tokenUrl],
  ]);
});

test('a token endpoint is asked at once', async () => {
  const idp = anIdp(200, { access_token: 'a.b.c' });
  await clientCredentialsGrant({ ...request, endpoint: { tokenUrl } }, idp);
  expect(idp.requests.map(({ url }) => url)).toEqual([tokenUrl]);
});

test.each([
  [{ issuerUrl }, issuerUrl],
  [{ tokenUrl }, tokenUrl],
])('an assertion is made for %j, anew each time', async (endpoint, audience) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const proof = { method: 'private_key_jwt', privateKey: new Secret(pem) } as const;
  const idp = anIdp(200, { access_token: 'a.b.c' });
  await clientCredentialsGrant({ ...request, endpoint, proof }, idp);
  const form = idp.requests.at(-1)?.form ?? [];
  const assertion = form.find(([name]) => name === 'client_assertion')?.[1] ?? '';
  const { payload } = await jwtVerify(reveal(assertion), createPublicKey(privateKey), {
    currentDate: new Date(now),
  });
  expect(payload).toMatchObject({ aud: audience, jti: 'one', iat: now / 1000 });
});

test('a secret that the IdP echoes is redacted, in the header’s form too', async () => {
  const basic = Buffer.from('ci:s3cret').toString('base64');
  const idp = anIdp(401, {
    error: 'invalid_client',
    error_description: `neither s3cret nor ${basic}`,
  });
  expect(await rejection(clientCredentialsGrant(request, idp))).toMatchObject({
    code: 'idp_client_refused',
    message: 'the IdP refused client ci: invalid_client: neither [redacted] nor [redacted]',
  });
});
