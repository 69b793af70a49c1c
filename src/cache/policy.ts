import type { Runtime } from '../ports.ts';
import type { Entry, Label } from './entry.ts';
import type { CacheEvent } from './event.ts';
import type { CacheOff, CachePlace } from './folder.ts';
import { freshness } from './freshness.ts';
import type { KeyInput } from './key.ts';
import type { EntryStore, ReadEntry } from './store.ts';

/** Identifies a credential in the cache, and labels it for `cache list`. */
export interface CacheKey {
  readonly keyInputs: readonly KeyInput[];
  readonly label: Label;
}

/** How one call uses the cache; all times in milliseconds. */
export interface CachePolicy {
  readonly place: CachePlace | CacheOff;
  /** How long before expiry an entry is due for renewal; undefined means the default. */
  readonly refreshBeforeMs: number | undefined;
  /** An entry with less remaining life is a miss; 0 accepts every valid entry. */
  readonly minTtlMs: number;
  /** The deadline of the whole call. */
  readonly timeoutMs: number;
  /** What determines the proxy of a request. Contains passwords; only a digest of it is stored. */
  readonly route: string;
  /** Whether a client runs the plugin, not a person. */
  readonly isClient: boolean;
  /** Whether to send requests even if a failure is remembered. */
  readonly ignoresFailures: boolean;
  /**
   * Whether a client waits for the call, so that renewing a valid entry must not take long. Otherwise the
   * call is one of a process that keeps a credential fresh, and decides by itself when to try again after
   * a failure.
   */
  readonly isAwaited: boolean;
}

/** What reading the cache needs from the runtime. */
export type CacheRuntime = Pick<Runtime, 'now' | 'parentProcess' | 'privateFiles'>;

/** The common parameters of `look` and `renew`. */
export interface CacheContext {
  readonly key: CacheKey;
  readonly policy: CachePolicy;
  readonly runtime: CacheRuntime;
  readonly trace: (event: CacheEvent) => void;
}

/**
 * A credential may last this much less than `minTtlMs`, in milliseconds: transfer and rounding can
 * shorten a new one, and calls at the same time are to share it.
 */
export const minTtlToleranceMs = 15_000;

/** Reads the entry, unless it has expired or its remaining life is shorter than `minTtlMs`. */
export function readUsable(store: EntryStore, { policy, runtime }: CacheContext): ReadEntry {
  const read = store.read();
  if (read.kind === 'none') return read;
  const { state, remainingMs } = freshness(read.entry, runtime.now(), policy.refreshBeforeMs);
  if (state === 'expired') return { kind: 'none', reason: 'the entry has expired' };
  if (remainingMs + minTtlToleranceMs >= policy.minTtlMs) return read;
  return { kind: 'none', reason: 'the entry lasts less than --min-ttl' };
}

/** Whether an entry is now fresh, aging (valid, but due for renewal) or expired. */
export function stateOf(
  entry: Entry,
  { policy, runtime }: CacheContext,
): 'fresh' | 'aging' | 'expired' {
  return freshness(entry, runtime.now(), policy.refreshBeforeMs).state;
}
