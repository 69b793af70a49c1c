import { cachePlace } from '../cache/folder.ts';
import type { KeyInput } from '../cache/key.ts';
import type { CachePolicy } from '../cache/policy.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { Runtime } from '../ports.ts';
import type { DeferredSecret } from '../secret.ts';
import type { ExchangeInput } from './exchange.ts';
import type { FileSetting, ReadSettingFile } from './secrets.ts';

/**
 * Settings of trust, with their names in the cache key: a call must not get a credential that was
 * obtained with other values. The names in the key stay those of version 0.1.0, because an entry
 * under another name is lost.
 */
const trustSettings = [
  ['dex-certificate-authority', 'certificate-authority'],
  ['dex-certificate-authority-data', 'certificate-authority-data'],
  ['dex-client-certificate', 'client-certificate'],
  ['dex-client-key', 'client-key'],
  ['dex-insecure-skip-tls-verify', 'insecure-skip-tls-verify'],
  ['allow-http', 'allow-http'],
] as const satisfies readonly (readonly [setting: SettingName, inKey: string])[];

/** Those of them that name files, whose contents count, not their paths. */
const trustFiles: ReadonlySet<SettingName> = new Set<FileSetting>([
  'dex-certificate-authority',
  'dex-client-certificate',
  'dex-client-key',
]);

/** The variables that determine the proxy of a request. */
const proxyVariables = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
];

/** The parts of a token exchange that determine its credential. */
export interface ExchangeKey {
  readonly exchange: ExchangeInput;
  readonly clientSecret: DeferredSecret;
  readonly identity: IdentitySource;
  readonly subjectTokenType: string;
  /** See IdentitySource. */
  readonly account: string | undefined;
}

/**
 * The inputs of the cache key that come from the settings of trust, with the contents of their files.
 * An unreadable file is only an error when it is used, which is not on a cache hit.
 */
export function trustKeyInputs(settings: Settings, readFile: ReadSettingFile): readonly KeyInput[] {
  return trustSettings.flatMap(([name, inKey]): KeyInput[] => {
    const value = settings.value(name);
    if (value === undefined) return [];
    if (!isTrustFile(name)) return [[inKey, String(value)]];
    try {
      return [[inKey, readFile(name) ?? '']];
    } catch {
      return [[`unreadable ${inKey}`, String(value)]];
    }
  });
}

function isTrustFile(name: SettingName): name is FileSetting {
  return trustFiles.has(name);
}

/**
 * Every input that can change the credential of a token exchange. Calls that differ only in other
 * settings share a cache entry.
 */
export function exchangeKeyInputs(
  { exchange, clientSecret, identity, subjectTokenType, account }: ExchangeKey,
  trust: readonly KeyInput[],
): readonly KeyInput[] {
  return [
    // A trailing slash does not change the URL of Dex.
    ['dex-url', exchange.dexUrl.replace(/\/$/, '')],
    ['client-id', exchange.clientId],
    ['connector-id', exchange.connectorId],
    ['scope', exchange.scope],
    ['requested-token-type', exchange.requestedTokenType],
    ['subject-token-type', subjectTokenType],
    ...exchange.audiences.map((audience): KeyInput => ['audience', audience]),
    ...clientSecret.keyInputs.map((input): KeyInput => ['client-secret', input]),
    ...identity.keyInputs.map((input): KeyInput => ['identity', input]),
    ...(account === undefined ? [] : [['identity-account', account] as const]),
    ...trust,
  ];
}

/** Who requests a credential. */
export interface Caller {
  /** Whether a client runs the plugin, not a person. */
  readonly isClient: boolean;
  /** Whether to send requests even if a failure is remembered. */
  readonly ignoresFailures?: boolean;
  /** See CachePolicy; default: true. */
  readonly isAwaited?: boolean;
}

/** Builds the cache policy of one call from its settings. */
export async function cachePolicy(
  settings: Settings,
  { isClient, ignoresFailures = false, isAwaited = true }: Caller,
  runtime: Pick<Runtime, 'env' | 'cwd' | 'platformFolders'>,
): Promise<CachePolicy> {
  const place = settings.value('no-cache')
    ? { off: 'switched off by --no-cache' }
    : (cachePlace(settings.value('cache-dir'), await runtime.platformFolders(), runtime.cwd) ?? {
        off: 'there is no home folder; set --cache-dir',
      });
  return {
    place,
    refreshBeforeMs: settings.value('refresh-before'),
    minTtlMs: settings.value('min-ttl') ?? 0,
    timeoutMs: settings.value('timeout'),
    route: JSON.stringify(proxyVariables.map((name) => runtime.env[name] ?? '')),
    isClient,
    ignoresFailures,
    isAwaited,
  };
}
