import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/cache/entry.ts';
import {
  formatHandout,
  type Handout,
  parseHandout,
  wasRejected,
  withBypass,
  withParent,
} from '../../../src/cache/handout.ts';
import { Secret } from '../../../src/secret.ts';

const startMs = 1_800_000_000_000;

function at(afterMs: number) {
  return { wallMs: startMs + afterMs, steadyMs: 1000 + afterMs, bootId: 'boot' };
}

function entryFrom(afterMs: number): Entry {
  return {
    dex: 'https://dex.example.com/',
    connector: 'gitlab',
    obtained: at(afterMs),
    lifeMs: 600_000,
    token: new Secret('a.b.c'),
  };
}

const entry = entryFrom(0);

function given(parent: string): Handout {
  const asked = withParent(undefined, entry, parent);
  if (asked === undefined) throw new Error('nothing to note');
  return asked;
}

describe('a process that asks for a credential', () => {
  test.each([
    ['for the first time, is no sign', given('b.2.2'), 'b.1.1', 60_000, false],
    ['with no marker, is no sign', undefined, 'b.1.1', 60_000, false],
    ['again, long before its end, was refused', given('b.1.1'), 'b.1.1', 10_000, true],
    ['again at once, asks as kube-rs does', given('b.1.1'), 'b.1.1', 9_999, false],
  ])('%s', (_what, asked, parent, afterMs, refused) => {
    expect(wasRejected(asked, entry, parent, at(afterMs))).toBe(refused);
  });

  test('that was renewed meanwhile, was not refused with the new one', () => {
    expect(wasRejected(given('b.1.1'), entryFrom(20_000), 'b.1.1', at(60_000))).toBe(false);
  });

  test('asks in vain for a minute after the cache was bypassed, for a renewed one too', () => {
    const bypassed = withBypass(given('b.1.1'), at(20_000));
    expect(wasRejected(bypassed, entry, 'b.1.1', at(30_000))).toBe(false);
    expect(wasRejected(bypassed, entry, 'b.1.1', at(79_999))).toBe(false);
    expect(wasRejected(bypassed, entry, 'b.1.1', at(80_000))).toBe(true);

    const renewed = entryFrom(21_000);
    const again = withParent(bypassed, renewed, 'b.1.1');
    expect(wasRejected(again, renewed, 'b.1.1', at(40_000))).toBe(false);
    expect(wasRejected(again, renewed, 'b.1.1', at(80_000))).toBe(true);
  });
});

describe('the marker', () => {
  test('is written only when it says something new', () => {
    expect(withParent(given('b.1.1'), entry, 'b.1.1')).toBeUndefined();
    expect(withParent(given('b.1.1'), entry, 'b.2.2')?.parents).toEqual(['b.1.1', 'b.2.2']);
  });

  test('forgets the oldest of many, and stays small', () => {
    let asked = given('b.0.0');
    for (let pid = 1; pid <= 500; pid++) {
      asked = withParent(asked, entry, `0123abcd.4194304.${pid}000000`) ?? asked;
    }
    expect(asked.parents).toHaveLength(32);
    expect(asked.parents).not.toContain('b.0.0');
    expect(formatHandout(asked).length).toBeLessThan(4096);
  });

  test('comes back from a file as it was', () => {
    const asked = withBypass(given('b.1.1'), at(5));
    expect(parseHandout(formatHandout(asked))).toEqual(asked);
  });

  test.each(['', '\n', 'x', 'x\ny\nz', '12', '12\n', 'NaN\nInfinity\n'])(
    'that is %j is none',
    (text) => {
      expect(parseHandout(Buffer.from(text))).toBeUndefined();
    },
  );
});
