import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encryptionKey, entryKey, type KeyInput } from '../../../src/cache/key.ts';

const sealingKey = Buffer.alloc(32, 7);

function nameOf(inputs: readonly KeyInput[], key = sealingKey): string {
  return entryKey(key, inputs).name;
}

test('equal inputs have the same name of 32 hexadecimal digits', () => {
  const inputs: KeyInput[] = [['client-id', 'ci']];
  expect(nameOf(inputs)).toMatch(/^[0-9a-f]{32}$/);
  expect(nameOf(inputs)).toBe(nameOf([['client-id', 'ci']]));
});

test.each<[string, readonly KeyInput[], readonly KeyInput[]]>([
  ['a letter moved from value to name', [['a', 'bc']], [['ab', 'c']]],
  [
    'a letter moved to the next value',
    [
      ['x', 'ab'],
      ['x', 'c'],
    ],
    [
      ['x', 'a'],
      ['x', 'bc'],
    ],
  ],
  [
    'two inputs joined',
    [
      ['x', 'a'],
      ['x', 'b'],
    ],
    [['x', 'ab']],
  ],
  [
    'two inputs joined with a length prefix',
    [
      ['x', 'a'],
      ['x', 'b'],
    ],
    [['x', 'a\0\0\0\0\0\0\0\x01x']],
  ],
  [
    'an additional empty value',
    [['x', 'a']],
    [
      ['x', 'a'],
      ['x', ''],
    ],
  ],
  ['an empty input', [], [['', '']]],
  [
    'another order',
    [
      ['x', 'a'],
      ['x', 'b'],
    ],
    [
      ['x', 'b'],
      ['x', 'a'],
    ],
  ],
  ['another name', [['x', 'a']], [['y', 'a']]],
  ['name and value swapped', [['x', 'y']], [['y', 'x']]],
])('%s changes the name of the entry', (_what, one, other) => {
  expect(nameOf(one)).not.toBe(nameOf(other));
});

test('only equal lists of inputs have the same name', () => {
  const inputs = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 4 });
  const cut = fc.tuple(fc.string({ maxLength: 8 }), fc.array(fc.nat(8)), fc.array(fc.nat(8)));
  const pairs = (text: string, cuts: readonly number[]): KeyInput[] => {
    const edges = [0, ...cuts.map((at) => Math.min(at, text.length)), text.length];
    const pieces = edges
      .toSorted((a, b) => a - b)
      .map((edge, index, all) => text.slice(all[index - 1] ?? 0, edge));
    if (pieces.length % 2 === 1) pieces.push('');
    return pieces.flatMap((piece, index) =>
      index % 2 === 0 ? [[piece, pieces[index + 1] ?? ''] as const] : [],
    );
  };
  const differ = (one: readonly KeyInput[], other: readonly KeyInput[]) => {
    expect(nameOf(one) === nameOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
  };
  fc.assert(fc.property(inputs, inputs, differ));
  fc.assert(fc.property(cut, ([text, one, other]) => differ(pairs(text, one), pairs(text, other))));
});

test('the name depends on the sealing key, so it cannot verify a guessed input', () => {
  const inputs: KeyInput[] = [['client-secret', 'guess']];
  expect(nameOf(inputs)).not.toBe(nameOf(inputs, Buffer.alloc(32, 8)));
});

test('the encryption key depends on the salt and the inputs, and does not contain the name', () => {
  const key = entryKey(sealingKey, [['a', 'b']]);
  const other = entryKey(sealingKey, [['a', 'c']]);
  const salt = Buffer.alloc(16, 1);
  const keys = [
    encryptionKey(key, salt),
    encryptionKey(key, Buffer.alloc(16, 2)),
    encryptionKey(other, salt),
  ].map((bytes) => bytes.toString('hex'));
  expect(new Set(keys).size).toBe(3);
  for (const hex of keys) {
    expect(hex).toHaveLength(64);
    expect(hex).not.toContain(key.name);
  }
});

test('the keys are the result of HKDF-SHA-256 in node:crypto', () => {
  const inputs: KeyInput[] = [
    ['a', 'bc'],
    ['name', 'värde'],
  ];
  const encoded = Buffer.concat(
    inputs.flat().flatMap((text) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(Buffer.byteLength(text)));
      return [length, Buffer.from(text)];
    }),
  );
  const key = entryKey(sealingKey, inputs);
  const name = hkdfSync('sha256', encoded, sealingKey, 'dexchange cache 1 name', 16);
  expect(key.name).toBe(Buffer.from(name).toString('hex'));
  const salt = Buffer.alloc(16, 3);
  const expected = hkdfSync('sha256', key.material, salt, 'dexchange cache 1 entry', 32);
  expect(encryptionKey(key, salt)).toEqual(Buffer.from(expected));
});
