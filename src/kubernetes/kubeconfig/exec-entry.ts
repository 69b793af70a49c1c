import { isRecord } from '../../json.ts';
import type { KubeconfigContext } from './read.ts';

/** The exec entry of a user: what client-go runs for a credential. */
export interface ExecEntry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  /** Whether the plugin is told of the cluster, its extension included. */
  readonly provideClusterInfo: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The exec entry of a context's user, or undefined if its credential comes otherwise. */
export function execEntry({ user }: KubeconfigContext): ExecEntry | undefined {
  const { exec } = user.fields;
  if (!isRecord(exec)) return undefined;
  const env = list(exec['env']).flatMap((item): [string, string][] =>
    isRecord(item) && typeof item['name'] === 'string'
      ? [[item['name'], String(item['value'] ?? '')]]
      : [],
  );
  const { apiVersion } = exec;
  return {
    command: String(exec['command'] ?? ''),
    args: list(exec['args']).map(String),
    env: Object.fromEntries(env),
    apiVersion: typeof apiVersion === 'string' ? apiVersion : 'client.authentication.k8s.io/v1',
    provideClusterInfo: exec['provideClusterInfo'] === true,
  };
}

/** What KUBERNETES_EXEC_INFO says to a plugin of this context (client-go, `ExecCredential`). */
export function execInfoOf({ cluster }: KubeconfigContext, entry: ExecEntry): string {
  const told = [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority-data',
    'proxy-url',
  ];
  const fields = Object.fromEntries(told.map((key) => [key, cluster.fields[key]]));
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: entry.apiVersion,
    spec: {
      interactive: false,
      ...(entry.provideClusterInfo
        ? { cluster: { ...fields, config: execExtension(cluster.fields) ?? null } }
        : {}),
    },
  });
}

/** The cluster's extension client.authentication.k8s.io/exec, whether it is passed on or not. */
export function execExtension(cluster: Fields): unknown {
  const item = list(cluster['extensions']).find(
    (candidate) => isRecord(candidate) && candidate['name'] === 'client.authentication.k8s.io/exec',
  );
  return isRecord(item) ? item['extension'] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
