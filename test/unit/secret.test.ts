import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { reveal, Secret } from '../../src/secret.ts';

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
