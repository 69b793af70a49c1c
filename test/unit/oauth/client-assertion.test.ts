import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { decodeProtectedHeader, exportJWK, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { signClientAssertion } from '../../../src/oauth/client-assertion.ts';
import { Secret } from '../../../src/secret.ts';
import { rejection } from '../support/failure.ts';

const nowSeconds = 1_800_000_000;
const claims = { clientId: 'ci', audience: 'https://idp.example.com', nowSeconds, jwtId: 'one' };

const keys = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
};

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function verify(assertion: Secret, key: KeyObject) {
  return await jwtVerify(assertion.reveal(), createPublicKey(key), {
    audience: 'https://idp.example.com',
    currentDate: new Date(nowSeconds * 1000),
  });
}

describe.each(Object.entries(keys))('with a key for %s', (alg, key) => {
  test('as PEM, the assertion names client and audience and is valid for a minute', async () => {
    const assertion = await signClientAssertion(new Secret(`\n${pem(key)}\n`), claims);
    const { payload, protectedHeader } = await verify(assertion, key);
    expect(protectedHeader).toEqual({ alg, typ: 'JWT' });
    expect(payload).toEqual({
      iss: 'ci',
      sub: 'ci',
      aud: 'https://idp.example.com',
      jti: 'one',
      iat: nowSeconds,
      exp: nowSeconds + 60,
    });
  });

  test('as JWK, the header has its kid', async () => {
    const jwk = JSON.stringify({ ...(await exportJWK(key)), kid: 'key-1' });
    const assertion = await signClientAssertion(new Secret(jwk), claims);
    expect((await verify(assertion, key)).protectedHeader).toEqual({
      alg,
      kid: 'key-1',
      typ: 'JWT',
    });
  });
});

test('the assertion is signed with the algorithm that a JWK names', async () => {
  const jwk = JSON.stringify({ ...(await exportJWK(keys.RS256)), alg: 'PS512' });
  const assertion = await signClientAssertion(new Secret(jwk), claims);
  expect(decodeProtectedHeader(assertion.reveal()).alg).toBe('PS512');
});

test.each<[string, () => string | Promise<string>]>([
  ['a text', () => 'canary-7f3a91'],
  ['invalid JSON', () => '{"kty":"RSA","d":"canary-7f3a91"'],
  ['an incomplete JWK', () => '{"kty":"RSA","d":"canary-7f3a91"}'],
  ['a JWK without kty', () => '{"d":"canary-7f3a91"}'],
  ['a public JWK', async () => JSON.stringify(await exportJWK(createPublicKey(keys.ES256)))],
  [
    'a public PEM',
    () => createPublicKey(keys.ES256).export({ type: 'spki', format: 'pem' }).toString(),
  ],
  ['a PKCS#1 PEM', () => keys.RS256.export({ type: 'pkcs1', format: 'pem' }).toString()],
  [
    'an encrypted PEM',
    () =>
      keys.RS256.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      }).toString(),
  ],
  ['a key that cannot sign', () => pem(generateKeyPairSync('x25519').privateKey)],
  ['a truncated PEM', () => pem(keys.RS256).slice(0, 400)],
])('%s is rejected, and the error does not contain it', async (_what, text) => {
  const key = await text();
  const signing = signClientAssertion(new Secret(key), claims);
  expect(await rejection(signing)).toEqual({
    code: 'setting_invalid',
    message: expect.stringContaining('--idp-private-key-file'),
    hint: expect.stringMatching(/PKCS#8 PEM.*JWK.*openssl pkcs8 -topk8 -nocrypt/),
    exitCode: 2,
  });
  const error: unknown = await signing.catch((reason: unknown) => reason);
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('canary-7f3a91');
});
