import { cachePlace } from '../cache/folder.ts';
import type { KeyInput } from '../cache/key.ts';
import type { CachePolicy } from '../cache/policy.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { Runtime } from '../ports.ts';
import type { DeferredSecret } from '../secret.ts';
import type { ExchangeInput } from './exchange.ts';

/** A credential that was obtained with one of these must not be given to a call without it. */
const trustSettings = [
  'certificate-authority',
  'certificate-authority-data',
  'client-certificate',
  'client-key',
  'insecure-skip-tls-verify',
  'allow-http',
] as const satisfies readonly SettingName[];

/** What decides which credential an exchange gives. */
export interface ExchangeKey {
  readonly exchange: ExchangeInput;
  readonly clientSecret: DeferredSecret;
  readonly identity: IdentitySource;
  readonly subjectTokenType: string;
}

/** The cache key's inputs of the settings of trust. */
export function trustKeyInputs(settings: Settings): readonly KeyInput[] {
  return trustSettings.flatMap((name): KeyInput[] => {
    const value = settings.value(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
}

/**
 * Every input that can change the credential of an exchange. Calls that differ only in what is left
 * out here share one cache entry.
 */
export function exchangeKeyInputs(
  { exchange, clientSecret, identity, subjectTokenType }: ExchangeKey,
  trust: readonly KeyInput[],
): readonly KeyInput[] {
  return [
    // With and without its trailing slash it is the same Dex.
    ['dex-url', exchange.dexUrl.replace(/\/$/, '')],
    ['client-id', exchange.clientId],
    ['connector-id', exchange.connectorId],
    ['scope', exchange.scope],
    ['requested-token-type', exchange.requestedTokenType],
    ['subject-token-type', subjectTokenType],
    ...exchange.audiences.map((audience): KeyInput => ['audience', audience]),
    ...clientSecret.keyInputs.map((input): KeyInput => ['client-secret', input]),
    ...identity.keyInputs.map((input): KeyInput => ['identity', input]),
    ...trust,
  ];
}

/** Who asks for a credential. */
export interface Caller {
  /** True for a client that runs credential plugins; false by hand. */
  readonly isClient: boolean;
  /** True if the servers are to be asked even though a failure is remembered. */
  readonly ignoresFailures?: boolean;
}

/** The rules of the cache for one call, as the settings say. */
export async function cachePolicy(
  settings: Settings,
  { isClient, ignoresFailures = false }: Caller,
  runtime: Pick<Runtime, 'cwd' | 'platformFolders'>,
): Promise<CachePolicy> {
  const place = settings.value('no-cache')
    ? { off: 'switched off by --no-cache' }
    : (cachePlace(settings.value('cache-dir'), await runtime.platformFolders(), runtime.cwd) ?? {
        off: 'there is no home folder; --cache-dir can name another',
      });
  return {
    place,
    refreshBeforeMs: settings.value('refresh-before'),
    minTtlMs: settings.value('min-ttl') ?? 0,
    timeoutMs: settings.value('timeout'),
    isClient,
    ignoresFailures,
  };
}
