import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeJwt } from '../../../src/jwt.ts';
import { readTokenExchange } from '../../../src/oauth/dex-token.ts';
import { Secret } from '../../../src/secret.ts';
import { aJwt, anExchange } from '../support/exchange.ts';
import { emptyFolder } from '../support/folder.ts';
import { credentialOf, fakeRuntime } from '../support/runtime.ts';
import { settingsOf } from '../support/settings.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A machine whose clock is set as one likes, and a Dex whose clock is its own. */
function aWorld(lifeSeconds: number, dexAheadMs: number, sendsDate = true) {
  let trueMs = Date.UTC(2026, 7, 1, 12);
  let localAheadMs = 0;
  let bootedMs = trueMs - hourMs;
  let boots = 1;
  const answers: { beforeMs: number; onTheWay: () => void }[] = [];
  const runtime = fakeRuntime(emptyFolder());
  runtime.now = () => ({
    wallMs: trueMs + localAheadMs,
    steadyMs: trueMs - bootedMs,
    bootId: `boot ${boots}`,
  });
  runtime.dex = async () => {
    const answer = answers.shift();
    trueMs += answer?.beforeMs ?? 5;
    const dexMs = trueMs + dexAheadMs;
    const claims = {
      aud: ['kubernetes'],
      iat: Math.floor(dexMs / 1000),
      exp: Math.floor(dexMs / 1000 + lifeSeconds),
    };
    const headers = { 'content-type': 'application/json', date: new Date(dexMs).toUTCString() };
    answer?.onTheWay();
    trueMs += 5;
    const { token, remainingMs } = readTokenExchange(
      {
        status: 200,
        headers: sendsDate ? headers : {},
        body: JSON.stringify({ access_token: aJwt(claims) }),
      },
      anExchange(),
      new Secret('subject.token.one'),
      [],
      runtime.now().wallMs,
    );
    return { token: token.reveal(), lifeMs: remainingMs };
  };
  const settings = settingsOf({
    flags: {
      'dex-url': 'https://dex.example.com/',
      'client-id': 'ci',
      'connector-id': 'gitlab',
      'client-secret': 'dex-s3cret',
      'subject-token': 'subject.token.one',
    },
  });
  return {
    requests: () => runtime.exchanged.length,
    pass(milliseconds: number) {
      trueMs += milliseconds;
    },
    setClock(byMs: number) {
      localAheadMs += byMs;
    },
    /** The steady clock does not count the time asleep. */
    sleepDeeply(milliseconds: number) {
      trueMs += milliseconds;
      bootedMs += milliseconds;
    },
    reboot() {
      boots += 1;
      bootedMs = trueMs;
    },
    /** How the next answers of Dex come about. */
    answers,
    /** How long the credential that a call gives is really good for, and is said to be. */
    async call() {
      const { token, expirationMs } = await credentialOf(settings, runtime, true);
      const exp = Number(decodeJwt(token.reveal())?.claims['exp']) * 1000;
      return {
        goodForMs: exp - dexAheadMs - trueMs,
        saidMs: expirationMs - runtime.now().wallMs,
      };
    },
  };
}

const skews = [0, 3 * hourMs, -3 * hourMs, 400 * 24 * hourMs, -400 * 24 * hourMs];

test.each(skews)(
  'a machine whose clock is %d ms off gets a fresh credential, and hits',
  async (offMs) => {
    // Without Dex's Date, a clock that is days ahead tells an old token from a new one.
    for (const sendsDate of Math.abs(offMs) < dayMs ? [true, false] : [true]) {
      const world = aWorld(5, 0, sendsDate);
      world.setClock(offMs);
      for (const _again of [1, 2, 3]) {
        const { goodForMs, saidMs } = await world.call();
        expect(goodForMs).toBeGreaterThan(0);
        expect(saidMs).toBeGreaterThan(0);
        expect(saidMs).toBeLessThan(goodForMs);
      }
      expect(world.requests()).toBe(1);
    }
  },
);

describe('a clock that is set between two calls', () => {
  test.each([-1, 1, -500, -5000, -hourMs, hourMs, 400 * 24 * hourMs])(
    'by %d ms prolongs no credential',
    async (byMs) => {
      const world = aWorld(5, 0);
      await world.call();
      world.pass(3000);
      world.setClock(byMs);
      expect((await world.call()).goodForMs).toBeGreaterThan(0);
      world.pass(4500);
      expect((await world.call()).goodForMs).toBeGreaterThan(0);
    },
  );

  test('back by an hour does not make a miss of a good credential', async () => {
    const world = aWorld(600, 0);
    await world.call();
    world.setClock(-hourMs);
    world.pass(60_000);
    await world.call();
    expect(world.requests()).toBe(1);
  });

  test('back by an hour after a reboot makes a miss', async () => {
    const world = aWorld(600, 0);
    await world.call();
    world.reboot();
    world.setClock(-hourMs);
    expect((await world.call()).saidMs).toBeGreaterThan(0);
    expect(world.requests()).toBe(2);
  });
});

test('an answer that a sleeping machine has not read in time is asked for once more', async () => {
  const world = aWorld(600, 0);
  world.answers.push({ beforeMs: 5, onTheWay: () => world.sleepDeeply(hourMs) });
  const { goodForMs, saidMs } = await world.call();
  expect(goodForMs).toBeGreaterThan(580_000);
  expect(saidMs).toBeLessThan(goodForMs);
  expect(world.requests()).toBe(2);
  await world.call();
  expect(world.requests()).toBe(2);
});

test('the life of a credential counts from before its request', async () => {
  const world = aWorld(5, 0);
  world.answers.push({ beforeMs: 5, onTheWay: () => world.pass(1500) });
  await world.call();
  world.pass(2200);
  expect((await world.call()).goodForMs).toBeGreaterThan(0);
  expect(world.requests()).toBe(2);
});

test('a Dex that takes longer to answer than its credentials live is believed the second time', async () => {
  const world = aWorld(5, 0);
  const slow = { beforeMs: 9000, onTheWay: () => {} };
  world.answers.push(slow, slow);
  expect((await world.call()).goodForMs).toBeGreaterThan(0);
  expect(world.requests()).toBe(2);
});

test('whatever clocks do, no call gives an expired credential, and none fails', {
  timeout: 60_000,
}, async () => {
  const jump = fc.oneof(
    fc.constant(0),
    fc.constantFrom(-250, -1001, 1001, -hourMs, hourMs, -400 * 24 * hourMs, 400 * 24 * hourMs),
    fc.integer({ min: -700_000, max: 700_000 }),
  );
  const wait = fc.oneof(fc.nat(600), fc.nat(6000), fc.nat(700_000));
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), waitMs: wait, byMs: jump }),
    // Without a steady clock to compare with, a clock that is set back cannot be noticed.
    fc.record({ kind: fc.constant('reboot' as const), waitMs: wait, byMs: fc.nat(hourMs) }),
    fc.record({ kind: fc.constant('sleep' as const), waitMs: wait, byMs: fc.constant(0) }),
  );
  const answer = fc.record({ beforeMs: fc.nat(1500), byMs: jump, waitMs: fc.nat(20_000) });
  const call = fc.record({ before: fc.array(step, { maxLength: 3 }), answer: fc.option(answer) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(5, 60, 600),
      fc.constantFrom(...skews),
      fc.boolean(),
      fc.boolean(),
      fc.array(call, { minLength: 2, maxLength: 8 }),
      async (lifeSeconds, dexAheadMs, sendsDate, sleeps, calls) => {
        // Nobody notices a clock that is set back by about as long as the machine has slept, or
        // before it was started anew.
        const reboots = calls.some(({ before }) => before.some(({ kind }) => kind === 'reboot'));
        const allowed = (byMs: number): number => {
          const notTooFar = sendsDate ? byMs : byMs % 600_000;
          return sleeps || reboots ? Math.abs(notTooFar) : notTooFar;
        };
        const world = aWorld(lifeSeconds, sendsDate ? dexAheadMs : dexAheadMs % dayMs, sendsDate);
        for (const { before, answer: next } of calls) {
          for (const { kind, waitMs, byMs } of before) {
            if (kind === 'sleep' && sleeps) world.sleepDeeply(waitMs);
            else world.pass(waitMs);
            if (kind === 'reboot') world.reboot();
            world.setClock(allowed(byMs));
          }
          world.answers.length = 0;
          if (next !== null) {
            const onTheWay = () => {
              world.pass(next.waitMs);
              world.setClock(allowed(next.byMs));
            };
            world.answers.push({ beforeMs: next.beforeMs, onTheWay });
          }
          expect((await world.call()).goodForMs).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 400, endOnFailure: true },
  );
});
