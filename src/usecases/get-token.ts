import type { Entry } from '../cache/entry.ts';
import { cachePlace } from '../cache/folder.ts';
import { freshness } from '../cache/freshness.ts';
import { wasRejected, withBypass, withParent } from '../cache/handout.ts';
import { elapsedMs } from '../cache/instant.ts';
import { lockOrResult } from '../cache/lock.ts';
import {
  failedRenewal,
  failureToRemember,
  isSuperseded,
  rememberedError,
  withinBackoff,
} from '../cache/remembered-failure.ts';
import { createStore, type EntryStore, openStore } from '../cache/store.ts';
import type { Settings } from '../config/resolve.ts';
import { asDexchangeError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type NetworkOpener, onDemand } from './on-demand.ts';
import type { Runtime } from './outside.ts';
import { tokenExchangeMethod } from './token-exchange-method.ts';

/** A credential to print. */
export interface Credential {
  readonly token: Secret;
  /** When to ask again, in local milliseconds since the epoch: a little before the token's end. */
  readonly expirationMs: number;
}

/** Who asks. */
export interface Asker {
  /** True for a client that runs credential plugins, false by hand. */
  readonly isClient: boolean;
  /** True for who wants Dex's own answer rather than a remembered refusal. */
  readonly asksAnew?: boolean;
}

/** While a usable credential is there, its renewal may not take longer than this. */
const earlyRefreshMs = 2000;

/** An answer that takes no longer than this on its way is worth what it says. */
const usualWayMs = 2000;

/** A credential that the API server seems to refuse is worth a little more waiting. */
const replacementMs = 10_000;

/**
 * Gives a credential for the Kubernetes API: identity, key, cache; and where the cache has none
 * that may be used, lock, exchange, store. Any trouble with the cache is a miss and a debug line.
 * @throws DexchangeError of exit codes 2 to 6
 */
export async function getToken(
  settings: Settings,
  runtime: Runtime,
  asker: Asker,
): Promise<Credential> {
  const network = onDemand(settings, runtime);
  try {
    const { inputs, origin, prepare } =
      settings.value('method') === 'service-account'
        ? await runtime.serviceAccountMethod(settings)
        : tokenExchangeMethod(settings, runtime, network.open);
    const place = settings.value('no-cache')
      ? 'switched off by --no-cache'
      : (cachePlace(settings.value('cache-dir'), await runtime.platformFolders(), runtime.cwd) ??
        'there is no home folder; --cache-dir can name another');
    runtime.observe?.({ kind: 'cache', inputs, place });

    const state = (entry: Entry) =>
      freshness(entry, runtime.now(), settings.value('refresh-before')).state;
    const credential = (entry: Entry): Credential => {
      const now = runtime.now();
      const { remainingMs } = freshness(entry, now, undefined);
      return { token: entry.token, expirationMs: now.wallMs + remainingMs };
    };
    const usable = (store: EntryStore | string): Entry | string => {
      const entry = typeof store === 'string' ? store : store.read();
      if (typeof entry === 'string') return entry;
      return state(entry) === 'expired' ? 'the entry has expired' : entry;
    };

    const found =
      typeof place === 'string' ? place : openStore(place, inputs, runtime.privateFiles);
    const look = usable(found);
    const cached = typeof look === 'string' ? undefined : look;
    if (cached) runtime.observe?.({ kind: 'cached', entry: cached, state: state(cached) });
    if (typeof look === 'string') runtime.observe?.({ kind: 'cache-miss', reason: look });
    if (typeof look === 'string') runtime.debug(`cache: miss, ${look}`);
    if (cached !== undefined && typeof found !== 'string' && state(cached) === 'fresh') {
      if (!(asker.isClient && refusedByApi(cached, found, runtime))) {
        runtime.debug('cache: hit');
        return credential(cached);
      }
      runtime.observe?.({ kind: 'asked-again' });
      runtime.debug('cache: bypassed, since its client asks again: the API server said 401');
    }

    const timeoutMs = settings.value('timeout');
    const renew = async (
      store: EntryStore | string,
      remember: typeof failureToRemember = failureToRemember,
    ): Promise<Entry> => {
      try {
        const { cleanUp } = await network.open();
        const answer = await prepare();
        const ask = async (): Promise<Entry> => {
          // Its life counts from before the request: the answer may have waited for this process.
          const { token, remainingMs: lifeMs, asked: obtained } = await answer();
          return { ...origin, obtained, lifeMs, token };
        };
        let entry = await ask();
        const wayMs = elapsedMs(entry.obtained, runtime.now()) ?? Number.POSITIVE_INFINITY;
        if (wayMs > usualWayMs && state(entry) === 'expired') {
          runtime.debug('exchange: the answer took longer than its credential lives; once more');
          entry = await ask();
        }
        const trouble = typeof store === 'string' ? store : store.write(entry);
        if (trouble !== undefined) runtime.observe?.({ kind: 'not-stored', reason: trouble });
        if (trouble !== undefined) runtime.debug(`cache: not stored, ${trouble}`);
        if (typeof place !== 'string') {
          for (const folder of new Set([place.leaf, ...place.keyFolders])) cleanUp(folder);
        }
        return entry;
      } catch (thrown) {
        const error = asDexchangeError(thrown);
        const refusal = remember(error, origin, runtime.now(), timeoutMs);
        if (refusal !== undefined && typeof store !== 'string') store.writeFailure(refusal);
        throw error;
      }
    };

    const store =
      typeof place === 'string' ? place : createStore(place, inputs, runtime.privateFiles);
    if (typeof store === 'string') return credential(cached ?? (await renew(store)));
    if (cached !== undefined) {
      const entry = await renewUsable(cached, state, store, network, renew, runtime);
      if (entry !== cached || state(entry) !== 'expired') return credential(entry);
      runtime.debug('cache: the old credential has expired meanwhile');
      await network.reopen();
    }

    const doneByAnother = (): Entry | undefined => {
      const entry = usable(store);
      if (typeof entry !== 'string') return entry;
      const refusal = asker.asksAnew ? undefined : store.readFailure();
      const now = runtime.now();
      const error = refusal && rememberedError(refusal, now, timeoutMs);
      if (refusal === undefined || error === undefined) return undefined;
      const last = store.read();
      if (typeof last === 'string' || !isSuperseded(refusal, last.obtained, now)) throw error;
      return undefined;
    };
    const done = doneByAnother();
    if (done !== undefined) return credential(done);
    const locked = await lockOrResult(store.lockPath, await network.open(), doneByAnother);
    if ('result' in locked) return credential(locked.result);
    runtime.observe?.({ kind: 'lock', held: locked.held });
    if (!locked.held) runtime.debug('cache: going on without the lock');
    try {
      return credential(await renew(store));
    } finally {
      await locked.release();
    }
  } finally {
    await network.close();
  }
}

/**
 * Notes who was given an entry, and tells whether the same process was given it before: then the
 * API server refused it. A failed write of the note is nothing: then nobody is refused.
 */
function refusedByApi(entry: Entry, store: EntryStore, runtime: Runtime): boolean {
  const parent = runtime.parentProcess();
  if (parent === undefined) return false;
  const asked = store.readHandout();
  const now = runtime.now();
  if (asked !== undefined && wasRejected(asked, entry, parent, now)) {
    // Unless that is noted, every call from now on would be one more such case.
    return store.writeHandout(withBypass(asked, now));
  }
  const noted = withParent(asked, entry, parent);
  if (noted !== undefined) store.writeHandout(noted);
  return false;
}

/**
 * Renews a credential that could still be used: only whoever gets the lock at once, and only for as
 * long as nobody notices; not soon after somebody failed. What goes wrong is a debug line.
 */
async function renewUsable(
  cached: Entry,
  state: (entry: Entry) => string,
  store: EntryStore,
  network: NetworkOpener,
  renew: (store: EntryStore, remember: typeof failedRenewal) => Promise<Entry>,
  runtime: Runtime,
): Promise<Entry> {
  const failedJustNow = (): boolean => {
    const refusal = store.readFailure();
    const now = runtime.now();
    if (refusal === undefined || isSuperseded(refusal, cached.obtained, now)) return false;
    if (!withinBackoff(refusal, now)) return false;
    runtime.debug('cache: hit, due for renewal, which failed a moment ago');
    return true;
  };
  if (failedJustNow()) return cached;
  try {
    const atMostMs = state(cached) === 'aging' ? earlyRefreshMs : replacementMs;
    const { tryLock } = await network.open(atMostMs);
    const release = await tryLock(store.lockPath);
    if (release === undefined) {
      runtime.debug('cache: hit, due for renewal, which another process is at');
      return cached;
    }
    try {
      // Another process may have been quicker, between our look and our lock.
      const latest = store.read();
      const isAnother =
        typeof latest !== 'string' && latest.token.reveal() !== cached.token.reveal();
      if (isAnother && state(latest) !== 'expired') {
        runtime.debug('cache: hit, just renewed by another process');
        return latest;
      }
      if (failedJustNow()) return cached;
      return await renew(store, failedRenewal);
    } finally {
      await release();
    }
  } catch (error) {
    const { message } = asDexchangeError(error);
    runtime.debug(`cache: the old credential is used, since renewing it failed: ${message}`);
    return cached;
  }
}
