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

function handoutTo(parent: string): Handout {
  const handout = withParent(undefined, entry, parent);
  if (handout === undefined) throw new Error('the marker is unchanged');
  return handout;
}

describe('a credential requested by a process', () => {
  test.each([
    ['for the first time was not rejected', handoutTo('b.2.2'), 'b.1.1', 60_000, false],
    ['without a marker was not rejected', undefined, 'b.1.1', 60_000, false],
    ['again, 10 s after it was obtained, was rejected', handoutTo('b.1.1'), 'b.1.1', 10_000, true],
    [
      'again within 10 s, as kube-rs does, was not rejected',
      handoutTo('b.1.1'),
      'b.1.1',
      9_999,
      false,
    ],
  ])('%s', (_what, handout, parent, afterMs, rejected) => {
    expect(wasRejected(handout, entry, parent, at(afterMs))).toBe(rejected);
  });

  test('that was renewed meanwhile was not rejected', () => {
    expect(wasRejected(handoutTo('b.1.1'), entryFrom(20_000), 'b.1.1', at(60_000))).toBe(false);
  });

  test('does not count as rejected for a minute after a bypass, even if it was renewed', () => {
    const bypassed = withBypass(handoutTo('b.1.1'), at(20_000));
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
  test('changes only if the process is new', () => {
    expect(withParent(handoutTo('b.1.1'), entry, 'b.1.1')).toBeUndefined();
    expect(withParent(handoutTo('b.1.1'), entry, 'b.2.2')?.parents).toEqual(['b.1.1', 'b.2.2']);
  });

  test('keeps the 32 newest processes and stays small', () => {
    let handout = handoutTo('b.0.0');
    for (let pid = 1; pid <= 500; pid++) {
      handout = withParent(handout, entry, `0123abcd.4194304.${pid}000000`) ?? handout;
    }
    expect(handout.parents).toHaveLength(32);
    expect(handout.parents).not.toContain('b.0.0');
    expect(formatHandout(handout).length).toBeLessThan(4096);
  });

  test('is the same after formatting and parsing', () => {
    const handout = withBypass(handoutTo('b.1.1'), at(5));
    expect(parseHandout(formatHandout(handout))).toEqual(handout);
  });

  test.each(['', '\n', 'x', 'x\ny\nz', '12', '12\n', 'NaN\nInfinity\n'])(
    'is invalid if the file contains %j',
    (text) => {
      expect(parseHandout(Buffer.from(text))).toBeUndefined();
    },
  );
});
