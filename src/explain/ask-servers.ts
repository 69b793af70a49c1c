import type { ErrorCode } from '../errors.ts';
import type { Send } from '../http/message.ts';
import { decodeJwt } from '../jwt.ts';
import type { OpenChannel } from '../kubernetes/client/connect.ts';
import { checkDexKeys, checkIssuerKeys, type KeyCheck } from '../oauth/check-keys.ts';
import {
  askClient,
  askConnector,
  type ConnectorFacts,
  type Existence,
} from '../oauth/dex-login.ts';
import type { Environment, NetworkSettings } from '../ports.ts';
import type { Secret } from '../secret.ts';
import type { ApiRecord } from './api-record.ts';
import { type RunRecord, usesIdentityMethod } from './run-record.ts';

/** What public pages of the servers tell about a denial. A property that is missing is not known. */
export interface ServerFacts {
  /** Whether the issuer's published keys verify the subject token. */
  readonly subjectKeys?: KeyCheck;
  /** Whether Dex's published keys verify the credential. */
  readonly dexKeys?: KeyCheck;
  /** Whether Dex has the client. */
  readonly client?: Existence | undefined;
  readonly connector?: ConnectorFacts | undefined;
}

/** Short, because the answers only distinguish between causes. */
const atMostMs = 5000;

/** The ports that `askServers` needs. */
export interface AskServersPorts {
  readonly env: Environment;
  readonly openChannel: OpenChannel;
  /** The network settings of the call. */
  networkSettings(): NetworkSettings;
}

/**
 * If Dex or the API server denied the call without a reason, asks what the public pages of Dex and of
 * the token's issuer tell: their keys, which distinguish a wrong or former key from all other causes,
 * and Dex's login, which knows clients and connectors. Sends no secrets and does not throw.
 */
export async function askServers(
  record: RunRecord,
  api: ApiRecord | undefined,
  credential: Secret | undefined,
  ports: AskServersPorts,
): Promise<ServerFacts> {
  const ask = questionOf(record, api, credential);
  if (ask === undefined) return {};
  const channel = ports.openChannel({
    ...ports.networkSettings(),
    onlyGivenAuthorities: false,
    env: ports.env,
    atMostMs,
  });
  try {
    return await ask(channel.send);
  } finally {
    await channel.close();
  }
}

type Question = (send: Send) => Promise<ServerFacts>;

function questionOf(
  record: RunRecord,
  api: ApiRecord | undefined,
  credential: Secret | undefined,
): Question | undefined {
  const { subjectToken, exchange, error } = record;
  if (usesIdentityMethod(record)) return issuerQuestion(api, credential);
  if (exchange === undefined) return undefined;
  const { dexUrl, clientId, connectorId } = exchange;
  if (api?.status === 401 && credential !== undefined) {
    return async (send) => ({ dexKeys: await checkDexKeys(dexUrl, credential, send) });
  }
  const issuer = subjectToken && decodeJwt(subjectToken.reveal())?.claims['iss'];
  const questions: Partial<Record<ErrorCode, Question>> = {
    dex_client_refused: async (send) => ({ client: await askClient(dexUrl, clientId, send) }),
    dex_connector_unknown: async (send) => ({
      connector: await askConnector(dexUrl, connectorId, send),
    }),
    dex_subject_token_refused: async (send) =>
      subjectToken === undefined || typeof issuer !== 'string'
        ? {}
        : { subjectKeys: await checkIssuerKeys(issuer, subjectToken, send) },
  };
  return error && questions[error.code];
}

/** Whether the issuer of an identity token that the API server rejects has signed it. */
function issuerQuestion(
  api: ApiRecord | undefined,
  credential: Secret | undefined,
): Question | undefined {
  const issuer = credential && decodeJwt(credential.reveal())?.claims['iss'];
  if (api?.status !== 401 || credential === undefined || typeof issuer !== 'string') {
    return undefined;
  }
  return async (send) => ({ subjectKeys: await checkIssuerKeys(issuer, credential, send) });
}
