import type { KeyInput } from '../cache/key.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import type { DeferredSecret } from '../deferred-secret.ts';
import type { IdentitySource } from '../identity/source.ts';
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
