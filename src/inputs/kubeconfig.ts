import { basename, delimiter, isAbsolute, join } from 'node:path';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import {
  type KubeconfigContext,
  type KubeconfigFile,
  readContext,
} from '../kubernetes/kubeconfig/read.ts';
import { sanitize } from '../sanitize.ts';
import type { Runtime } from '../usecases/outside.ts';

/** What finding a kubeconfig needs of the outside. */
export type KubeconfigOutside = Pick<Runtime, 'env' | 'cwd' | 'readTextFile'>;

/** The context whose credential asks the API server, and the files it was read from. */
export interface AdminContext {
  readonly context: KubeconfigContext;
  /** Absolute; empty where it is the pod's own ServiceAccount. */
  readonly paths: readonly string[];
}

const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The context of `--kubeconfig` and `--context`, found as kubectl finds it: the file named, the
 * files of KUBECONFIG, `~/.kube/config`, the pod.
 * @throws DexchangeError kubeconfig_unreadable, kubeconfig_invalid
 */
export function adminContext(settings: Settings, runtime: KubeconfigOutside): AdminContext {
  const files = kubeconfigFiles(settings, runtime);
  if (files === undefined) return { context: podContext(runtime), paths: [] };
  const context = readContext(files, settings.value('context'));
  return { context, paths: files.map(({ path }) => path) };
}

function kubeconfigFiles(
  settings: Settings,
  runtime: KubeconfigOutside,
): readonly KubeconfigFile[] | undefined {
  const waitMs = settings.value('timeout');
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(runtime.cwd(), path));
  const read = (path: string): KubeconfigFile | undefined => {
    try {
      return { path: absolute(path), text: runtime.readTextFile(path, waitMs) };
    } catch (error) {
      const { message } = error as Error;
      if (message === 'does not exist') return undefined;
      throw new DexchangeError('kubeconfig_unreadable', `kubeconfig ${sanitize(path)} ${message}`);
    }
  };
  const named = settings.value('kubeconfig');
  const variable = runtime.env['KUBECONFIG'];
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
  return runtime.env['KUBERNETES_SERVICE_HOST'] ? undefined : missing(path ? [path] : []);
}

function missing(paths: readonly string[]): never {
  const shown = paths.map((path) => sanitize(path)).join(', ');
  throw new DexchangeError(
    'kubeconfig_unreadable',
    shown === '' ? 'there is no kubeconfig' : `there is no kubeconfig: ${shown} does not exist`,
    { hint: 'name one by --kubeconfig or KUBECONFIG; its credential is used to ask the cluster' },
  );
}

function podContext({ env }: KubeconfigOutside): KubeconfigContext {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    name: 'pod',
    namespace: undefined,
    cluster: {
      name: 'pod',
      fields: {
        server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
        'certificate-authority': `${podFolder}/ca.crt`,
      },
    },
    user: { name: 'pod', fields: { tokenFile: `${podFolder}/token` } },
  };
}

/**
 * Refuses a context whose credential is what this program is about to ask for: it would call it
 * for ever.
 * @throws DexchangeError kubeconfig_invalid
 */
export function rejectSelf({ name, user }: KubeconfigContext): void {
  const exec = user.fields['exec'] as { command?: unknown; args?: unknown } | undefined;
  const args = Array.isArray(exec?.args) ? exec.args : [];
  const itself =
    /^dexchange(?:\.exe)?$/.test(basename(String(exec?.command ?? ''))) &&
    args.some((arg) => /^(?:--method=)?service-account$/.test(String(arg)));
  if (!itself) return;
  throw new DexchangeError(
    'kubeconfig_invalid',
    `context ${sanitize(name, { maxChars: 80 })} is itself a ServiceAccount's by this program`,
    {
      hint: 'name a context by --context whose user may create the token, such as an administrator',
    },
  );
}
