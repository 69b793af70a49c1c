import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCa } from '../../test/support/certificates.ts';
import { dexClients, startDex } from '../../test/support/dex.ts';
import {
  adminKubeconfig,
  deckhouseObjects,
  startKubernetesStandIn,
} from '../../test/support/kubernetes.ts';
import { type Ended, runToEnd } from '../../test/support/run-to-end.ts';
import { directly, type Runner } from './runner.ts';

/** A run of the binary and its result. */
export interface Run extends Ended {
  readonly args: readonly string[];
}

export interface ExerciseOptions {
  /** Flags of every command. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the binary runs on this machine. */
  readonly runner?: Runner;
}

/**
 * Runs the usual commands of the binary in an otherwise empty environment: commands that query a
 * cluster, a miss without the cache, a miss that fills the cache, and a hit at the end.
 */
export async function exercise(
  binary: string,
  { flags = [], env = {}, runner = directly }: ExerciseOptions,
): Promise<readonly Run[]> {
  const home = await mkdtemp(join(tmpdir(), 'dexchange-build-'));
  const ca = await createCa();
  const dex = await startDex({
    tls: await ca.issue({ commonName: 'dex', hosts: ['127.0.0.1'] }),
  });
  const kubernetes = await startKubernetesStandIn({ serviceAccounts: new Set(['ci/deploy']) });
  kubernetes.behaviour.objects = deckhouseObjects({
    api: 'api.example.com',
    dex: 'dex.example.com',
    caPem: kubernetes.caPem,
  });
  try {
    const caFile = join(home, 'ca.pem');
    const kubeconfig = join(home, 'admin.kubeconfig');
    await writeFile(kubeconfig, adminKubeconfig(kubernetes), { mode: 0o600 });
    const asAdmin = [`--kubeconfig=${kubeconfig}`, ...flags];
    const ofAccount = ['get-token', '--method=service-account', '-n', 'ci'];
    await writeFile(caFile, ca.certPem);
    const getToken = [
      'get-token',
      `--dex-url=${dex.issuer}`,
      `--dex-certificate-authority=${caFile}`,
      `--client-id=${dexClients[0].id}`,
      '--connector-id=mock',
      '--subject-token-env=CI_TOKEN',
      ...flags,
    ];
    const settings = {
      K8S_PASSWORD: 'any',
      HOME: home,
      DEXCHANGE_CLIENT_SECRET: dexClients[0].secret,
      CI_TOKEN: identityToken,
    };
    const runs: Run[] = [];
    for (const args of [
      [
        ...['manifests', 'token-exchange', '--provider=gitlab'],
        ...['--idp-issuer-url=https://gitlab.example.com', ...flags],
      ],
      ['kubeconfig', 'basic-auth', '--server=https://api.example.com', '--username=u', ...flags],
      ['discover', ...asAdmin],
      [...ofAccount, '--service-account=deploy', ...asAdmin],
      [...ofAccount, '--service-account=deploy', ...asAdmin],
      ['get-token', '--method=identity', '--subject-token-env=CI_TOKEN', ...flags],
      [...getToken, '--no-cache'],
      getToken,
      getToken,
    ]) {
      runs.push(await run(binary, args, { ...settings, ...env }, runner));
    }
    const exchanges = dex.tokenRequests().length;
    // The caller reports runs that failed.
    if (exchanges !== 2 && runs.every(({ code }) => code === 0))
      throw new Error(`Dex received ${exchanges} token requests instead of two`);
    return runs;
  } finally {
    await kubernetes.close();
    await dex.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** The connector of the exchange accepts any text; method identity needs a JWT that has not expired. */
const identityToken = [{ alg: 'RS256' }, { exp: Date.UTC(2100, 0) / 1000 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.');

/** Runs the binary until it ends. */
export async function run(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  runner: Runner = directly,
): Promise<Run> {
  const [command = binary, ...words] = [...runner.command, binary, ...args];
  const timeout = runner.timeout === undefined ? {} : { DEXCHANGE_TIMEOUT: runner.timeout };
  const ended = await runToEnd(command, words, { env: { ...runner.env, ...timeout, ...env } });
  return { args, ...ended };
}
