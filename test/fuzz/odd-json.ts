import fc from 'fast-check';
import { canary } from '../support/hostile-world.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Values that no server and no client sends where dexchange expects something else. */
const oddValues: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e20,
  1e308,
  '',
  ' ',
  'x'.repeat(20_000),
  'a\nb\u001b[31m\u0000',
  '\u202e\ufeff',
  '\ud800',
  '9999-99-99T99:99:99Z',
  '2026-01-01T00:00:00Z',
  'https://127.0.0.1:1/',
  'http://[::1',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  canary,
  `Bearer ${canary}`,
  Buffer.from(canary).toString('base64'),
  encodeURIComponent(canary),
  [],
  {},
  [null],
  [[1]],
  { toString: 1, valueOf: 1, toJSON: 1 },
  { length: 5 },
  Array.from({ length: 3000 }, (_, index) => `item ${index}`),
];

/** One change of a JSON value: at the place with this number, to this odd value, or removed. */
export type Change = readonly [place: number, value: number];

/** Some changes of a JSON value, which shrink to few. */
export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.tuple(fc.nat(200), fc.integer({ min: -2, max: oddValues.length - 1 })),
  { minLength: 0, maxLength: 3 },
);

/** A JSON value with changes applied in order. */
export function changed(value: unknown, list: readonly Change[]): unknown {
  return list.reduce<unknown>((current, [place, odd]) => {
    const total = countOf(current);
    const next = replaced(current, { left: place % total }, odd);
    return next === removed ? null : next;
  }, value);
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, item) => sum + countOf(item), 0);
}

const removed = Symbol();

function replaced(value: unknown, cursor: { left: number }, odd: number): unknown {
  if (cursor.left-- === 0) {
    if (odd === -1) return removed;
    // The value in another kind of value.
    return odd === -2 ? [value] : oddValues[odd];
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, replaced(item, cursor, odd)] as const)
    .filter(([, item]) => item !== removed);
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/** The JSON text of a changed value, possibly cut short or with text around it. */
export function changedText(value: unknown): fc.Arbitrary<string> {
  return fc
    .tuple(
      changes,
      fc.constantFrom('', '', '', '\ufeff', '<html>', ')]}\n', '[', '{"a":'),
      fc.option(fc.nat(400), { freq: 8 }),
    )
    .map(([list, before, end]) => {
      const text = before + (JSON.stringify(changed(value, list)) ?? '');
      return end === null ? text : text.slice(0, end);
    });
}
