import { delimiter, isAbsolute, join } from 'node:path';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { usesServiceAccountMethod } from '../kubernetes/client/dexchange-entry.ts';
import { type KubeconfigFile, readConfigFile } from '../kubernetes/kubeconfig/config-file.ts';
import type { KubeconfigContext, User } from '../kubernetes/kubeconfig/context.ts';
import { readContext } from '../kubernetes/kubeconfig/read.ts';
import type { Runtime } from '../ports.ts';
import { looksLikeContent, quoteId, quotePath } from '../sanitize.ts';

/** What reading a kubeconfig needs from the runtime. */
export type KubeconfigPorts = Pick<Runtime, 'env' | 'cwd' | 'readTextFile'>;

/** A context, and the files it was read from. */
export interface SelectedContext {
  readonly context: KubeconfigContext;
  /** Absolute paths; empty for the ServiceAccount of the pod. */
  readonly paths: readonly string[];
}

const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The context of `--kubeconfig` and `--context`, found as kubectl finds it: the file named, the
 * files of KUBECONFIG, `~/.kube/config`, the pod.
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
 */
export function selectedContext(settings: Settings, runtime: KubeconfigPorts): SelectedContext {
  const files = kubeconfigFiles(settings, runtime);
  const inPod = runtime.env['KUBERNETES_SERVICE_HOST'] ? podContext(runtime) : undefined;
  const context = readContext(files, settings.value('context'), inPod);
  const paths = context === inPod ? [] : files.map(({ path }) => path);
  const named = settings.value('kubeconfig');
  return { context: named === undefined ? context : { ...context, kubeconfig: named }, paths };
}

/**
 * The names of the contexts among which `--context` selects.
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
 */
export function contextNames(settings: Settings, runtime: KubeconfigPorts): readonly string[] {
  const configs = kubeconfigFiles(settings, runtime).map(readConfigFile);
  return [...new Set(configs.flatMap(({ contexts }) => [...contexts.keys()]))];
}

function kubeconfigFiles(settings: Settings, runtime: KubeconfigPorts): readonly KubeconfigFile[] {
  const waitMs = settings.value('timeout');
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(runtime.cwd(), path));
  const read = (path: string): KubeconfigFile | undefined => {
    try {
      return { path: absolute(path), text: runtime.readTextFile(path, waitMs, 'rejected') };
    } catch (error) {
      const { message, hint } = error as Error & { readonly hint?: string };
      if (message === 'does not exist') return undefined;
      throw new DexchangeError(
        'kubeconfig_unreadable',
        `kubeconfig ${quotePath(path)} ${message}`,
        {
          hint:
            hint ?? 'check the path in --kubeconfig or KUBECONFIG, and the permissions of the file',
        },
      );
    }
  };
  const named = settings.value('kubeconfig');
  const variable = runtime.env['KUBECONFIG'];
  // Before it is split at colons into parts that look like paths.
  if (named === undefined && variable && looksLikeContent(variable)) missing([variable]);
  if (named !== undefined) return [read(named) ?? missing([named])];
  if (variable) {
    const paths = variable.split(delimiter).filter((path) => path !== '');
    const files = paths.flatMap((path) => read(path) ?? []);
    return files.length > 0 ? files : missing(paths);
  }
  const home = runtime.env['HOME'] ?? runtime.env['USERPROFILE'];
  const path = home === undefined ? undefined : join(home, '.kube', 'config');
  const file = path === undefined ? undefined : read(path);
  if (file !== undefined) return [file];
  return runtime.env['KUBERNETES_SERVICE_HOST'] ? [] : missing(path ? [path] : []);
}

function missing(paths: readonly string[]): never {
  const list = paths.map((path) => quotePath(path)).join(', ');
  const verb = paths.length > 1 ? 'do' : 'does';
  throw new DexchangeError(
    'kubeconfig_unreadable',
    list === '' ? 'there is no kubeconfig' : `there is no kubeconfig: ${list} ${verb} not exist`,
    {
      hint: paths.some((path) => /^~|[$%]/.test(path))
        ? 'write the absolute path, without ~ and variables: like kubectl, dexchange does not expand KUBECONFIG'
        : 'set --kubeconfig or KUBECONFIG to a kubeconfig with access to the cluster',
    },
  );
}

/** The context of the ServiceAccount of the pod (client-go, rest.InClusterConfig). */
function podContext({ env }: KubeconfigPorts): KubeconfigContext {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  if (!/^(?:[\w.-]+|[\da-f:.]+)$/i.test(host) || !/^\d{1,5}$/.test(port)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not a host and a port',
      { hint: 'keep the values that Kubernetes sets in every pod, or set --kubeconfig' },
    );
  }
  return {
    name: 'pod',
    namespace: undefined,
    cluster: {
      name: 'pod',
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      tlsServerName: undefined,
      insecureSkipTlsVerify: false,
      certificateAuthority: { path: `${podFolder}/ca.crt` },
      proxyUrl: undefined,
      execExtension: undefined,
    },
    user: { ...emptyUser, name: 'pod', tokenFile: `${podFolder}/token` },
  };
}

/** A user entry without any credential. */
export const emptyUser: User = {
  name: '',
  token: undefined,
  tokenFile: undefined,
  username: undefined,
  password: undefined,
  clientCertificate: undefined,
  clientKey: undefined,
  exec: undefined,
  impersonate: undefined,
};

/**
 * Rejects a context whose exec entry is dexchange with method service-account: the program would run
 * itself. A plugin that is not recognized by its entry is recognized by its second call (see
 * childEnvironment).
 * @throws DexchangeError kubeconfig_invalid
 */
export function rejectSelf({ context: { name, user } }: SelectedContext): void {
  if (user.exec === undefined || !usesServiceAccountMethod(user.exec)) return;
  throw new DexchangeError(
    'kubeconfig_invalid',
    `context ${quoteId(name, 80)} already runs dexchange with method service-account, so its credential is the token to request`,
    {
      hint: 'set --context to a context with another credential that is allowed to create the token, such as that of an administrator',
    },
  );
}
