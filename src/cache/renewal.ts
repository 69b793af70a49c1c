import { asDexchangeError } from '../errors.ts';
import type { Network } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { Entry } from './entry.ts';
import type { OldEntryReason } from './event.ts';
import { isCacheOff } from './folder.ts';
import { elapsedMs } from './instant.ts';
import { lockOrResult } from './lock.ts';
import { type CacheContext, readUsable, stateOf } from './policy.ts';
import {
  failedRenewal,
  failureToRemember,
  isSuperseded,
  rememberedError,
  withinBackoff,
} from './remembered-failure.ts';
import { createStore, type EntryStore } from './store.ts';

/** The network as the cache needs it: opened when it is first used. */
export interface CacheNetwork {
  /** Opens it with the deadline of the whole call, or with `atMostMs` milliseconds from now. */
  open(
    atMostMs?: number,
  ): Promise<Pick<Network, 'tryLock' | 'sleep' | 'random' | 'remainingMs' | 'cleanUp'>>;
  /** Closes it, so that the next `open` gets the deadline of the whole call. */
  reopen(): Promise<void>;
}

/** A credential as a server gave it. */
export interface ObtainedToken {
  readonly token: Secret;
  /** How long it was valid when the answer came, by the server's clock. */
  readonly remainingMs: number;
  /** When the request began that was answered by it. */
  readonly requestedAt: Entry['obtained'];
}

/** Collects what the request needs, and gives the request itself, which may be made twice. */
export type PrepareRequest = () => Promise<() => Promise<ObtainedToken>>;

/** The deadline of renewing a usable credential early, so that its client does not notice. */
const earlyRenewalMs = 2000;

/** The same for a credential that the API server rejected: a new one is worth a longer wait. */
const replacementMs = 10_000;

/** An answer that took no longer than this still tells the life of its credential. */
const usualAnswerMs = 2000;

/** A renewal in progress: the rules of the call, and how a credential is obtained. */
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
 * Obtains a credential and stores it, with the lock held where that is possible.
 * @param due a usable entry that is due for renewal; it is given if renewing it fails
 * @throws what `prepare` and its request throw, and the remembered failure of another process
 */
export async function renewEntry(
  due: Entry | undefined,
  context: CacheContext,
  network: CacheNetwork,
  prepare: PrepareRequest,
): Promise<Entry> {
  const renewal: Renewal = { ...context, network, prepare };
  const { key, policy, runtime, trace } = context;
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

/** Without a usable credential: waits for the lock, or for what its holder obtains. */
async function renewUnderLock(store: EntryStore, renewal: Renewal): Promise<Entry> {
  const { network, trace } = renewal;
  const done = (): Entry | undefined => doneByAnother(store, renewal);
  const entry = done();
  if (entry !== undefined) return entry;
  const locked = await lockOrResult(store.lockPath, await network.open(), done);
  if ('result' in locked) return locked.result;
  trace({ kind: 'cache-lock', held: locked.held });
  try {
    return await obtainAndStore(store, renewal, failureToRemember);
  } finally {
    await locked.release();
  }
}

/**
 * The entry that another process has stored, if there is one now.
 * @throws the failure that another process remembered, while it is valid
 */
function doneByAnother(store: EntryStore, renewal: Renewal): Entry | undefined {
  const { policy, runtime } = renewal;
  const read = readUsable(store, renewal);
  if (read.kind === 'entry') return read.entry;
  const failure = policy.ignoresFailures ? undefined : store.readFailure();
  if (failure === undefined) return undefined;
  const now = runtime.now();
  const error = rememberedError(failure, now, policy.timeoutMs);
  if (error === undefined) return undefined;
  const last = store.read();
  if (last.kind === 'none' || !isSuperseded(failure, last.entry.obtained, now)) throw error;
  return undefined;
}

/**
 * Renews a credential that is still usable: only if the lock is free, only for a short time, and
 * not soon after a failure. Gives the old entry if that does not succeed.
 */
async function renewEarly(entry: Entry, store: EntryStore, renewal: Renewal): Promise<Entry> {
  const { network, trace } = renewal;
  const useOld = (why: OldEntryReason): Entry => {
    trace({ kind: 'cache-old-entry-used', why });
    return entry;
  };
  if (failedJustNow(entry, store, renewal)) return useOld({ kind: 'failed-just-now' });
  try {
    const isAging = stateOf(entry, renewal) === 'aging';
    const { tryLock } = await network.open(isAging ? earlyRenewalMs : replacementMs);
    const release = await tryLock(store.lockPath);
    if (release === undefined) return useOld({ kind: 'another-is-renewing' });
    try {
      // Another process may have renewed it between our look and our lock.
      const latest = store.read();
      const isAnother =
        latest.kind === 'entry' && latest.entry.token.reveal() !== entry.token.reveal();
      if (isAnother && stateOf(latest.entry, renewal) !== 'expired') {
        useOld({ kind: 'renewed-by-another' });
        return latest.entry;
      }
      if (failedJustNow(entry, store, renewal)) return useOld({ kind: 'failed-just-now' });
      return await obtainAndStore(store, renewal, failedRenewal);
    } finally {
      await release();
    }
  } catch (error) {
    return useOld({ kind: 'renewal-failed', message: asDexchangeError(error).message });
  }
}

function failedJustNow(entry: Entry, store: EntryStore, { runtime }: Renewal): boolean {
  const failure = store.readFailure();
  const now = runtime.now();
  if (failure === undefined || isSuperseded(failure, entry.obtained, now)) return false;
  return withinBackoff(failure, now);
}

/** Obtains a credential and stores it, or remembers the failure and throws it. */
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
    return entry;
  } catch (thrown) {
    const error = asDexchangeError(thrown);
    const failure = remember(error, key.label, runtime.now(), policy.timeoutMs);
    if (failure !== undefined) store.writeFailure(failure);
    throw error;
  }
}

/** Obtains a credential, and removes stale files of the cache in passing. */
async function obtain(renewal: Renewal): Promise<Entry> {
  const { key, policy, runtime, network, prepare, trace } = renewal;
  const { cleanUp } = await network.open();
  const request = await prepare();
  const obtainOnce = async (): Promise<Entry> => {
    // The life counts from before the request: the answer may have waited for this process.
    const { token, remainingMs, requestedAt } = await request();
    return { ...key.label, obtained: requestedAt, lifeMs: remainingMs, token };
  };
  let entry = await obtainOnce();
  const answerMs = elapsedMs(entry.obtained, runtime.now()) ?? Number.POSITIVE_INFINITY;
  if (answerMs > usualAnswerMs && stateOf(entry, renewal) === 'expired') {
    trace({ kind: 'cache-answer-too-late' });
    entry = await obtainOnce();
  }
  if (!isCacheOff(policy.place)) {
    for (const folder of new Set([policy.place.leaf, ...policy.place.keyFolders])) cleanUp(folder);
  }
  return entry;
}
