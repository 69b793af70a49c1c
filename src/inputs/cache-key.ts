import type { KeyInput } from '../cache/key.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import type { DeferredSecret } from '../deferred-secret.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { ExchangeInput } from './exchange.ts';

/** Settings of trust: who set another one must not be given what was got without it. */
const trustSettings = [
  'certificate-authority',
  'certificate-authority-data',
  'client-certificate',
  'client-key',
  'insecure-skip-tls-verify',
  'allow-http',
] as const satisfies readonly SettingName[];

/** Every input that can change the credential; what is left out here would be shared. */
export function cacheKeyInputs(
  exchange: ExchangeInput,
  clientSecret: DeferredSecret,
  identity: IdentitySource,
  subjectTokenType: string,
  settings: Settings,
): readonly KeyInput[] {
  const inputs: KeyInput[] = [
    // With and without its slash it is the same Dex.
    ['dex-url', exchange.dexUrl.replace(/\/$/, '')],
    ['client-id', exchange.clientId],
    ['connector-id', exchange.connectorId],
    ['scope', exchange.scope],
    ['requested-token-type', exchange.requestedTokenType],
    ['subject-token-type', subjectTokenType],
  ];
  for (const audience of exchange.audiences) inputs.push(['audience', audience]);
  for (const input of clientSecret.keyInputs) inputs.push(['client-secret', input]);
  for (const input of identity.keyInputs) inputs.push(['identity', input]);
  for (const name of trustSettings) {
    const value = settings.value(name);
    if (value !== undefined) inputs.push([name, String(value)]);
  }
  return inputs;
}
