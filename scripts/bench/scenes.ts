import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCa } from '../../test/support/certificates.ts';
import { startDex } from '../../test/support/dex.ts';
import { startApiServer } from '../demo/api-server.ts';
import type { Runner } from '../package/runner.ts';
import { type Agents, startAgents } from './agents.ts';
import { kubectlScenes } from './kubectl-scenes.ts';
import { hasProgram } from './machine.ts';
import type { Command } from './meter.ts';

/** One line of the table. */
export interface Scene {
  readonly name: string;
  /** The scene with which the CPU time of this one is compared. */
  readonly against: string;
  /** The command of a round: a miss needs a new identity token in each. */
  command(round: number): Command;
  /** Run only in every n-th round; default: 1. */
  readonly every?: number;
}

export interface Stage {
  readonly scenes: readonly Scene[];
  /** The omitted scenes, with reasons. */
  readonly missing: readonly string[];
  /** Undefined if they cannot be measured here. */
  readonly agents: Agents | undefined;
  close(): Promise<void>;
}

const client = { id: 'dex-client-bench@d8-user-authn', secret: 'bench-secret' };

// As long as a GitLab id_token; Dex's mock connector accepts any text.
const identityToken = `eyJ${'a'.repeat(900)}`;

const execInfo = JSON.stringify({
  apiVersion: 'client.authentication.k8s.io/v1',
  kind: 'ExecCredential',
  spec: { interactive: false },
});

/** Starts stand-ins for Dex and the API server, and describes the scenes. */
export async function setStage(
  folder: string,
  binaries: { readonly bare: string; readonly dexchange: string },
  runner: Runner,
): Promise<Stage> {
  const ca = await createCa('dexchange bench CA');
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, ca.certPem);
  const tls = await ca.issue({ commonName: 'bench', hosts: ['127.0.0.1'] });
  const behaviour = {
    clients: [client, { id: 'kubernetes', secret: 'none', trustedPeers: [client.id] }],
    // No credential may expire while the bench runs.
    tokenLifeSeconds: 86_400,
  };
  const plain = await startDex(behaviour);
  const secure = await startDex({ ...behaviour, tls });
  const shortLived = await startDex({ ...behaviour, tls, tokenLifeSeconds: 20 });
  const keysUrl = `${secure.url}/keys`;
  const api = await startApiServer({ issuer: secure.issuer, keysUrl, caPem: ca.certPem }, tls);

  const args = (dexUrl: string): readonly string[] => [
    'get-token',
    `--dex-url=${dexUrl}`,
    `--client-id=${client.id}`,
    '--connector-id=mock',
    '--subject-token-env=CI_TOKEN',
  ];
  const secureArgs = [...args(secure.issuer), `--dex-certificate-authority=${caFile}`];
  let homes = 0;
  const env = (round?: number): Readonly<Record<string, string>> => ({
    // A miss has a new home folder, as a job has on a fresh runner.
    HOME: round === undefined ? folder : join(folder, `home-${homes++}`),
    DEXCHANGE_CLIENT_SECRET: client.secret,
    CI_TOKEN: round === undefined ? identityToken : `${identityToken}${round}`,
  });
  const getToken = (
    words: readonly string[],
    more: { round?: number; client?: boolean; copies?: number } = {},
  ): Command => ({
    words: wordsOf(runner, binaries.dexchange, ...words),
    env: {
      ...runner.env,
      ...env(more.round),
      ...(more.client ? { KUBERNETES_EXEC_INFO: execInfo } : {}),
    },
    ...(more.copies === undefined ? {} : { copies: more.copies }),
  });

  const bare = 'bare single executable';
  const scenes: Scene[] = [
    {
      name: bare,
      against: bare,
      command: () => ({ words: wordsOf(runner, binaries.bare), env: runner.env }),
    },
    { name: 'hit', against: bare, command: () => getToken(secureArgs) },
    {
      name: 'hit, run by a client',
      against: bare,
      command: () => getToken(secureArgs, { client: true }),
    },
    {
      name: 'miss, Dex over HTTP',
      against: bare,
      command: (round) => getToken(args(plain.issuer), { round }),
    },
    {
      name: 'miss, Dex over HTTPS with a private CA',
      against: bare,
      command: (round) => getToken(secureArgs, { round }),
    },
    {
      name: '50 bare executables in parallel',
      against: bare,
      command: () => ({ words: wordsOf(runner, binaries.bare), env: runner.env, copies: 50 }),
      every: 5,
    },
    {
      name: '50 hits in parallel',
      against: '50 bare executables in parallel',
      command: () => getToken(secureArgs, { copies: 50 }),
      every: 5,
    },
  ];
  const missing: string[] = [];
  let kubectl: Awaited<ReturnType<typeof kubectlScenes>> | undefined;
  let agents: Agents | undefined;
  const close = async () => {
    await Promise.all([agents?.close(), kubectl?.close()]);
    await Promise.all([plain.close(), secure.close(), shortLived.close(), api.close()]);
  };
  // kubectl would run the plugin without the emulator, under which 50 processes would take minutes.
  if (runner.command.length > 0) {
    const short = scenes.filter(({ every }) => every === undefined);
    return { scenes: short, missing, agents, close };
  }

  if (await hasProgram('kubectl', 'version', '--client')) {
    kubectl = await kubectlScenes({
      folder,
      dexchange: binaries.dexchange,
      env: env(),
      server: api.url,
      caFile,
      getToken: secureArgs,
      bare,
    });
    scenes.push(...kubectl.scenes);
  } else {
    missing.push('kubectl is not on this machine: its scenes are omitted');
  }

  if ((await hasProgram('curl', '--version')) && (await hasProgram('jq', '--version'))) {
    const dexHost = new URL(secure.url).host;
    scenes.push({
      name: 'the curl and jq recipe, which has no cache',
      against: bare,
      command: () => ({
        words: ['/bin/sh', '-ec', curlRecipe],
        env: {
          DEX_HOST: dexHost,
          DEX_CLIENT_ID: client.id,
          DEX_CLIENT_SECRET: client.secret,
          IDP_TOKEN: identityToken,
          CONNECTOR_ID: 'mock',
          CURL_CA_BUNDLE: caFile,
        },
      }),
    });
  } else {
    missing.push('curl or jq is not on this machine: the recipe is omitted');
  }

  agents = await startAgents({
    folder,
    dexchange: binaries.dexchange,
    env: env(),
    idleFlags: secureArgs.slice(1),
    busyFlags: [...args(shortLived.issuer).slice(1), `--dex-certificate-authority=${caFile}`],
    requests: () => shortLived.tokenRequests().length,
  });
  return { scenes, missing, agents, close };
}

function wordsOf(runner: Runner, ...program: readonly [string, ...string[]]): Command['words'] {
  const [first = program[0], ...others] = [...runner.command, ...program];
  return [first, ...others];
}

/** The token exchange with curl in the DKP guide *Access for CI/CD*. */
const curlRecipe = `
RESPONSE=$(curl -q -s -X POST "https://\${DEX_HOST}/token" \\
  -u "\${DEX_CLIENT_ID}:\${DEX_CLIENT_SECRET}" \\
  -H "Content-Type: application/x-www-form-urlencoded" \\
  -d "grant_type=urn:ietf:params:oauth:grant-type:token-exchange" \\
  -d "subject_token=\${IDP_TOKEN}" \\
  -d "subject_token_type=urn:ietf:params:oauth:token-type:id_token" \\
  -d "connector_id=\${CONNECTOR_ID}" \\
  -d "scope=openid profile email groups audience:server:client_id:kubernetes" \\
  -d "requested_token_type=urn:ietf:params:oauth:token-type:id_token")
DEX_TOKEN=$(echo "$RESPONSE" | jq -er '.access_token')
`;
