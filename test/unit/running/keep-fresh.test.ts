import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { keepFresh, renewalMs, type SourceEnd } from '../../../src/running/keep-fresh.ts';
import { Secret } from '../../../src/secret.ts';
import type { Credential } from '../../../src/usecases/get-token.ts';

const minute = 60_000;

interface World {
  /** The life of each credential, in milliseconds. */
  readonly lifeMs?: number;
  /** Whether an attempt at a time in milliseconds succeeds. */
  readonly succeeds?: (atMs: number) => boolean;
  /** Whether a failure leaves the present credential instead of throwing. */
  readonly keepsOld?: boolean;
  readonly refreshBeforeMs?: number;
  readonly sourceEnd?: SourceEnd;
  /** When the command ends. */
  readonly untilMs: number;
}

/** Keeps a credential fresh in a world whose clock goes forward only while it sleeps. */
async function keep(world: World) {
  const { lifeMs = 10 * minute, succeeds = () => true, untilMs } = world;
  const stop = new AbortController();
  let now = 0;
  let number = 0;
  const issue = (): Credential => {
    number += 1;
    return { token: new Secret(`token-${number}`), expirationMs: now + lifeMs * 0.99, lifeMs };
  };
  const first = issue();
  let current = first;
  const attempts: number[] = [];
  const published: number[] = [];
  const notices: string[] = [];
  const failures: string[] = [];
  await keepFresh(
    first,
    world.refreshBeforeMs,
    {
      now: () => now,
      random: () => 0.5,
      async sleep(milliseconds) {
        now += milliseconds;
        if (now >= untilMs) stop.abort();
      },
      async obtain() {
        attempts.push(now);
        if (succeeds(now)) {
          current = issue();
          return current;
        }
        if (world.keepsOld) return current;
        throw new DexchangeError('server_unreachable', 'Dex is away', { hint: 'wait' });
      },
      publish() {
        published.push(now);
      },
      failed: (error) => failures.push(error.message),
      reason: () => new DexchangeError('server_timeout', 'Dex is slow', { hint: 'wait' }),
      notice: (line) => notices.push(line),
      sourceEnd: () => world.sourceEnd,
    },
    stop.signal,
  );
  return { attempts, published, notices, failures };
}

describe('the time of a renewal', () => {
  test.each([
    // The life, the setting, and how long before the end, in seconds.
    [600, undefined, 330],
    [600, 330, 330],
    [600, 10, 120],
    [3600, undefined, 330],
    [3600, 10, 120],
    [60, undefined, 33],
    [60, 5, 12],
    [60, 330, 54],
  ])(
    'of a life of %i s with --refresh-before %s is %i s before its end',
    (life, setting, before) => {
      const refreshBeforeMs = setting === undefined ? undefined : setting * 1000;
      expect(renewalMs(life * 1000, refreshBeforeMs)).toBe(before * 1000);
    },
  );
});

test('renews each credential once, ahead of its end', async () => {
  const { attempts, published, notices } = await keep({ untilMs: 60 * minute });
  expect(published).toEqual(attempts);
  expect(attempts).toHaveLength(13);
  expect(notices).toEqual([]);
  for (const [index, at] of attempts.entries()) {
    const before = attempts[index - 1] ?? 0;
    expect(at - before).toBeGreaterThanOrEqual(4.5 * minute);
    expect(at - before).toBeLessThanOrEqual(4.7 * minute);
  }
});

test.each([[true], [false]])(
  'tries a failure again without a word while a minute is left (keeps the old one: %s)',
  async (keepsOld) => {
    const { attempts, published, notices } = await keep({
      keepsOld,
      succeeds: (at) => at > 8.7 * minute,
      untilMs: 11 * minute,
    });
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.length).toBeLessThan(12);
    expect(published).toHaveLength(1);
    expect(notices).toEqual([]);
  },
);

test('tells once that the credential is about to expire, and once that it has been renewed', async () => {
  const { attempts, notices, published } = await keep({
    succeeds: (at) => at > 30 * minute,
    untilMs: 35 * minute,
  });
  expect(published).toHaveLength(1);
  expect(notices).toEqual([
    expect.stringMatching(
      /^warning: the credential expires in 5\d s and cannot be renewed: Dex is away$/,
    ),
    'the credential has been renewed',
  ]);
  // At most once a minute, plus those in what was left of the credential.
  expect(attempts.filter((at) => at > 10 * minute).length).toBeLessThan(28);
  expect(attempts.length).toBeLessThan(50);
});

test('renews a credential of 20 s in time, whenever the server is away for 8 s', async () => {
  for (let from = 0; from < 20_000; from += 100) {
    const { published } = await keep({
      lifeMs: 20_000,
      refreshBeforeMs: 11_000,
      succeeds: (at) => at < from || at >= from + 8000,
      untilMs: 40_000,
    });
    for (const [index, at] of [...published, 40_000].entries()) {
      expect(at - (published[index - 1] ?? 0), `away from ${from} ms`).toBeLessThan(20_000);
    }
  }
});

test('says why a renewal left the old credential', async () => {
  const { attempts, notices, failures } = await keep({
    keepsOld: true,
    succeeds: () => false,
    untilMs: 11 * minute,
  });
  expect(notices).toEqual([expect.stringContaining('cannot be renewed: Dex is slow')]);
  expect(failures).toEqual(attempts.map(() => 'Dex is slow'));
});

test('tells five minutes before the end of a credential that it is the last one', async () => {
  const sourceEnd = { atMs: 20 * minute, name: 'the identity token', hint: 'split the job' };
  const { notices } = await keep({ sourceEnd, untilMs: 24 * minute });
  expect(notices).toEqual([
    'warning: the credential expires at 1970-01-01T00:28:10Z and cannot be renewed, because the identity token expires at 1970-01-01T00:20:00Z; split the job',
  ]);
});

test('tells of an identity token that is the credential, and does not ask for it again', async () => {
  const name = 'the identity token from variable CI_TOKEN';
  const sourceEnd = { atMs: 10 * minute, isCredential: true, name, hint: 'split the job' };
  const { notices, attempts } = await keep({ sourceEnd, untilMs: 22 * minute });
  expect(notices).toEqual([
    `warning: the credential expires at 1970-01-01T00:09:54Z and cannot be renewed, because it is ${name}; split the job`,
  ]);
  expect(attempts).toEqual([]);
});

test('says nothing of the end if the command ends before', async () => {
  const sourceEnd = { atMs: 60 * minute, name: 'the identity token', hint: 'split the job' };
  expect((await keep({ sourceEnd, untilMs: 22 * minute })).notices).toEqual([]);
});

test('does not renew immediately if the lifetime is longer than the longest timer', async () => {
  const day = 24 * 60 * minute;
  const { attempts } = await keep({ lifeMs: 60 * day, untilMs: 2 * day });
  expect(attempts).toEqual([]);
});

test.each([
  ['a second before the notice', 4.85, 0],
  ['after it', 5, 1],
])('a short command does not hear of it: one that ends %s', async (_when, untilMinutes, lines) => {
  const sourceEnd = { atMs: 4 * minute, name: 'the identity token', hint: 'split the job' };
  const { notices } = await keep({ sourceEnd, untilMs: untilMinutes * minute });
  expect(notices).toHaveLength(lines);
});
