import { networkInput } from '../inputs/network.ts';
import { decodeJwt } from '../jwt.ts';
import { checkDexKeys, checkIssuerKeys, type KeyCheck } from '../oauth/check-keys.ts';
import type { Secret } from '../secret.ts';
import type { OpenChannel } from '../usecases/http-channel.ts';
import type { Runtime } from '../usecases/outside.ts';
import type { ApiRecord } from './api-record.ts';
import type { RunRecord } from './run-record.ts';

/** What issuers say of tokens that were refused. */
export interface KeyChecks {
  readonly subjectKeys?: KeyCheck;
  readonly dexKeys?: KeyCheck;
}

/** Only to tell causes apart, so it must not keep anybody waiting. */
const checkMs = 5000;

/**
 * Where a token was refused without a reason, asks its issuer for the public keys and holds the
 * token against them: that tells a foreign or former key from all other causes.
 */
export async function askIssuers(
  record: RunRecord,
  api: ApiRecord | undefined,
  credential: Secret | undefined,
  runtime: Runtime & { readonly openChannel: OpenChannel },
): Promise<KeyChecks> {
  const { settings, subjectToken, exchange, error } = record;
  if (settings === undefined || exchange === undefined) return {};
  const isRefusedByDex = error?.code === 'dex_subject_token_refused' && subjectToken !== undefined;
  const isRefusedByApi = api?.status === 401 && credential !== undefined;
  if (!isRefusedByDex && !isRefusedByApi) return {};
  const channel = runtime.openChannel({
    ...networkInput(settings, runtime),
    onlyGivenAuthorities: false,
    env: runtime.env,
    timeoutMs: checkMs,
  });
  try {
    if (isRefusedByApi) {
      return { dexKeys: await checkDexKeys(exchange.dexUrl, credential, channel.send) };
    }
    const issuer = subjectToken && decodeJwt(subjectToken.reveal())?.claims['iss'];
    if (typeof issuer !== 'string' || subjectToken === undefined) return {};
    return { subjectKeys: await checkIssuerKeys(issuer, subjectToken, channel.send) };
  } finally {
    await channel.close();
  }
}
