import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { run } from '../package/exercise.ts';
import type { Scene } from './scenes.ts';

/** What the scenes with kubectl need. */
export interface KubectlStage {
  readonly folder: string;
  readonly dexchange: string;
  readonly env: Readonly<Record<string, string>>;
  /** The address of the API server, and the file with its CA. */
  readonly server: string;
  readonly caFile: string;
  /** The arguments of a call of get-token. */
  readonly getToken: readonly string[];
  readonly bare: string;
}

const get = ['get', '--raw', '/version'] as const;

/** Runs `kubectl get --raw /version` a hundred times with the given flags. */
const hundredCalls =
  'i=0; while [ $i -lt 100 ]; do kubectl "$@" get --raw /version; i=$((i + 1)); done';

/** Hundred calls take seconds. */
const hundredCallsEvery = 20;

/**
 * kubectl with a token in its arguments, with the plugin, and within `dexchange exec`: one call, and
 * a hundred in a row.
 */
export async function kubectlScenes(
  stage: KubectlStage,
): Promise<{ readonly scenes: readonly Scene[]; close(): Promise<void> }> {
  const { folder, dexchange, env, server, caFile, getToken, bare } = stage;
  const first = await run(dexchange, [...getToken, '-o', 'token'], env);
  const plugin = await writeKubeconfig(folder, {
    server,
    caFile,
    command: dexchange,
    args: getToken,
  });
  const tokenless = await writeTokenlessKubeconfig(folder, server, caFile);
  const job = await startExec(dexchange, plugin, env);
  const flags = {
    token: [`--kubeconfig=${tokenless}`, `--token=${first.stdout.trim()}`],
    plugin: [`--kubeconfig=${plugin}`],
    exec: [`--kubeconfig=${job.kubeconfig}`],
  };
  const one = (words: readonly string[]): Scene['command'] => {
    return () => ({ words: ['kubectl', ...words, ...get], env });
  };
  const shell = ['/bin/sh', '-ec', hundredCalls, 'sh'] as const;
  const withToken = 'kubectl get --raw /version with --token';
  const hundred = '100 times in a row, with --token';
  const every = hundredCallsEvery;
  return {
    scenes: [
      { name: withToken, against: bare, command: one(flags.token) },
      {
        name: 'kubectl get --raw /version within exec',
        against: withToken,
        command: one(flags.exec),
      },
      {
        name: 'kubectl get --raw /version with the plugin, a hit',
        against: withToken,
        command: one(flags.plugin),
      },
      {
        name: hundred,
        against: hundred,
        command: () => ({ words: [...shell, ...flags.token], env }),
        every,
      },
      {
        name: '100 times in a row, with exec and its start',
        against: hundred,
        command: () => ({
          words: [dexchange, 'exec', `--kubeconfig=${plugin}`, '--', ...shell],
          env,
        }),
        every,
      },
      {
        name: '100 times in a row, with the plugin',
        against: hundred,
        command: () => ({ words: [...shell, ...flags.plugin], env }),
        every,
      },
    ],
    close: job.close,
  };
}

/** Starts an exec that goes on while the scenes run, and tells the kubeconfig of its command. */
async function startExec(
  dexchange: string,
  kubeconfig: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly kubeconfig: string; close(): Promise<void> }> {
  const command = ['/bin/sh', '-c', 'echo "$KUBECONFIG"; exec cat'];
  const child = spawn(dexchange, ['exec', `--kubeconfig=${kubeconfig}`, '--', ...command], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve());
  });
  const [path] = await Promise.race([firstLine(child.stdout), ended.then(() => [])]);
  if (path === undefined) throw new Error('dexchange exec exited immediately');
  return {
    kubeconfig: path,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<readonly string[]> {
  for await (const line of createInterface({ input: stream })) return [line];
  return [];
}

async function writeTokenlessKubeconfig(
  folder: string,
  server: string,
  caFile: string,
): Promise<string> {
  const path = join(folder, 'tokenless.kubeconfig');
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster: { server, 'certificate-authority': caFile } }],
    contexts: [{ name: 'ci', context: { cluster: 'cluster', user: '' } }],
    'current-context': 'ci',
  });
  await writeFile(path, text);
  return path;
}
