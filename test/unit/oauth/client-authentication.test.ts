import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basicAuthorization } from '../../../src/oauth/client-authentication.ts';
import { Secret } from '../../../src/secret.ts';

// Dex decodes the header like this (server/handlers.go, withClientFromStorage): it splits at the
// first colon, then form-decodes both parts.
function asDexReads(header: string): readonly (string | undefined)[] {
  const pair = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString('utf8');
  const at = pair.indexOf(':');
  return [pair.slice(0, at), pair.slice(at + 1)].map((part) =>
    decodeURIComponent(part.replaceAll('+', ' ')),
  );
}

test('characters that curl -u would send unencoded are encoded', () => {
  const header = basicAuthorization('dex-client-ci@d8-user-authn', new Secret('a+b%2F:c d'));
  expect(Buffer.from(header.reveal().slice(6), 'base64').toString()).toBe(
    'dex-client-ci%40d8-user-authn:a%2Bb%252F%3Ac+d',
  );
});

test('Dex decodes any client id and secret correctly', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (clientId, secret) => {
      const header = basicAuthorization(clientId, new Secret(secret)).reveal();
      expect(header).toMatch(/^Basic [A-Za-z0-9+/=]+$/);
      expect(asDexReads(header)).toEqual([clientId, secret]);
    }),
  );
});
