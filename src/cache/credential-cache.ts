import type { Entry } from './entry.ts';
import type { CacheEvent } from './event.ts';
import { isCacheOff } from './folder.ts';
import { wasRejected, withBypass, withParent } from './handout.ts';
import {
  type CacheContext,
  type CacheKey,
  type CachePolicy,
  type CacheRuntime,
  readUsable,
  stateOf,
} from './policy.ts';
import type { CacheNetwork, PrepareRequest, RenewEntry } from './renewal.ts';
import { type EntryStore, openStore } from './store.ts';

/**
 * The cache of one credential as one transaction: `look`, then `renew` unless it was a hit. A
 * problem with the cache results in a miss and an event, never in a failure of the call.
 */
export interface CredentialCache {
  /** Reads the entry without lock or network; writes at most one small marker. Never throws. */
  look(): Lookup;
  /**
   * Replaces an entry that is due or missing: takes the lock, looks again, obtains a credential and
   * stores it.
   * @returns the new entry; the old one if it is still valid and renewing it fails
   * @throws DexchangeError the errors of `prepare` and of its request, and the remembered failure of
   *   another process
   */
  renew(found: Due | Miss, network: CacheNetwork, prepare: PrepareRequest): Promise<Entry>;
}

/** The result of looking up a credential. */
export type Lookup = Hit | Due | Miss;

export interface Hit {
  readonly kind: 'hit';
  readonly entry: Entry;
}

/** The entry is still valid, but should be renewed now. */
export interface Due {
  readonly kind: 'due';
  readonly entry: Entry;
}

export interface Miss {
  readonly kind: 'miss';
  readonly reason: string;
}

/** What the cache needs from the runtime; renewal is loaded on first use. */
export interface RenewingRuntime extends CacheRuntime {
  readonly renewEntry: RenewEntry;
}

/** The cache of the credential with this key. */
export function credentialCache(
  key: CacheKey,
  policy: CachePolicy,
  runtime: RenewingRuntime,
  trace: (event: CacheEvent) => void,
): CredentialCache {
  const context: CacheContext = { key, policy, runtime, trace };
  return {
    look: () => look(context),
    renew: (found, network, prepare) =>
      runtime.renewEntry(found.kind === 'due' ? found.entry : undefined, context, network, prepare),
  };
}

function look(context: CacheContext): Lookup {
  const { key, policy, runtime, trace } = context;
  const { place } = policy;
  trace({ kind: 'cache-place', keyInputs: key.keyInputs, place });
  const miss = (reason: string): Miss => {
    trace({ kind: 'cache-miss', reason });
    return { kind: 'miss', reason };
  };
  if (isCacheOff(place)) return miss(place.off);
  const opened = openStore(place, key.keyInputs, runtime.privateFiles);
  if (opened.kind === 'none') return miss(opened.reason);
  const read = readUsable(opened.store, context);
  if (read.kind === 'none') return miss(read.reason);
  const { entry } = read;
  const state = stateOf(entry, context) === 'fresh' ? 'fresh' : 'aging';
  if (state === 'fresh' && policy.isClient && wasRejectedByApi(entry, opened.store, runtime)) {
    trace({ kind: 'cache-rejected' });
    return { kind: 'due', entry };
  }
  trace({ kind: 'cache-hit', entry, state });
  return { kind: state === 'fresh' ? 'hit' : 'due', entry };
}

/**
 * Records that the parent process got this entry. Returns true if the same process got it before,
 * because client-go runs the plugin again only after the API server answered 401.
 */
function wasRejectedByApi(entry: Entry, store: EntryStore, runtime: CacheRuntime): boolean {
  const parent = runtime.parentProcess();
  if (parent === undefined) return false;
  const handout = store.readHandout();
  const now = runtime.now();
  if (handout !== undefined && wasRejected(handout, entry, parent, now)) {
    // If the bypass cannot be recorded, treat the credential as accepted: otherwise every later
    // call would bypass the cache too.
    return store.writeHandout(withBypass(handout, now));
  }
  const updated = withParent(handout, entry, parent);
  if (updated !== undefined) store.writeHandout(updated);
  return false;
}
