import { decodeJwt } from '../jwt.ts';
import type { OpenChannel } from '../kubernetes/client/connect.ts';
import { checkDexKeys, checkIssuerKeys, type KeyCheck } from '../oauth/check-keys.ts';
import type { Environment, NetworkSettings } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { ApiRecord } from './api-record.ts';
import type { RunRecord } from './run-record.ts';

/** Whether the published keys of the issuers verify the tokens that were denied. */
export interface KeyChecks {
  readonly subjectKeys?: KeyCheck;
  readonly dexKeys?: KeyCheck;
}

/** Short, because the check only distinguishes between causes. */
const atMostMs = 5000;

/** The ports that `askIssuers` needs. */
export interface AskIssuersPorts {
  readonly env: Environment;
  readonly openChannel: OpenChannel;
  /** The network settings of the call. */
  networkSettings(): NetworkSettings;
}

/**
 * If Dex or the API server denied a token without a reason, fetches the public keys of the token's
 * issuer and verifies the token with them. This distinguishes a wrong or former key from all other
 * causes.
 */
export async function askIssuers(
  record: RunRecord,
  api: ApiRecord | undefined,
  credential: Secret | undefined,
  ports: AskIssuersPorts,
): Promise<KeyChecks> {
  const { subjectToken, exchange, error } = record;
  if (exchange === undefined) return {};
  const isDeniedByDex = error?.code === 'dex_subject_token_refused' && subjectToken !== undefined;
  const isDeniedByApi = api?.status === 401 && credential !== undefined;
  if (!isDeniedByDex && !isDeniedByApi) return {};
  const settings = ports.networkSettings();
  const channel = ports.openChannel({
    ...settings,
    onlyGivenAuthorities: false,
    env: ports.env,
    atMostMs,
  });
  try {
    if (isDeniedByApi) {
      return { dexKeys: await checkDexKeys(exchange.dexUrl, credential, channel.send) };
    }
    const issuer = subjectToken && decodeJwt(subjectToken.reveal())?.claims['iss'];
    if (typeof issuer !== 'string' || subjectToken === undefined) return {};
    return { subjectKeys: await checkIssuerKeys(issuer, subjectToken, channel.send) };
  } finally {
    await channel.close();
  }
}
