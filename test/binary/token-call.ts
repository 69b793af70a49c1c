import { type Dex, dexClients, startDex } from '../support/dex.ts';

/** A stand-in for Dex, and the arguments and environment of a get-token call to it. */
export interface TokenCall {
  readonly dex: Dex;
  readonly args: readonly string[];
  /** Without HOME, so that there is no cache and every call is a miss. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the stand-in; the caller closes `dex`. */
export async function startTokenCall(): Promise<TokenCall> {
  const dex = await startDex();
  const [client] = dexClients;
  return {
    dex,
    args: [
      'get-token',
      `--dex-url=${dex.issuer}`,
      `--client-id=${client.id}`,
      '--connector-id=mock',
      '--subject-token-env=CI_TOKEN',
    ],
    env: { CI_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: client.secret },
  };
}
