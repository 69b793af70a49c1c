import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { oddityOf, reveal, Secret } from '../../src/secret.ts';

const canary = 'canary-7f3a91';
const secret = new Secret(canary);
const nested = { a: [{ b: new Map([['c', { secret }]]), set: new Set([secret]) }] };
const asError = new Error(`failed with ${secret}`, { cause: secret });

test.each<[string, () => unknown]>([
  ['String', () => String(secret)],
  ['a template', () => `${secret}`],
  ['join', () => [secret, 'x'].join()],
  ['JSON.stringify', () => JSON.stringify(secret)],
  ['JSON.stringify, nested', () => JSON.stringify({ a: [{ secret }] })],
  ['util.inspect', () => inspect(secret)],
  ['util.inspect, nested and at any depth', () => inspect(nested, { depth: Infinity })],
  [
    'util.inspect with all its options',
    () => inspect(nested, { depth: Infinity, showHidden: true, getters: true, showProxy: true }),
  ],
  [
    'util.inspect without custom inspection',
    () => inspect(secret, { customInspect: false, showHidden: true }),
  ],
  ['an error', () => inspect(asError, { depth: Infinity, showHidden: true })],
  ["an error's stack", () => asError.stack],
  ['structuredClone', () => inspect(structuredClone(secret), { showHidden: true })],
  ['a spread', () => inspect({ ...secret })],
  ['its keys', () => inspect([Reflect.ownKeys(secret), Object.entries(secret)])],
])('%s does not leak the secret', (_way, show) => {
  expect(String(show())).not.toContain(canary);
});

test.each([String(secret), `${secret}`, inspect(secret), JSON.parse(JSON.stringify(secret))])(
  'the text of a secret is %s',
  (text) => {
    expect(text).toBe('[redacted]');
  },
);

test('reveal returns the value', () => {
  expect(secret.reveal()).toBe(canary);
  expect(reveal(secret)).toBe(canary);
  expect(reveal('plain')).toBe('plain');
});

describe('what is not a bare secret', () => {
  test.each<readonly [string, string]>([
    ['s\0e\0c\0r\0e\0t\0', 'UTF-16'],
    ['schl\ufffdssel', 'not UTF-8'],
    ['sec\u200bret', 'invisible'],
    ['\u00a0secret', 'invisible'],
    ['secret\u00a0', 'invisible'],
    ['\u202esecret', 'invisible'],
    ['\u001b[0msecret', 'control characters'],
    ['<html><body>Login</body></html>', 'HTML'],
    ['<?xml version="1.0"?><Error/>', 'XML'],
    ['-----BEGIN PRIVATE KEY-----\nYQ==', 'PEM'],
    ['apiVersion: v1\nkind: Secret\ndata:\n  a: YQ==', 'manifest'],
    ['{"data":{"data":{"secret":"x"}}}', 'JSON'],
    ['["secret"]', 'JSON'],
    ['Bearer secret', 'scheme'],
    ['basic c2VjcmV0', 'scheme'],
    ['DEX_CLIENT_SECRET=secret', 'NAME=value'],
    ['export secret=x', 'NAME=value'],
    ['client_secret: secret', 'YAML'],
    ['"password": "x"', 'YAML'],
  ])('%j', (text, what) => {
    const odd = oddityOf(text);
    expect(odd?.what).toContain(what);
    expect(odd?.hint).toMatch(/./);
  });

  test.each([
    ...[
      'correct horse battery staple',
      'pässwörd',
      '密码',
      '😀',
      'it\'s "quoted"',
      'a=b',
      'A=b',
      '=',
    ],
    ...[
      'ABCDEF==',
      'A_B==',
      'AB_C=',
      'bearer',
      'token:x',
      'my secret: x',
      '{',
      '{not json',
      '[',
      '<',
    ],
    ...['a<b>c', 'a\u00a0b', 'a\tb', 'secret%', 'c2VjcmV0', '$$', '%41', '5', '"5', 'null', 'true'],
  ])('%j can be a secret', (text) => {
    expect(oddityOf(text)).toBeUndefined();
  });
});
