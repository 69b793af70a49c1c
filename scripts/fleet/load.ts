import { Agent, request } from 'node:https';
import { type DexAddress, dexClients } from '../../test/e2e/harness/dex.ts';
import { clientBasic, form } from '../../test/e2e/harness/http.ts';

/** How to load a Dex. */
export interface Load {
  readonly dex: DexAddress;
  readonly connectorId: string;
  readonly tokenType: 'id_token' | 'access_token';
  /** The tokens to exchange, each once. */
  readonly tokens: readonly string[];
  /** How many exchanges run at the same time. */
  readonly atOnce: number;
  /** Whether each exchange has its own connection, as that of a job has. */
  readonly reconnects: boolean;
}

/** What a load took. */
export interface Loaded {
  readonly wallMs: number;
  /** How long each exchange took, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

const urn = 'urn:ietf:params:oauth:token-type';

/** Exchanges all tokens; rejects if Dex denies one of them. */
export async function exchangeAll(load: Load): Promise<Loaded> {
  const agent = load.reconnects ? undefined : new Agent({ keepAlive: true });
  const left = load.tokens.values();
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (const token of left) {
      const sentAt = performance.now();
      const status = await send(load, token, agent);
      if (status !== 200) throw new Error(`dex answered ${status}: see ${load.dex.logFile}`);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: load.atOnce }, work));
  agent?.destroy();
  return { wallMs: performance.now() - startedAt, latenciesMs };
}

function send(
  { dex, connectorId, tokenType }: Load,
  token: string,
  agent: Agent | undefined,
): Promise<number> {
  const { headers, body } = form({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    connector_id: connectorId,
    subject_token: token,
    subject_token_type: `${urn}:${tokenType}`,
    requested_token_type: `${urn}:id_token`,
    scope: 'openid profile email groups audience:server:client_id:kubernetes',
  });
  const { id, secret } = dexClients.ci;
  const options = {
    method: 'POST',
    headers: { ...headers, authorization: clientBasic(id, secret) },
    ca: dex.caPem,
    agent: agent ?? false,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(dex.tokenUrl, options, (incoming) => {
      incoming.resume();
      incoming.on('error', reject);
      incoming.on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
