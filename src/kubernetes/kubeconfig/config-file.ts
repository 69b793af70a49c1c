import { DexchangeError } from '../../errors.ts';
import { quoteInput, quotePath } from '../../sanitize.ts';
import { fileFlag } from './context-flags.ts';
import {
  type ClusterFields,
  type ContextFields,
  readClusterFields,
  readContextFields,
  readExtensions,
  readUserFields,
  type UserFields,
  uniqueByName,
} from './entry-fields.ts';
import { type Field, flag, items, member, members, object, placeOf, text } from './json-field.ts';
import { yamlToJson } from './yaml.ts';

/** A kubeconfig file: where it is, and what it holds. */
export interface KubeconfigFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** The entries of one kubeconfig file by name (clientcmd/api/v1, Config). */
export interface ConfigFile {
  readonly path: string;
  readonly clusters: ReadonlyMap<string, ClusterFields>;
  readonly users: ReadonlyMap<string, UserFields>;
  readonly contexts: ReadonlyMap<string, ContextFields>;
  /** Empty if there is none. */
  readonly currentContext: string;
}

/**
 * Reads a kubeconfig file as client-go does (clientcmd.Load): YAML to JSON, then into its types
 * with case-sensitive names; unknown fields are ignored, and a field of a wrong type anywhere makes
 * the whole file invalid.
 * @throws DexchangeError kubeconfig_invalid
 */
export function readConfigFile(file: KubeconfigFile): ConfigFile {
  const { path } = file;
  const value = yamlToJson(file.text, (reason, line) => {
    const where = line === undefined ? quotePath(path) : `${quotePath(path)}, line ${line},`;
    throw new DexchangeError('kubeconfig_invalid', `${where} ${reason}`, {
      hint: `correct the file: \`kubectl config view${fileFlag([path])}\` rejects it too`,
    });
  });
  const config = object({ file: path, path: '', value });
  checkKind(config);
  readPreferences(member(config, 'preferences'));
  readExtensions(config);
  return {
    path,
    clusters: namedEntries(member(config, 'clusters'), 'cluster', readClusterFields),
    users: namedEntries(member(config, 'users'), 'user', readUserFields),
    contexts: namedEntries(member(config, 'contexts'), 'context', readContextFields),
    currentContext: text(member(config, 'current-context')),
  };
}

function namedEntries<T>(
  list: Field,
  part: string,
  read: (field: Field) => T,
): ReadonlyMap<string, T> {
  const entries = items(list).map(object);
  return uniqueByName(entries, (entry) => read(member(entry, part)));
}

function readPreferences(preferences: Field): void {
  flag(member(object(preferences), 'colors'));
  readExtensions(preferences);
}

/** Both may be missing. Their names are not case-sensitive (runtime/serializer/json/meta.go). */
function checkKind(config: Field): void {
  text(member(config, 'apiVersion'));
  text(member(config, 'kind'));
  for (const [name, known] of [
    ['apiVersion', 'v1'],
    ['kind', 'Config'],
  ] as const) {
    const values = members(config)
      .filter(([key]) => key.toLowerCase() === name.toLowerCase())
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, field]) => text(field));
    const value = values.findLast((candidate) => candidate !== '') ?? '';
    if (value !== '' && value !== known) {
      throw new DexchangeError(
        'kubeconfig_invalid',
        `${placeOf(config)} has ${name} ${quoteInput(value, 80)}, so it is not a kubeconfig`,
        { hint: `write ${name}: ${known}, as every kubeconfig has` },
      );
    }
  }
}
