import { asDexchangeError } from '../errors.ts';
import type { Network } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Entry } from './entry.ts';
import type { OldEntryReason } from './event.ts';
import { isCacheOff } from './folder.ts';
import { freshness } from './freshness.ts';
import { elapsedMs } from './instant.ts';
import { lockOrResult } from './lock.ts';
import { requireTtl } from './minimum-ttl.ts';
import { type CacheContext, readUsable, stateOf } from './policy.ts';
import {
  failedRenewal,
  failureToRemember,
  isSuperseded,
  rememberedError,
  withinBackoff,
} from './remembered-failure.ts';
import { createStore, type EntryStore } from './store.ts';

/** The network as the cache needs it, opened on first use. */
export interface CacheNetwork {
  /** Opens it with the deadline of the whole call, or `atMostMs` milliseconds from now if sooner. */
  open(
    atMostMs?: number,
  ): Promise<Pick<Network, 'tryLock' | 'sleep' | 'random' | 'remainingMs' | 'cleanUp'>>;
  /** Closes it, so that the next `open` sets a new deadline. */
  reopen(): Promise<void>;
}

/** A credential that a server issued. */
export interface ObtainedToken {
  readonly token: Secret;
  /** How long it was valid when the response arrived, by the server's clock. */
  readonly remainingMs: number;
  /** The start of the successful request. */
  readonly requestedAt: Entry['obtained'];
}

/**
 * Collects what the request needs, and returns the request, which can be sent twice.
 * @param remainingMs the time that is left for both, in milliseconds
 */
export type PrepareRequest = (remainingMs: () => number) => Promise<() => Promise<ObtainedToken>>;

/** The deadline of renewing a valid credential early while a client waits. */
const earlyRenewalMs = 2000;

/** The deadline of replacing a credential that the API server rejected. */
const replacementMs = 10_000;

/** A slower response can contain a credential that has expired on the way. */
const slowResponseMs = 2000;

/** The parameters of a renewal. */
interface Renewal extends CacheContext {
  readonly network: CacheNetwork;
  readonly prepare: PrepareRequest;
}

/** See renewEntry. */
export type RenewEntry = (
  due: Entry | undefined,
  context: CacheContext,
  network: CacheNetwork,
  prepare: PrepareRequest,
) => Promise<Entry>;

/**
 * Obtains a credential and stores it, with the lock if possible.
 * @param due a valid entry that is due for renewal; undefined on a miss
 * @returns the new entry; `due` if it is still valid and renewing it fails
 * @throws DexchangeError the errors of `prepare` and of its request, the remembered failure of
 *   another process, and setting_invalid for a `minTtlMs` that no new credential has
 */
export async function renewEntry(
  due: Entry | undefined,
  context: CacheContext,
  network: CacheNetwork,
  prepare: PrepareRequest,
): Promise<Entry> {
  const entry = await renew(due, { ...context, network, prepare });
  requireTtl(entry, context.policy.minTtlMs);
  return entry;
}

async function renew(due: Entry | undefined, renewal: Renewal): Promise<Entry> {
  const { key, policy, runtime, network, trace } = renewal;
  const opened = isCacheOff(policy.place)
    ? ({ kind: 'none', reason: policy.place.off } as const)
    : createStore(policy.place, key.keyInputs, runtime.privateFiles);
  if (opened.kind === 'none') {
    if (due !== undefined) return due;
    const entry = await obtain(renewal);
    trace({ kind: 'cache-not-stored', reason: opened.reason });
    return entry;
  }
  if (due !== undefined) {
    const entry = await renewEarly(due, opened.store, renewal);
    if (entry !== due || stateOf(entry, renewal) !== 'expired') return entry;
    trace({ kind: 'cache-expired-meanwhile' });
    await network.reopen();
  }
  return renewUnderLock(opened.store, renewal);
}

/** Without a valid credential: waits for the lock, or for the result of its holder. */
async function renewUnderLock(store: EntryStore, renewal: Renewal): Promise<Entry> {
  const { network, trace } = renewal;
  const findResult = (): Entry | undefined => resultOfAnother(store, renewal);
  const entry = findResult();
  if (entry !== undefined) return entry;
  const locked = await lockOrResult(store.lockPath, await network.open(), findResult);
  if ('result' in locked) return locked.result;
  trace({ kind: 'cache-lock', held: locked.held });
  try {
    return await obtainAndStore(store, renewal, failureToRemember);
  } finally {
    await locked.release();
  }
}

/**
 * Returns the entry that another process has stored meanwhile, if any.
 * @throws DexchangeError the failure that another process has remembered
 */
function resultOfAnother(store: EntryStore, renewal: Renewal): Entry | undefined {
  const { policy, runtime } = renewal;
  const read = readUsable(store, renewal);
  if (read.kind === 'entry') return read.entry;
  const failure = policy.ignoresFailures || !policy.isAwaited ? undefined : store.readFailure();
  if (failure === undefined) return undefined;
  const now = runtime.now();
  const error = rememberedError(failure, now, policy);
  if (error === undefined) return undefined;
  const last = store.read();
  if (last.kind === 'none' || !isSuperseded(failure, last.entry.obtained, now)) throw error;
  return undefined;
}

/**
 * Renews a valid credential early, if the lock is free and no attempt has failed recently, with a
 * short deadline. Returns the old entry if that does not succeed.
 */
async function renewEarly(entry: Entry, store: EntryStore, renewal: Renewal): Promise<Entry> {
  const { network, trace } = renewal;
  const useOld = (why: OldEntryReason): Entry => {
    trace({ kind: 'cache-old-entry-used', why });
    return entry;
  };
  if (failedRecently(entry, store, renewal)) return useOld({ kind: 'failed-recently' });
  try {
    const { tryLock } = await network.open(earlyDeadlineMs(entry, renewal));
    const release = await tryLock(store.lockPath);
    if (release === undefined) return useOld({ kind: 'another-is-renewing' });
    try {
      // Another process can have renewed it before this one got the lock.
      const latest = store.read();
      const isRenewed =
        latest.kind === 'entry' && latest.entry.token.reveal() !== entry.token.reveal();
      if (isRenewed && stateOf(latest.entry, renewal) !== 'expired') {
        useOld({ kind: 'renewed-by-another' });
        return latest.entry;
      }
      if (failedRecently(entry, store, renewal)) return useOld({ kind: 'failed-recently' });
      return await obtainAndStore(store, renewal, failedRenewal);
    } finally {
      await release();
    }
  } catch (error) {
    return useOld({ kind: 'renewal-failed', error: asDexchangeError(error) });
  }
}

/** The deadline of an early renewal in milliseconds, which leaves time for more attempts. */
function earlyDeadlineMs(entry: Entry, { runtime, policy }: Renewal): number {
  const { state, remainingMs } = freshness(entry, runtime.now(), policy.refreshBeforeMs);
  if (state !== 'aging') return replacementMs;
  return policy.isAwaited ? earlyRenewalMs : Math.max(earlyRenewalMs, remainingMs / 3);
}

function failedRecently(entry: Entry, store: EntryStore, { runtime, policy }: Renewal): boolean {
  if (!policy.isAwaited) return false;
  const failure = store.readFailure();
  const now = runtime.now();
  if (failure === undefined || isSuperseded(failure, entry.obtained, now)) return false;
  return withinBackoff(failure, now, policy, entry.lifeMs);
}

/** Obtains a credential and stores it; on failure, stores the failure and throws it. */
async function obtainAndStore(
  store: EntryStore,
  renewal: Renewal,
  remember: typeof failureToRemember,
): Promise<Entry> {
  const { key, policy, runtime, trace } = renewal;
  try {
    const entry = await obtain(renewal);
    const reason = store.write(entry);
    if (reason !== undefined) trace({ kind: 'cache-not-stored', reason });
    await removeStaleFiles(renewal);
    return entry;
  } catch (thrown) {
    const error = asDexchangeError(thrown);
    const failure = remember(error, key.label, runtime.now(), policy);
    if (failure !== undefined) store.writeFailure(failure);
    throw error;
  }
}

async function removeStaleFiles({ policy: { place }, network }: Renewal): Promise<void> {
  if (isCacheOff(place)) return;
  const { cleanUp } = await network.open();
  for (const folder of new Set([place.leaf, ...place.keyFolders])) cleanUp(folder);
}

/** Obtains a credential, and a second one if the first expires on its way. */
async function obtain(renewal: Renewal): Promise<Entry> {
  const { key, runtime, network, prepare, trace } = renewal;
  const { remainingMs } = await network.open();
  const request = await prepare(remainingMs);
  const obtainOnce = async (): Promise<Entry> => {
    // Life starts before the request, because the response can wait while the machine sleeps.
    const { token, remainingMs, requestedAt } = await request();
    return { ...key.label, obtained: requestedAt, lifeMs: remainingMs, token };
  };
  let entry = await obtainOnce();
  const responseMs = elapsedMs(entry.obtained, runtime.now()) ?? Number.POSITIVE_INFINITY;
  if (responseMs > slowResponseMs && stateOf(entry, renewal) === 'expired') {
    trace({ kind: 'cache-response-too-late' });
    entry = await obtainOnce();
  }
  return entry;
}
