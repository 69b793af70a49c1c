import { isCacheOff } from '../../cache/folder.ts';
import type { KeyInput } from '../../cache/key.ts';
import { formatDuration } from '../../duration.ts';
import { quoteId } from '../../sanitize.ts';
import { displayUrl, reportTextLimit } from '../display.ts';
import type { CacheStep } from '../report.ts';
import { type RunRecord, usesIdentityMethod } from '../run-record.ts';

/** Describes the cache: its folder, the key, and whether it was a hit. */
export function cacheStep(record: RunRecord, nowMs: number): CacheStep {
  const { cache, cacheHit, cacheMiss, notStored } = record;
  if (cache === undefined) {
    const base = { name: 'cache', result: null, place: null, key: [] } as const;
    return { ...base, status: 'skipped', summary: 'not reached' };
  }
  const place = isCacheOff(cache.place) ? null : cache.place.leaf;
  const base = { name: 'cache', place, key: [...new Set(cache.inputs.map(displayInput))] } as const;
  if (isCacheOff(cache.place)) {
    return { ...base, result: 'off', status: 'ok', summary: `not used: ${cache.place.off}` };
  }
  if (cacheHit !== undefined) {
    const { obtained, lifeMs } = cacheHit.entry;
    const ageMs = nowMs - obtained.wallMs;
    const left = formatDuration(lifeMs - ageMs);
    const age = formatDuration(ageMs);
    const due = cacheHit.isFresh ? '' : ', due for renewal';
    return {
      ...base,
      result: 'hit',
      status: 'ok',
      summary: `hit: obtained ${age} ago, ${left} left${due}; --no-cache forces a new ${usesIdentityMethod(record) ? 'token' : 'exchange'}`,
    };
  }
  const summary = `miss: ${cacheMiss ?? 'not cached yet'}`;
  if (notStored === undefined) return { ...base, result: 'miss', status: 'ok', summary };
  return {
    ...base,
    result: 'miss',
    status: 'warning',
    summary: `${summary}; not stored: ${notStored}`,
  };
}

/** The key inputs with public values; all others are secrets, tokens, command lines or files. */
const publicInputs: ReadonlySet<string> = new Set([
  'method',
  'client-id',
  'connector-id',
  'scope',
  'audience',
  'requested-token-type',
  'subject-token-type',
  'insecure-skip-tls-verify',
  'allow-http',
]);

function displayInput([name, value]: KeyInput): string {
  if (name === 'dex-url') return `${name}=${displayUrl(value)}`;
  return publicInputs.has(name) ? `${name}=${quoteId(value, reportTextLimit)}` : `${name}=(hidden)`;
}
