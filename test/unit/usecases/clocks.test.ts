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

/** A machine and a Dex with independent clocks. */
function fakeWorld(lifeSeconds: number, dexAheadMs: number, sendsDate = true) {
  let trueMs = Date.UTC(2026, 7, 1, 12);
  let localAheadMs = 0;
  let bootedMs = trueMs - hourMs;
  let boots = 1;
  const responses: { delayMs: number; inTransit: () => void }[] = [];
  const runtime = fakeRuntime(emptyFolder());
  runtime.now = () => ({
    wallMs: trueMs + localAheadMs,
    steadyMs: trueMs - bootedMs,
    bootId: `boot ${boots}`,
  });
  runtime.dex = async () => {
    const answer = responses.shift();
    trueMs += answer?.delayMs ?? 5;
    const dexMs = trueMs + dexAheadMs;
    const claims = {
      aud: ['kubernetes'],
      iat: Math.floor(dexMs / 1000),
      exp: Math.floor(dexMs / 1000 + lifeSeconds),
    };
    const headers = { 'content-type': 'application/json', date: new Date(dexMs).toUTCString() };
    answer?.inTransit();
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
    /** Passes time without advancing the steady clock. */
    sleep(milliseconds: number) {
      trueMs += milliseconds;
      bootedMs += milliseconds;
    },
    reboot() {
      boots += 1;
      bootedMs = trueMs;
    },
    /** The delays of the next responses of Dex. */
    responses,
    /** The real and the reported remaining life of the credential of a call. */
    async call() {
      const { token, expirationMs } = await credentialOf(settings, runtime, true);
      const exp = Number(decodeJwt(token.reveal())?.claims['exp']) * 1000;
      return {
        validForMs: exp - dexAheadMs - trueMs,
        reportedMs: expirationMs - runtime.now().wallMs,
      };
    },
  };
}

const skews = [0, 3 * hourMs, -3 * hourMs, 400 * 24 * hourMs, -400 * 24 * hourMs];

test.each(skews)(
  'a machine whose clock is %d ms off gets a valid credential and cache hits',
  async (offMs) => {
    // Without the Date of Dex, a new token looks expired if the clock is ahead.
    for (const sendsDate of offMs <= 0 ? [true, false] : [true]) {
      const world = fakeWorld(5, 0, sendsDate);
      world.setClock(offMs);
      for (const _again of [1, 2, 3]) {
        const { validForMs, reportedMs } = await world.call();
        expect(validForMs).toBeGreaterThan(0);
        expect(reportedMs).toBeGreaterThan(0);
        expect(reportedMs).toBeLessThan(validForMs);
      }
      expect(world.requests()).toBe(1);
    }
  },
);

describe('if the clock is set between two calls', () => {
  test.each([-1, 1, -500, -5000, -hourMs, hourMs, 400 * 24 * hourMs])(
    'by %d ms, no expired credential is returned',
    async (byMs) => {
      const world = fakeWorld(5, 0);
      await world.call();
      world.pass(3000);
      world.setClock(byMs);
      expect((await world.call()).validForMs).toBeGreaterThan(0);
      world.pass(4500);
      expect((await world.call()).validForMs).toBeGreaterThan(0);
    },
  );

  test('back by an hour, a valid credential is still a hit', async () => {
    const world = fakeWorld(600, 0);
    await world.call();
    world.setClock(-hourMs);
    world.pass(60_000);
    await world.call();
    expect(world.requests()).toBe(1);
  });

  test('back by an hour after a reboot, the cache is a miss', async () => {
    const world = fakeWorld(600, 0);
    await world.call();
    world.reboot();
    world.setClock(-hourMs);
    expect((await world.call()).reportedMs).toBeGreaterThan(0);
    expect(world.requests()).toBe(2);
  });
});

test('a credential that expires while the machine sleeps is requested again', async () => {
  const world = fakeWorld(600, 0);
  world.responses.push({ delayMs: 5, inTransit: () => world.sleep(hourMs) });
  const { validForMs, reportedMs } = await world.call();
  expect(validForMs).toBeGreaterThan(580_000);
  expect(reportedMs).toBeLessThan(validForMs);
  expect(world.requests()).toBe(2);
  await world.call();
  expect(world.requests()).toBe(2);
});

test('the life of a credential starts with its request', async () => {
  const world = fakeWorld(5, 0);
  world.responses.push({ delayMs: 5, inTransit: () => world.pass(1500) });
  await world.call();
  world.pass(2200);
  expect((await world.call()).validForMs).toBeGreaterThan(0);
  expect(world.requests()).toBe(2);
});

test('a response that takes longer than the life of its credential is accepted the second time', async () => {
  const world = fakeWorld(5, 0);
  const slow = { delayMs: 9000, inTransit: () => {} };
  world.responses.push(slow, slow);
  expect((await world.call()).validForMs).toBeGreaterThan(0);
  expect(world.requests()).toBe(2);
});

test('with any changes of clocks, no call returns an expired credential or fails', {
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
    // After a reboot, there is no steady clock to detect that the wall clock was set back.
    fc.record({ kind: fc.constant('reboot' as const), waitMs: wait, byMs: fc.nat(hourMs) }),
    fc.record({ kind: fc.constant('sleep' as const), waitMs: wait, byMs: fc.constant(0) }),
  );
  const answer = fc.record({ delayMs: fc.nat(1500), byMs: jump, waitMs: fc.nat(20_000) });
  const call = fc.record({ before: fc.array(step, { maxLength: 3 }), answer: fc.option(answer) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(5, 60, 600),
      fc.constantFrom(...skews),
      fc.boolean(),
      fc.boolean(),
      fc.array(call, { minLength: 2, maxLength: 8 }),
      async (lifeSeconds, dexAheadMs, sendsDate, sleeps, calls) => {
        // A clock that was set back by the time asleep, or before a reboot, cannot be detected.
        const reboots = calls.some(({ before }) => before.some(({ kind }) => kind === 'reboot'));
        const allowed = (byMs: number): number => {
          const notTooFar = sendsDate ? byMs : byMs % 600_000;
          return sleeps || reboots ? Math.abs(notTooFar) : notTooFar;
        };
        const world = fakeWorld(
          lifeSeconds,
          // Without a Date, a clock that is ahead of Dex makes new tokens look expired.
          sendsDate ? dexAheadMs : dayMs + Math.abs(dexAheadMs % dayMs),
          sendsDate,
        );
        for (const { before, answer: next } of calls) {
          for (const { kind, waitMs, byMs } of before) {
            if (kind === 'sleep' && sleeps) world.sleep(waitMs);
            else world.pass(waitMs);
            if (kind === 'reboot') world.reboot();
            world.setClock(allowed(byMs));
          }
          world.responses.length = 0;
          if (next !== null) {
            const inTransit = () => {
              world.pass(next.waitMs);
              world.setClock(allowed(next.byMs));
            };
            world.responses.push({ delayMs: next.delayMs, inTransit });
          }
          expect((await world.call()).validForMs).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 400, endOnFailure: true },
  );
});
