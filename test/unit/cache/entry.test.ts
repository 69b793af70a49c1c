import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entry, openEntry, sealEntry } from '../../../src/cache/entry.ts';
import { entryKey } from '../../../src/cache/key.ts';
import { Secret } from '../../../src/secret.ts';

const key = entryKey(Buffer.alloc(32, 7), [['client-id', 'ci']]);

const entry: Entry = {
  dex: 'https://dex.example.com/',
  connector: 'gitlab',
  obtained: { wallMs: 1_800_000_000_000, steadyMs: 5000, bootId: 'boot' },
  lifeMs: 600_000,
  token: new Secret('header.claims.signature'),
};

function clear(opened: Entry | undefined) {
  return opened && { ...opened, token: opened.token.reveal() };
}

test('opening a sealed entry returns the entry', () => {
  expect(clear(openEntry(key, sealEntry(key, entry)))).toEqual(clear(entry));
});

test('opening a sealed entry returns any token, Dex and connector', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(
      text,
      text,
      text,
      fc.integer(),
      fc.integer({ min: 1 }),
      (token, dex, connector, wallMs, lifeMs) => {
        const obtained = { wallMs, steadyMs: 1, bootId: undefined };
        const some = { dex, connector, obtained, lifeMs, token: new Secret(token) };
        expect(clear(openEntry(key, sealEntry(key, some)))).toEqual(clear(some));
      },
    ),
  );
});

test('the file contains times, Dex and connector unencrypted, and no part of the token', () => {
  const file = sealEntry(key, entry);
  const text = file.toString('latin1');
  expect(text).toContain(
    '{"kind":"token","dex":"https://dex.example.com/","connector":"gitlab","obtained":{"wallMs":1800000000000,"steadyMs":5000,"bootId":"boot"},"lifeMs":600000}',
  );
  for (const part of ['header', 'claims', 'signature', 'redacted'])
    expect(text).not.toContain(part);
});

test('sealing an entry twice results in different salts and ciphertexts', () => {
  const [one, other] = [sealEntry(key, entry), sealEntry(key, entry)];
  const sealedFrom = 8 + one.readUInt32BE(4);
  expect(one.subarray(0, sealedFrom)).toEqual(other.subarray(0, sealedFrom));
  expect(one.subarray(sealedFrom, sealedFrom + 16)).not.toEqual(
    other.subarray(sealedFrom, sealedFrom + 16),
  );
  expect(one.subarray(sealedFrom + 28)).not.toEqual(other.subarray(sealedFrom + 28));
});

describe('an entry does not open with', () => {
  test.each([
    ['another input', entryKey(Buffer.alloc(32, 7), [['client-id', 'cd']])],
    ['another sealing key', entryKey(Buffer.alloc(32, 8), [['client-id', 'ci']])],
    ['another name', { ...key, name: '0'.repeat(32) }],
    ['the name alone', { ...key, material: Buffer.alloc(64) }],
  ])('%s', (_what, other) => {
    expect(openEntry(other, sealEntry(key, entry))).toBeUndefined();
  });
});

describe('a damaged file does not open:', () => {
  const file = sealEntry(key, entry);

  test('any byte changed', () => {
    for (let at = 0; at < file.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const forged = Buffer.from(file);
        forged.writeUInt8(forged.readUInt8(at) ^ flip, at);
        expect(openEntry(key, forged), `byte ${at}`).toBeUndefined();
      }
    }
  });

  test('truncated at either end', () => {
    for (let end = 0; end < file.length; end++) {
      expect(openEntry(key, file.subarray(0, end)), `cut at ${end}`).toBeUndefined();
      if (end > 0) expect(openEntry(key, file.subarray(end)), `from ${end}`).toBeUndefined();
    }
  });

  test('bytes inserted, removed or replaced', () => {
    fc.assert(
      fc.property(
        fc.nat(file.length),
        fc.nat(40),
        fc.uint8Array({ maxLength: 40 }),
        (at, removed, inserted) => {
          const forged = Buffer.concat([
            file.subarray(0, at),
            inserted,
            file.subarray(at + removed),
          ]);
          const opened = openEntry(key, forged);
          expect(opened === undefined || forged.equals(file)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withMagic) => {
        const head = withMagic ? Buffer.from('dxc1\0\0\0\x02{}') : Buffer.alloc(0);
        expect(openEntry(key, Buffer.concat([head, bytes]))).toBeUndefined();
      }),
    );
  });

  test('parts of two entries joined', () => {
    const other = sealEntry(key, { ...entry, token: new Secret('header.others.signature') });
    for (let at = 1; at < file.length; at++) {
      const mixed = Buffer.concat([file.subarray(0, at), other.subarray(at)]);
      if (!mixed.equals(file) && !mixed.equals(other)) {
        expect(openEntry(key, mixed), `joined at ${at}`).toBeUndefined();
      }
    }
  });
});

test.each([
  { obtained: { wallMs: Number.NaN, steadyMs: 1, bootId: undefined } },
  { obtained: undefined as unknown as Entry['obtained'] },
  { lifeMs: Number.POSITIVE_INFINITY },
  { lifeMs: 0 },
  { lifeMs: -1 },
  { kind: 'other' },
  { dex: 7 as unknown as string },
  { connector: null as unknown as string },
])('an authentic entry with an invalid header does not open: %j', (changes) => {
  expect(openEntry(key, sealEntry(key, { ...entry, ...changes }))).toBeUndefined();
});
