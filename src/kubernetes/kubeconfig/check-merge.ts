import { isDeepStrictEqual } from 'node:util';
import { DexchangeError } from '../../errors.ts';
import { readConfigFile } from './config-file.ts';
import { type KubeconfigEntries, lists, parts } from './entries.ts';
import { yamlToJson } from './yaml.ts';

type Config = Readonly<Record<string, unknown>>;

/**
 * The content of a kubeconfig as kubectl reads it, without its types.
 * @throws DexchangeError kubeconfig_invalid
 */
export function asKubectl(text: string, name: string): Config {
  const value = yamlToJson(text, (reason, line) => {
    throw invalid(name, `${line === undefined ? '' : `line ${line}, `}${reason}`);
  });
  return (value ?? {}) as Config;
}

/**
 * Checks a merged kubeconfig before it is written: kubectl can read it, the new entries are in it as
 * planned, and everything else is unchanged. With anchors and merge keys, one entry can be part of
 * another; then the change would affect both. A line break that only YAML 1.1 has is another line for
 * kubectl, but not for the YAML library.
 * @param before the old content
 * @param text the new text
 * @throws DexchangeError kubeconfig_invalid
 */
export function checkMerged(
  before: Config,
  text: string,
  entries: KubeconfigEntries,
  name: string,
): void {
  const after = asKubectl(text, name);
  const expected = { apiVersion: 'v1', kind: 'Config', ...without(before, entries) };
  if (!isDeepStrictEqual(without(after, entries), expected) || !isPlanned(after, entries)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `${name} cannot be changed without changing its other entries`,
      {
        hint: 'write to a separate file with --write-to, and list both files in KUBECONFIG: this one contains anchors, aliases or special line breaks',
      },
    );
  }
  // Rejects what kubectl rejects, such as two users of one name.
  readConfigFile({ path: name, text });
}

/** A kubeconfig without the entries that are written. */
function without(config: Config, entries: KubeconfigEntries): Config {
  const rest: Record<string, unknown> = { ...config, 'current-context': undefined };
  for (const part of parts) {
    rest[lists[part]] = itemsOf(config, part).filter((item) => item?.name !== entries[part].name);
  }
  return rest;
}

/** Whether the entries are as planned; a cluster and a context may have other fields too. */
function isPlanned(config: Config, entries: KubeconfigEntries): boolean {
  return parts.every((part) => {
    const item = itemsOf(config, part).find((each) => each?.name === entries[part].name);
    const fields = (item?.[part] ?? {}) as Config;
    const planned = Object.entries(entries[part].fields);
    return (
      planned.every(([key, value]) => isDeepStrictEqual(fields[key], value)) &&
      (part !== 'user' || Object.keys(fields).length === planned.length)
    );
  });
}

type Item = Readonly<Record<string, unknown>> | null | undefined;

function itemsOf(config: Config, part: keyof typeof lists): readonly Item[] {
  const list = config[lists[part]];
  return Array.isArray(list) ? (list as readonly Item[]) : [];
}

/** The error for a kubeconfig that cannot be changed. */
export function invalid(name: string, what: string): DexchangeError {
  return new DexchangeError('kubeconfig_invalid', `${name} ${what}`, {
    hint: 'correct the file, or write to another one with --write-to and list both in KUBECONFIG; this one was not changed',
  });
}
