import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeForm, formEncode } from '../../../src/http/form.ts';
import { Secret } from '../../../src/secret.ts';

// How a server decodes a form (RFC 6749, appendix B), implemented without URLSearchParams.
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

test.each([
  ['a b', 'a+b'],
  ['a+b', 'a%2Bb'],
  ['100%', '100%25'],
  ['id:secret', 'id%3Asecret'],
  ['ä€', '%C3%A4%E2%82%AC'],
  ['dex-client-ci@d8-user-authn', 'dex-client-ci%40d8-user-authn'],
])('%s is sent as %s', (text, sent) => {
  expect(formEncode(text)).toBe(sent);
});

test('decoding reverses encoding for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(formEncode(text)).toMatch(/^[A-Za-z0-9*._+%-]*$/);
      expect(decode(formEncode(text))).toBe(text);
    }),
  );
});

test('decoding a form returns all fields in order, secrets in clear text', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text, fc.boolean())), (fields) => {
      const body = encodeForm(
        fields.map(([name, value, secret]) => [name, secret ? new Secret(value) : value] as const),
      );
      const pairs = body === '' ? [] : body.split('&').map((pair) => pair.split('=').map(decode));
      expect(pairs).toEqual(fields.map(([name, value]) => [name, value]));
    }),
  );
});
