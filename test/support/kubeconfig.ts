import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** The parts of a kubeconfig that uses this program as its credential plugin. */
export interface ExecKubeconfig {
  readonly server: string;
  readonly caFile: string;
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly apiVersion?: string;
  /** The cluster's extension client.authentication.k8s.io/exec. */
  readonly extension?: Readonly<Record<string, unknown>>;
}

/** Writes a kubeconfig into a folder, which is created if missing, and returns its path. */
export async function writeKubeconfig(folder: string, config: ExecKubeconfig): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'ci.kubeconfig');
  const { extension } = config;
  const cluster = {
    server: config.server,
    'certificate-authority': config.caFile,
    ...(extension === undefined
      ? {}
      : { extensions: [{ name: 'client.authentication.k8s.io/exec', extension }] }),
  };
  const exec = {
    apiVersion: config.apiVersion ?? 'client.authentication.k8s.io/v1',
    command: config.command,
    args: config.args,
    env: Object.entries(config.env ?? {}).map(([name, value]) => ({ name, value })),
    interactiveMode: 'Never',
    provideClusterInfo: extension !== undefined,
    installHint: 'dexchange is missing: see its README',
  };
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'ci', user: { exec } }],
    contexts: [{ name: 'ci', context: { cluster: 'cluster', user: 'ci' } }],
    'current-context': 'ci',
  });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
