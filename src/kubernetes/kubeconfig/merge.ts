import { isDeepStrictEqual } from 'node:util';
import {
  Document,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { DexchangeError } from '../../errors.ts';
import { sanitize } from '../../sanitize.ts';
import type { KubeconfigEntries, NamedEntry } from './entries.ts';
import { isRelated, type Part } from './related.ts';

export interface MergeOptions {
  /** How the file is called in errors. */
  readonly name: string;
  /** Replace entries of the same name that have nothing to do with the new ones. */
  readonly force: boolean;
  /** Leave current-context alone where there is one. */
  readonly keepCurrentContext: boolean;
}

const lists = { cluster: 'clusters', user: 'users', context: 'contexts' } as const;
const parts = Object.keys(lists) as readonly Part[];

/**
 * A kubeconfig with a cluster, a user and a context more, or renewed, as the four `kubectl config`
 * commands would leave it, but with all comments and every other entry.
 * @param old the text of the file; undefined or empty for a new one
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_conflict
 */
export function mergeKubeconfig(
  old: string | undefined,
  entries: KubeconfigEntries,
  options: MergeOptions,
): string {
  const document = parse(old ?? '', options.name);
  const before = plain(document);
  for (const [key, value] of [
    ['apiVersion', 'v1'],
    ['kind', 'Config'],
  ]) {
    if (!document.has(key)) document.set(key, value);
  }
  for (const part of parts) place(document, part, entries[part], options);
  const current = textAt(document, 'current-context');
  if (current === '' || !options.keepCurrentContext) {
    document.set('current-context', entries.context.name);
    quoteIfNeeded(document.get('current-context', true));
  }
  quoteNewTexts(document);
  const text = asText(document, old ?? '');
  checkOthers(before, text, entries, options.name);
  return text;
}

/** With this schema all is text, and what is not touched is written as it was read: on, 012, ~. */
const schema = 'failsafe';

function parse(text: string, name: string): Document {
  const source = text.replace(/^\ufeff/, '');
  if (source.trim() === '') {
    const document = new Document({ apiVersion: 'v1', kind: 'Config' }, { schema });
    return document;
  }
  // JSON is written as JSON again, for which its numbers and booleans must be known.
  const document = parseDocument<ParsedNode>(source, { schema: isJson(source) ? 'json' : schema });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(name, `is not YAML: ${firstLine(error.message)}`);
  if (!isMap(document.contents)) throw invalid(name, 'is not a kubeconfig: it is not a mapping');
  return document as unknown as Document;
}

function place(document: Document, part: Part, entry: NamedEntry, options: MergeOptions): void {
  const list = listAt(document, lists[part], options.name);
  const found = list.items.filter((item) => nameOf(document, item) === entry.name);
  if (found.length > 1) {
    throw invalid(options.name, `has ${found.length} entries ${entry.name} in ${lists[part]}`);
  }
  const [item] = found;
  const fresh = { name: entry.name, [part]: entry.fields };
  if (item === undefined) {
    list.add(document.createNode(fresh));
    return;
  }
  const fields = fieldsOf(document, item, part);
  const related = isRelated(part, fields, entry.fields);
  if (!related && !options.force) throw conflict(part, entry.name, options.name);
  // A user's old credential must go whole; the rest of a cluster or context (proxy-url, namespace)
  // is somebody's choice.
  const kept = related && part !== 'user' ? withoutReplaced(part, fields, entry.fields) : {};
  const next = { ...kept, ...entry.fields };
  if (isDeepStrictEqual(fields, next)) return;
  const node = isMap(item) ? item.get(part, true) : undefined;
  if (isMap(node)) change(document, node, fields, next);
  else list.items[list.items.indexOf(item)] = document.createNode(fresh);
}

/** Field by field, so that comments beside those that stay, stay too. */
function change(
  document: Document,
  node: YAMLMap<unknown, unknown>,
  fields: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): void {
  for (const key of Object.keys(fields)) if (!Object.hasOwn(next, key)) node.delete(key);
  for (const [key, value] of Object.entries(next)) {
    if (isDeepStrictEqual(fields[key], value)) continue;
    const old = node.get(key, true);
    // In its place, so that the comment behind it stays.
    if (isScalar(old) && typeof value === 'string') old.value = value;
    else node.set(key, document.createNode(value));
    quoteIfNeeded(node.get(key, true));
  }
}

/** What contradicts the new fields of a cluster goes. */
function withoutReplaced(
  part: Part,
  fields: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept = { ...fields };
  if (part !== 'cluster' || next['certificate-authority-data'] === undefined) return kept;
  delete kept['certificate-authority'];
  // kubectl refuses a CA beside it.
  delete kept['insecure-skip-tls-verify'];
  return kept;
}

function listAt(document: Document, key: string, name: string): YAMLSeq {
  const node = document.get(key, true) as unknown;
  if (isSeq(node)) return node as YAMLSeq;
  const nothing = node === undefined || (isScalar(node) && /^(|~|null)$/i.test(String(node.value)));
  if (!nothing) throw invalid(name, `is not a kubeconfig: ${key} is not a list`);
  const list = document.createNode([]) as YAMLSeq;
  document.set(key, list);
  return list;
}

function nameOf(document: Document, item: unknown): unknown {
  return (toPlain(document, item) as { name?: unknown } | null)?.name;
}

function fieldsOf(document: Document, item: unknown, part: Part): Record<string, unknown> {
  const fields = (toPlain(document, item) as Record<string, unknown> | null)?.[part];
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
}

function toPlain(document: Document, node: unknown): unknown {
  const convertible = node as { toJS?: (document: Document) => unknown } | null;
  return convertible?.toJS?.(document) ?? null;
}

function textAt(document: Document, key: string): string {
  const value = document.get(key);
  return typeof value === 'string' && !/^(~|null)$/i.test(value) ? value : '';
}

function quoteNewTexts(document: Document): void {
  visit(document, {
    Scalar(_key, scalar) {
      // What was read has a place in the text.
      if (scalar.range == null) quoteIfNeeded(scalar);
    },
  });
}

/** A text that a reader of YAML 1.1, as kubectl is one, could take for something else is quoted. */
function quoteIfNeeded(node: unknown): void {
  if (!isScalar(node) || typeof node.value !== 'string') return;
  const word = /^(?:--?)?[A-Za-z][\w./@=+:-]*[\w/=+]$/;
  const special = /^(?:yes|no|on|off|true|false|null)$/i;
  const plain = node.value.split(' ').every((part) => word.test(part)) && !special.test(node.value);
  if (!plain) node.type = Scalar.QUOTE_DOUBLE;
}

function asText(document: Document, old: string): string {
  if (isJson(old)) {
    return `${JSON.stringify(toPlain(document, document.contents), undefined, 2)}\n`;
  }
  const text = document.toString({
    lineWidth: 0,
    // kubectl writes its lists at the level of their key.
    indentSeq: !/^(?:clusters|contexts|users):[^\n]*\n(?:#[^\n]*\n)*- /m.test(old),
  });
  return old.includes('\r\n') ? text.replace(/\r?\n/g, '\r\n') : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function plain(document: Document): Readonly<Record<string, unknown>> {
  return (toPlain(document, document.contents) ?? {}) as Record<string, unknown>;
}

/** Anchors and merge keys can make one entry part of another: better no change than a wrong one. */
function checkOthers(
  before: Readonly<Record<string, unknown>>,
  text: string,
  entries: KubeconfigEntries,
  name: string,
): void {
  const after = plain(parse(text, name));
  const others = (config: Readonly<Record<string, unknown>>) => {
    const rest: Record<string, unknown> = { ...config, 'current-context': undefined };
    for (const part of parts) {
      const list = config[lists[part]];
      rest[lists[part]] = (Array.isArray(list) ? list : []).filter(
        (item: { name?: unknown } | null) => item?.name !== entries[part].name,
      );
    }
    return rest;
  };
  const wanted = { apiVersion: 'v1', kind: 'Config', ...others(before) };
  if (isDeepStrictEqual(others(after), wanted)) return;
  throw new DexchangeError(
    'kubeconfig_invalid',
    `${name} cannot be changed without changing other entries of it`,
    { hint: 'it has anchors or aliases: write to a file of its own, and name both in KUBECONFIG' },
  );
}

function conflict(part: Part, entry: string, name: string): DexchangeError {
  return new DexchangeError(
    'kubeconfig_conflict',
    `${name} has another ${part} ${sanitize(entry, { maxChars: 80 })}`,
    { hint: `choose another name by --${part}-name, or replace it by --force` },
  );
}

function invalid(name: string, what: string): DexchangeError {
  return new DexchangeError('kubeconfig_invalid', `${name} ${what}`, {
    hint: 'nothing was written; kubectl config view --kubeconfig shows what kubectl makes of it',
  });
}

function firstLine(text: string): string {
  return sanitize(text.split('\n')[0] ?? '', { maxChars: 120 });
}
