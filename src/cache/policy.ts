import type { Runtime } from '../ports.ts';
import type { Entry, Label } from './entry.ts';
import type { CacheEvent } from './event.ts';
import type { CacheOff, CachePlace } from './folder.ts';
import { freshness } from './freshness.ts';
import type { KeyInput } from './key.ts';
import type { EntryStore, ReadEntry } from './store.ts';

/** What a credential is found by, and what the list of the cache shows of it. */
export interface CacheKey {
  readonly keyInputs: readonly KeyInput[];
  readonly label: Label;
}

/** The rules of one call; all times in milliseconds. */
export interface CachePolicy {
  readonly place: CachePlace | CacheOff;
  /** How long before its end an entry is due for renewal; undefined is the default. */
  readonly refreshBeforeMs: number | undefined;
  /** An entry that lasts less than this is a miss; 0 accepts every entry. */
  readonly minTtlMs: number;
  /** The deadline of the whole call. */
  readonly timeoutMs: number;
  /** True for a client that runs credential plugins; false by hand. */
  readonly isClient: boolean;
  /** True if the servers are to be asked even though a failure is remembered. */
  readonly ignoresFailures: boolean;
}

/** What reading the cache needs of the runtime. */
export type CacheRuntime = Pick<Runtime, 'now' | 'parentProcess' | 'privateFiles'>;

/** What both verbs of the cache work with. */
export interface CacheContext {
  readonly key: CacheKey;
  readonly policy: CachePolicy;
  readonly runtime: CacheRuntime;
  readonly trace: (event: CacheEvent) => void;
}

/** The entry, unless it has expired or lasts less than this call asks for. */
export function readUsable(store: EntryStore, { policy, runtime }: CacheContext): ReadEntry {
  const read = store.read();
  if (read.kind === 'none') return read;
  const { state, remainingMs } = freshness(read.entry, runtime.now(), policy.refreshBeforeMs);
  if (state === 'expired') return { kind: 'none', reason: 'the entry has expired' };
  if (remainingMs >= policy.minTtlMs) return read;
  return { kind: 'none', reason: 'the entry lasts less than --min-ttl' };
}

/** Whether an entry is fresh, aging (usable, but due for renewal) or expired now. */
export function stateOf(
  entry: Entry,
  { policy, runtime }: CacheContext,
): 'fresh' | 'aging' | 'expired' {
  return freshness(entry, runtime.now(), policy.refreshBeforeMs).state;
}
