import { parse } from 'yaml';
import { DexchangeError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { sanitize } from '../../sanitize.ts';
import type { KubeconfigContext } from './context.ts';
import { decodeCluster, decodeUser, type EntrySource } from './decode.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A kubeconfig file: where it is, and what it holds. */
export interface KubeconfigFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The context of a name, or the current one, in files that are merged as kubectl merges them: the
 * first file that has an entry, or a current-context, wins.
 * @param wanted the context's name; undefined is the current one
 * @throws DexchangeError kubeconfig_invalid
 */
export function readContext(
  files: readonly KubeconfigFile[],
  wanted: string | undefined,
): KubeconfigContext {
  const configs = files.map((file) => ({ file, config: parseFile(file) }));
  const currents = configs.map(({ config }) => config['current-context']);
  const name = wanted ?? currents.find((current) => typeof current === 'string' && current !== '');
  const where = files.map(({ path }) => path).join(', ');
  if (typeof name !== 'string') {
    throw new DexchangeError('kubeconfig_invalid', `${where} has no current-context`, {
      hint: 'name a context by --context; kubectl config get-contexts lists them',
    });
  }
  const find = (list: string, part: string, entry: unknown): EntrySource => {
    for (const { file, config } of configs) {
      const fields = entryOf(config, list, part, entry);
      if (fields !== undefined) return { name: String(entry), fields, file: file.path };
    }
    throw new DexchangeError(
      'kubeconfig_invalid',
      `${where} has no ${part} ${sanitize(String(entry), { maxChars: 80 })}`,
      { hint: 'kubectl config view shows the entries that exist' },
    );
  };
  const { fields } = find('contexts', 'context', name);
  const { namespace } = fields;
  return {
    name,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    cluster: decodeCluster(find('clusters', 'cluster', fields['cluster'])),
    user: decodeUser(find('users', 'user', fields['user'])),
  };
}

function parseFile({ path, text }: KubeconfigFile): Fields {
  let config: unknown;
  try {
    // As kubectl reads it; an empty file is an empty kubeconfig.
    config = parse(text, { version: '1.1', merge: true }) ?? {};
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new DexchangeError('kubeconfig_invalid', `${path} is not YAML: ${sanitize(line)}`);
  }
  if (isRecord(config)) return config;
  throw new DexchangeError('kubeconfig_invalid', `${path} is not a kubeconfig`);
}

function entryOf(config: Fields, list: string, part: string, name: unknown): Fields | undefined {
  const items: unknown = config[list];
  if (!Array.isArray(items)) return undefined;
  const item: unknown = items.find(
    (candidate) => isRecord(candidate) && candidate['name'] === name,
  );
  if (!isRecord(item)) return undefined;
  return isRecord(item[part]) ? item[part] : {};
}
