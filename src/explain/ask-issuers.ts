import { decodeJwt } from '../jwt.ts';
import type { OpenChannel } from '../kubernetes/client/connect.ts';
import { checkDexKeys, checkIssuerKeys, type KeyCheck } from '../oauth/check-keys.ts';
import type { Environment, NetworkSettings } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { ApiRecord } from './api-record.ts';
import type { RunRecord } from './run-record.ts';

/** What issuers say of tokens that were denied. */
export interface KeyChecks {
  readonly subjectKeys?: KeyCheck;
  readonly dexKeys?: KeyCheck;
}

/** This only tells causes apart, so it must be fast. */
const atMostMs = 5000;

/** What asking issuers needs of the world. */
export interface AskIssuersPorts {
  readonly env: Environment;
  readonly openChannel: OpenChannel;
  /** The network settings of the call. */
  networkSettings(): NetworkSettings;
}

/**
 * Where a token was denied without a reason, fetches the public keys of its issuer and verifies the
 * token with them: that tells a foreign or former key from all other causes.
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
