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
const origin = { dex: 'https://dex.example.com/', connector: 'gitlab' };
const key = entryKey(Buffer.alloc(32, 7), [['client-id', 'ci']]);

function at(afterMs: number) {
  return { wallMs: 1_800_000_000_000 + afterMs, steadyMs: 1000 + afterMs, bootId: 'boot' };
}

function refused(code: ErrorCode = 'dex_client_refused', retryAfterMs?: number) {
  const error = new DexchangeError(code, 'Dex refused client ci', {
    hint: 'mend the secret',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return failureToRemember(error, origin, at(0), timeoutMs);
}

function lifeOf(code: ErrorCode): number | undefined {
  return refused(code)?.lifeMs;
}

describe('what is remembered', () => {
  const codes = Object.keys(exitCodes) as ErrorCode[];

  test('is nothing that the user can mend at once', () => {
    const mendable = codes.filter((code) => exitCodes[code] <= 2);
    expect(mendable.length).toBeGreaterThan(10);
    expect(mendable.filter((code) => lifeOf(code) !== undefined)).toEqual([]);
    expect(lifeOf('subject_token_command_failed')).toBeUndefined();
    expect(lifeOf('server_tls')).toBeUndefined();
  });

  test('is every refusal of Dex, for ten seconds', () => {
    const dex = codes.filter((code) => code.startsWith('dex_'));
    expect(new Set(dex.map(lifeOf))).toEqual(new Set([10_000]));
  });

  test('is an outage, for five seconds, or as long as the server says, at most ten', () => {
    expect(lifeOf('server_unreachable')).toBe(5000);
    expect(refused('server_busy', 2000)?.lifeMs).toBe(2000);
    expect(refused('server_busy', 3_600_000)?.lifeMs).toBe(10_000);
  });
});

describe('a remembered refusal', () => {
  test('is the same error, and says how old it is and how to ask anew', () => {
    const refusal = refused();
    const error = refusal && rememberedError(refusal, at(3400), timeoutMs);
    expect(error).toMatchObject({
      code: 'dex_client_refused',
      message: 'Dex refused client ci',
      hint: 'mend the secret (this answer is 3 s old and repeated for another 7 s; --no-cache or DEXCHANGE_NO_CACHE=true asks anew)',
    });
  });

  test('is forgotten in time, and when the clock was set back', () => {
    const refusal = refused();
    if (refusal === undefined) throw new Error('not remembered');
    expect(rememberedError(refusal, at(9_999), timeoutMs)).toBeDefined();
    expect(rememberedError(refusal, at(10_000), timeoutMs)).toBeUndefined();
    const setBack = { ...at(-5000), bootId: 'another' };
    expect(rememberedError(refusal, setBack, timeoutMs)).toBeUndefined();
  });

  test('of a server that was too slow is told to nobody who has more time', () => {
    const slow = refused('server_timeout');
    if (slow === undefined) throw new Error('not remembered');
    expect(openFailure(key, sealFailure(key, slow))).toEqual(slow);
    expect(rememberedError(slow, at(0), timeoutMs)).toBeDefined();
    expect(rememberedError(slow, at(0), timeoutMs - 1)).toBeDefined();
    expect(rememberedError(slow, at(0), timeoutMs + 1)).toBeUndefined();
    const other = refused();
    expect(other && rememberedError(other, at(0), timeoutMs + 1)).toBeDefined();
  });

  test('is overtaken by a credential that was had later', () => {
    const refusal = refused();
    if (refusal === undefined) throw new Error('not remembered');
    expect(isSuperseded(refusal, at(1), at(500))).toBe(true);
    expect(isSuperseded(refusal, at(-1), at(500))).toBe(false);
    expect(isSuperseded(refusal, { ...at(900), bootId: 'another' }, at(-5000))).toBe(false);
  });

  test('leaves renewal in peace for thirty seconds', () => {
    const refusal = refused();
    if (refusal === undefined) throw new Error('not remembered');
    expect(withinBackoff(refusal, at(29_999))).toBe(true);
    expect(withinBackoff(refusal, at(30_000))).toBe(false);
  });

  test('of an early renewal is told to nobody', () => {
    const error = new DexchangeError('server_timeout', 'Dex did not answer within 2 s');
    const refusal = failedRenewal(error, origin, at(0));
    expect(rememberedError(refusal, at(0), timeoutMs)).toBeUndefined();
    expect(withinBackoff(refusal, at(1000))).toBe(true);
  });

  test('comes back from its file, sealed, and from nobody else’s', () => {
    const refusal = refused();
    if (refusal === undefined) throw new Error('not remembered');
    const file = sealFailure(key, refusal);
    expect(openFailure(key, file)).toEqual(refusal);
    expect(file.toString('latin1')).not.toContain('refused client');
    const other = entryKey(Buffer.alloc(32, 7), [['client-id', 'cd']]);
    expect(openFailure(other, file)).toBeUndefined();
    for (let at = 0; at < file.length; at++) {
      const forged = Buffer.from(file);
      forged.writeUInt8(forged.readUInt8(at) ^ 1, at);
      expect(openFailure(key, forged), `byte ${at}`).toBeUndefined();
    }
  });
});
