import { expect, test } from 'vitest';
import { sanitize } from '../../src/sanitize.ts';
import { Secret } from '../../src/secret.ts';

test('a server cannot start a line of its own, move the cursor or reorder what is read', () => {
  expect(sanitize('no\r\nhint: run this\u001b[2J\u202eabc\u2066 x\u0000')).toBe(
    'no hint: run this [2J abc x',
  );
});

test('is bounded in characters, not in code units', () => {
  expect(sanitize('€😀'.repeat(300), { maxChars: 10 })).toBe('€😀€😀€😀€😀€…');
});

test.each([
  ['raw', 's3cr+t%2F=&:x'],
  ['percent-encoded', encodeURIComponent('s3cr+t%2F=&:x')],
  ['form-encoded', 's3cr%2Bt%252F%3D%26%3Ax'],
  ['base64', Buffer.from('s3cr+t%2F=&:x').toString('base64')],
])('a secret that a server echoes is redacted: %s', (_form, echoed) => {
  const clean = sanitize(`bad ${echoed}!`, { secrets: [new Secret('s3cr+t%2F=&:x')] });
  expect(clean).toBe('bad [redacted]!');
});

test('a secret that the bound cuts in two is redacted before the cut', () => {
  const secret = new Secret('0123456789abcdef');
  const clean = sanitize(`${'x'.repeat(15)}${secret.reveal()}`, {
    maxChars: 20,
    secrets: [secret],
  });
  expect(clean).not.toContain('0123');
});
