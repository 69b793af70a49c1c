import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { type Call, dexchange, type Ended } from '../support/dexchange.ts';

/** A stand-in for Dex, and what a call of get-token against it needs. */
export interface TokenCalls {
  readonly dex: Dex;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Without HOME, unless `call` brings one: every call is a miss then. */
  readonly getToken: (flags?: readonly string[], call?: Call) => Promise<Ended>;
}

/** Starts it; the caller closes `dex`. */
export async function startTokenCalls(): Promise<TokenCalls> {
  const dex = await startDex();
  const [client] = dexClients;
  const args = [
    'get-token',
    `--dex-url=${dex.issuer}`,
    `--client-id=${client.id}`,
    '--connector-id=mock',
    '--subject-token-env=CI_TOKEN',
  ];
  const env = { CI_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: client.secret };
  return {
    dex,
    args,
    env,
    getToken: (flags = [], call = {}) =>
      dexchange([...args, ...flags], { ...call, env: { ...env, ...call.env } }),
  };
}
