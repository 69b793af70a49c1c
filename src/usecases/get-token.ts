import type { Entry } from '../cache/entry.ts';
import { cachePlace } from '../cache/folder.ts';
import { freshness, reportedEarlyMs } from '../cache/freshness.ts';
import { lockOrResult } from '../cache/lock.ts';
import { createStore, type EntryStore, openStore } from '../cache/store.ts';
import type { Settings } from '../config/resolve.ts';
import { asDexchangeError } from '../errors.ts';
import { selectIdentity } from '../identity/select.ts';
import type { Secret } from '../secret.ts';
import { cacheInputs } from './cache-inputs.ts';
import { exchangeSettings } from './exchange-settings.ts';
import { identitySettings } from './identity-settings.ts';
import type { Outside, Renewal } from './outside.ts';
import { renewalSettings } from './renewal-settings.ts';
import { clientSecretNames, secretSetting } from './secret-settings.ts';

/** A credential to print. */
export interface Credential {
  readonly token: Secret;
  /** When to ask again, in local milliseconds since the epoch: a little before the token's end. */
  readonly expirationMs: number;
}

/** While others use the old credential, its renewal may not take longer than this. */
const earlyRefreshMs = 2000;

/**
 * Gives a credential for the Kubernetes API: identity, key, cache; and where the cache has none,
 * lock, exchange, store. Any trouble with the cache is a miss and a debug line.
 * @throws DexchangeError of exit codes 2 to 5
 */
export async function getToken(settings: Settings, outside: Outside): Promise<Credential> {
  const refreshBeforeMs = settings.value('refresh-before');
  const renewal = onDemand(settings, outside);
  try {
    const exchange = exchangeSettings(settings);
    const clientSecret = secretSetting(clientSecretNames, settings, outside, renewal.open);
    const identity = selectIdentity(identitySettings(settings, outside, renewal.open));
    const subjectTokenType = settings.value('subject-token-type') ?? identity.tokenType;
    outside.debug(`identity: ${identity.name} (${identity.origin}), as ${subjectTokenType}`);

    const inputs = cacheInputs(exchange, clientSecret, identity, subjectTokenType, settings);
    const place = settings.value('no-cache')
      ? 'switched off by --no-cache'
      : (cachePlace(settings.value('cache-dir'), await outside.platformFolders(), outside.cwd) ??
        'there is no home folder; --cache-dir can name another');

    const usable = (store: EntryStore | string): Entry | undefined => {
      const entry = typeof store === 'string' ? store : store.read();
      if (typeof entry === 'string') outside.debug(`cache: miss, ${entry}`);
      else if (freshness(entry, outside.now(), refreshBeforeMs) !== 'expired') return entry;
      else outside.debug('cache: miss, the entry has expired');
      return undefined;
    };
    const isFresh = (entry: Entry): boolean =>
      freshness(entry, outside.now(), refreshBeforeMs) === 'fresh';

    const cached = usable(
      typeof place === 'string' ? place : openStore(place, inputs, outside.privateFiles),
    );
    if (cached !== undefined && isFresh(cached)) {
      outside.debug('cache: hit');
      return credential(cached);
    }

    const renew = async (store: EntryStore | string): Promise<Entry> => {
      const { exchangeToken } = await renewal.open();
      const subjectToken = await identity.obtain();
      const secret = await clientSecret.value();
      const token = await exchangeToken(
        { ...exchange, clientSecret: secret, subjectTokenType },
        subjectToken,
      );
      const obtainedMs = outside.now();
      const entry = {
        dex: exchange.dexUrl,
        connector: exchange.connectorId,
        obtainedMs,
        expiresMs: obtainedMs + token.remainingMs,
        token: token.token,
      };
      const trouble = typeof store === 'string' ? store : store.write(entry);
      if (trouble !== undefined) outside.debug(`cache: not stored, ${trouble}`);
      return entry;
    };

    const store =
      typeof place === 'string' ? place : createStore(place, inputs, outside.privateFiles);
    if (typeof store === 'string') return credential(cached ?? (await renew(store)));

    if (cached !== undefined) {
      return credential(await refreshEarly(cached, store, renewal, renew, outside));
    }
    const locked = await lockOrResult(store.lockPath, await renewal.open(), () => usable(store));
    if ('result' in locked) return credential(locked.result);
    if (!locked.held) outside.debug('cache: going on without the lock');
    try {
      return credential(await renew(store));
    } finally {
      await locked.release();
    }
  } finally {
    await renewal.close();
  }
}

/**
 * Renews an entry that is still usable: only whoever gets the lock at once, and only for as long
 * as nobody notices. What goes wrong is a debug line: the old credential serves.
 */
async function refreshEarly(
  cached: Entry,
  store: EntryStore,
  renewal: ReturnType<typeof onDemand>,
  renew: (store: EntryStore) => Promise<Entry>,
  outside: Outside,
): Promise<Entry> {
  try {
    const { tryLock } = await renewal.open(earlyRefreshMs);
    const release = await tryLock(store.lockPath);
    if (release === undefined) return cached;
    try {
      return await renew(store);
    } finally {
      await release();
    }
  } catch (error) {
    const { message } = asDexchangeError(error);
    outside.debug(`cache: the old credential is used, since renewing it early failed: ${message}`);
    return cached;
  }
}

function credential(entry: Entry): Credential {
  return { token: entry.token, expirationMs: entry.expiresMs - reportedEarlyMs(entry) };
}

/** Opens the renewal at the first call, and closes it if it was opened. */
function onDemand(
  settings: Settings,
  outside: Outside,
): { open(atMostMs?: number): Promise<Renewal>; close(): Promise<void> } {
  let opened: Promise<Renewal> | undefined;
  return {
    open: (atMostMs = Number.POSITIVE_INFINITY) => {
      if (opened === undefined) {
        const configured = renewalSettings(settings, outside);
        opened = outside.openRenewal({
          ...configured,
          timeoutMs: Math.min(configured.timeoutMs, atMostMs),
        });
      }
      return opened;
    },
    close: async () => (await opened)?.close(),
  };
}
