import { describe, expect, test } from 'vitest';
import { entryKey } from '../../../src/cache/key.ts';
import {
  failedRenewal,
  failureToRemember,
  isSuperseded,
  openFailure,
  rememberedError,
  sealFailure,
  withinBackoff,
} from '../../../src/cache/remembered-failure.ts';
import { DexchangeError, type ErrorCode, exitCodes } from '../../../src/errors.ts';

const timeoutMs = 30_000;
const hour = 3_600_000;
const call = { timeoutMs, route: '["http://user:canary@proxy:3128"]' };
const origin = { dex: 'https://dex.example.com/', connector: 'gitlab' };
const key = entryKey(Buffer.alloc(32, 7), [['client-id', 'ci']]);

function at(afterMs: number) {
  return { wallMs: 1_800_000_000_000 + afterMs, steadyMs: 1000 + afterMs, bootId: 'boot' };
}

function denied(code: ErrorCode = 'dex_client_refused', retryAfterMs?: number) {
  const error = new DexchangeError(code, 'Dex denied client ci', {
    hint: 'correct the secret',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return failureToRemember(error, origin, at(0), call);
}

function lifeOf(code: ErrorCode): number | undefined {
  return denied(code)?.lifeMs;
}

describe('the set of remembered errors', () => {
  const codes = Object.keys(exitCodes) as ErrorCode[];

  test('does not include errors that the user can fix locally', () => {
    const fixable = codes.filter((code) => exitCodes[code] <= 2);
    expect(fixable.length).toBeGreaterThan(10);
    expect(fixable.filter((code) => lifeOf(code) !== undefined)).toEqual([]);
    expect(lifeOf('subject_token_command_failed')).toBeUndefined();
    expect(lifeOf('server_tls')).toBeUndefined();
  });

  test('includes every denial of Dex, for ten seconds', () => {
    const dex = codes.filter((code) => code.startsWith('dex_'));
    expect(new Set(dex.map(lifeOf))).toEqual(new Set([10_000]));
  });

  test('includes outages, for five seconds or the Retry-After of the server, at most ten seconds', () => {
    expect(lifeOf('server_unreachable')).toBe(5000);
    expect(denied('server_busy', 2000)?.lifeMs).toBe(2000);
    expect(denied('server_busy', 3_600_000)?.lifeMs).toBe(10_000);
  });
});

describe('a remembered failure', () => {
  test('is the same error with its age and how to bypass it', () => {
    const failure = denied();
    const error = failure && rememberedError(failure, at(3400), call);
    expect(error).toMatchObject({
      code: 'dex_client_refused',
      message: 'Dex denied client ci',
      hint: 'correct the secret (this error is 3 s old and repeated for another 7 s; to try again now, set --no-cache or DEXCHANGE_NO_CACHE=true)',
    });
  });

  test('is not repeated after its life, or after the clock was set back', () => {
    const failure = denied();
    if (failure === undefined) throw new Error('not remembered');
    expect(rememberedError(failure, at(9_999), call)).toBeDefined();
    expect(rememberedError(failure, at(10_000), call)).toBeUndefined();
    const setBack = { ...at(-5000), bootId: 'another' };
    expect(rememberedError(failure, setBack, call)).toBeUndefined();
  });

  test('is not repeated to a call with more time, if it was a timeout', () => {
    const slow = denied('server_timeout');
    if (slow === undefined) throw new Error('not remembered');
    expect(openFailure(key, sealFailure(key, slow))).toEqual(slow);
    expect(rememberedError(slow, at(0), call)).toBeDefined();
    expect(rememberedError(slow, at(0), { ...call, timeoutMs: timeoutMs - 1 })).toBeDefined();
    expect(rememberedError(slow, at(0), { ...call, timeoutMs: timeoutMs + 1 })).toBeUndefined();
    const other = denied();
    expect(
      other && rememberedError(other, at(0), { ...call, timeoutMs: timeoutMs + 1 }),
    ).toBeDefined();
  });

  test('is not repeated to a call with other proxies, which it does not name', () => {
    const failure = denied('server_unreachable');
    if (failure === undefined) throw new Error('not remembered');
    for (const route of ['[]', '', call.route.replace('3128', '3129')]) {
      expect(rememberedError(failure, at(0), { ...call, route })).toBeUndefined();
      expect(withinBackoff(failure, at(0), { ...call, route }, hour)).toBe(false);
    }
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(JSON.stringify(failure)).not.toContain('proxy:3128');
  });

  test('is superseded by a credential that was obtained later', () => {
    const failure = denied();
    if (failure === undefined) throw new Error('not remembered');
    expect(isSuperseded(failure, at(1), at(500))).toBe(true);
    expect(isSuperseded(failure, at(-1), at(500))).toBe(false);
    expect(isSuperseded(failure, { ...at(900), bootId: 'another' }, at(-5000))).toBe(false);
  });

  test.each([
    ['an hour', hour, 30_000],
    ['ten minutes', hour / 6, 30_000],
    ['a minute', 60_000, 3000],
  ])('delays the next early renewal of a credential of %s', (_life, lifeMs, delayMs) => {
    const failure = denied();
    if (failure === undefined) throw new Error('not remembered');
    expect(withinBackoff(failure, at(delayMs - 1), call, lifeMs)).toBe(true);
    expect(withinBackoff(failure, at(delayMs), call, lifeMs)).toBe(false);
  });

  test('is not repeated as an error if an early renewal failed', () => {
    const error = new DexchangeError('server_timeout', 'Dex did not answer within 2 s', {
      hint: 'check it',
    });
    const failure = failedRenewal(error, origin, at(0), call);
    expect(rememberedError(failure, at(0), call)).toBeUndefined();
    expect(withinBackoff(failure, at(1000), call, hour)).toBe(true);
  });

  test('is the same after sealing and opening, and opens with its own key only', () => {
    const failure = denied();
    if (failure === undefined) throw new Error('not remembered');
    const file = sealFailure(key, failure);
    expect(openFailure(key, file)).toEqual(failure);
    expect(file.toString('latin1')).not.toContain('denied client');
    const other = entryKey(Buffer.alloc(32, 7), [['client-id', 'cd']]);
    expect(openFailure(other, file)).toBeUndefined();
    for (let at = 0; at < file.length; at++) {
      const forged = Buffer.from(file);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      expect(openFailure(key, forged), `byte ${at}`).toBeUndefined();
    }
  });
});
