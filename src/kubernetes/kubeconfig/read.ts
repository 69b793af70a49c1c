import { DexchangeError } from '../../errors.ts';
import { quoteId, quotePath } from '../../sanitize.ts';
import { type ConfigFile, type KubeconfigFile, readConfigFile } from './config-file.ts';
import type { KubeconfigContext } from './context.ts';
import { fileFlag } from './context-flags.ts';
import { clusterOf, userOf, type WrittenEntry } from './decode.ts';
import { checkCluster, checkUser } from './usable.ts';

/**
 * The context of a name, or the current one, decided as kubectl decides (client-go, clientcmd): the
 * first file that has an entry, or a current-context, wins; every file must be valid, but only the
 * entries of the context must be usable. The files that the entries name are not looked at.
 * @param wanted the context's name; undefined or empty is the current one
 * @param inPod the context of the pod, which kubectl takes if no context is named or current
 * @throws DexchangeError kubeconfig_invalid
 */
export function readContext(
  files: readonly KubeconfigFile[],
  wanted: string | undefined,
  inPod?: KubeconfigContext,
): KubeconfigContext {
  const configs = files.map(readConfigFile);
  const paths = files.map(({ path }) => path);
  const current = configs.map(({ currentContext }) => currentContext).find((each) => each !== '');
  const name = wanted || (current ?? '');
  // A context can have the empty name, which is then the current one.
  if (name === '' && entryOf(configs, 'contexts', name) === undefined) {
    if (inPod !== undefined) return inPod;
    throw new DexchangeError('kubeconfig_invalid', `${filesIn(paths)} has no current-context`, {
      hint: `name a context with --context: \`kubectl config get-contexts${fileFlag(paths)}\` lists them`,
    });
  }
  const { fields } = entryOf(configs, 'contexts', name) ?? missing(paths, 'context', name);
  const cluster =
    entryOf(configs, 'clusters', fields.cluster) ?? missing(paths, 'cluster', fields.cluster);
  const user = entryOf(configs, 'users', fields.user) ?? missing(paths, 'user', fields.user);
  checkUser(user);
  checkCluster(cluster);
  return {
    name,
    namespace: fields.namespace === '' ? undefined : fields.namespace,
    cluster: clusterOf(cluster),
    user: userOf(user),
  };
}

type Part = 'clusters' | 'users' | 'contexts';
type FieldsOf<P extends Part> =
  ConfigFile[P] extends ReadonlyMap<string, infer Fields> ? Fields : never;

function entryOf<P extends Part>(
  configs: readonly ConfigFile[],
  part: P,
  name: string,
): WrittenEntry<FieldsOf<P>> | undefined {
  for (const config of configs) {
    const entries = config[part] as ReadonlyMap<string, FieldsOf<P>>;
    const fields = entries.get(name);
    if (fields !== undefined) return { name, fields, file: config.path };
  }
  return undefined;
}

function filesIn(paths: readonly string[]): string {
  return paths.map((path) => quotePath(path)).join(', ') || 'the pod';
}

function missing(paths: readonly string[], kind: string, name: string): never {
  throw new DexchangeError(
    'kubeconfig_invalid',
    `${filesIn(paths)} has no ${kind} ${name === '' ? 'without a name' : quoteId(name, 80)}`,
    {
      hint: `correct the name, or add the entry: \`kubectl config view${fileFlag(paths)}\` shows the entries that exist`,
    },
  );
}
