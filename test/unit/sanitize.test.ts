import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactionOf } from '../../src/redaction.ts';
import { sanitize } from '../../src/sanitize.ts';
import { Secret } from '../../src/secret.ts';

test('a server cannot start a new line, move the cursor or reorder text', () => {
  expect(sanitize('no\r\nhint: run this\u001b[2J\u202eabc\u2066 x\u0000')).toBe(
    'no hint: run this [2J abc x',
  );
});

test('the limit counts characters, not code units', () => {
  expect(sanitize('€😀'.repeat(300), { maxChars: 10 })).toBe('€😀€😀€😀€😀€…');
});

test.each([
  ['raw', 's3cr+t%2F=&:x'],
  ['percent-encoded', encodeURIComponent('s3cr+t%2F=&:x')],
  ['form-encoded', 's3cr%2Bt%252F%3D%26%3Ax'],
  ['base64', Buffer.from('s3cr+t%2F=&:x').toString('base64')],
  ['percent-encoded in lower case', 's3cr%2bt%252F%3d%26%3ax'],
  ['in the JSON of Go', 's3cr+t%2F=\\u0026:x'],
  ['as HTML', 's3cr+t%2F=&amp;:x'],
])('a secret that a server echoes is redacted: %s', (_form, echoed) => {
  const clean = sanitize(`bad ${echoed}!`, {
    redaction: redactionOf([new Secret('s3cr+t%2F=&:x')]),
  });
  expect(clean).toBe('bad [redacted]!');
});

test('a secret that the limit would cut in two is redacted first', () => {
  const secret = new Secret('0123456789abcdef');
  const clean = sanitize(`${'x'.repeat(15)}${secret.reveal()}`, {
    maxChars: 20,
    redaction: redactionOf([secret]),
  });
  expect(clean).not.toContain('0123');
});

test.each([
  ['base64url', Buffer.from('s3cr+t%2F=&:x?>').toString('base64url')],
  ['in a header without its scheme', 'Y2k6czNjcmV0'],
])('a secret that a server echoes is redacted, %s', (_form, echoed) => {
  const secrets = [new Secret('s3cr+t%2F=&:x?>'), new Secret('Basic Y2k6czNjcmV0')];
  expect(sanitize(`bad ${echoed}!`, { redaction: redactionOf(secrets) })).toBe('bad [redacted]!');
});

test('if one secret is part of another, no part of either stays', () => {
  const secrets = [new Secret('abcd'), new Secret('abcdefgh')];
  expect(sanitize('say abcdefgh', { redaction: redactionOf(secrets) })).toBe('say [redacted]');
});

test('a secret is redacted at any position of a long text', () => {
  const secret = new Secret('0123456789abcdef');
  fc.assert(
    fc.property(fc.integer({ min: 65_000, max: 68_000 }), (spaces) => {
      const clean = sanitize(`a${' '.repeat(spaces)}${secret.reveal()}`, {
        redaction: redactionOf([secret]),
      });
      expect(clean).toBe('a [redacted]');
    }),
  );
});

test('the result is always one printable line within the limit', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', size: 'large' }),
      fc.integer({ min: 1, max: 50 }),
      (text, maxChars) => {
        const clean = sanitize(`${text}\u202e\r\n\u2028\u0085${text}`, { maxChars });
        expect(clean).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u);
        expect([...clean].length).toBeLessThanOrEqual(maxChars);
        expect(clean).toBe(clean.trim());
      },
    ),
  );
});

test('lone surrogates become spaces', () => {
  expect(sanitize('a\ud83db\udc00c')).toBe('a b c');
});
