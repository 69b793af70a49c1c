import { isDeepStrictEqual } from 'node:util';
import {
  Document,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { DexchangeError } from '../../errors.ts';
import { quoteId } from '../../sanitize.ts';
import { styleNewTexts } from '../yaml-style.ts';
import { checkYamlTexts, replaceText } from '../yaml-text.ts';
import { asKubectl, checkMerged, invalid } from './check-merge.ts';
import { type KubeconfigEntries, lists, type NamedEntry, parts } from './entries.ts';
import { isRelated, type Part } from './related.ts';
import { yamlReason } from './yaml-document.ts';

export interface MergeOptions {
  /** The name of the file, for errors. */
  readonly name: string;
  /** Overwrite entries that have the same name but belong to something else. */
  readonly force: boolean;
  /** Do not change current-context if it is already set. */
  readonly keepCurrentContext: boolean;
  /** Receives each entry that was in the file with other fields. */
  onReplace?(part: Part, name: string): void;
}

/**
 * Adds or updates a cluster, a user and a context in a kubeconfig, as `kubectl config set-cluster`,
 * `set-credentials`, `set-context` and `use-context` do, but keeps comments and all other entries.
 * @param old the text of the file; undefined or empty for a new file
 * @returns the new text of the file
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_conflict, setting_invalid for a text that YAML
 *   cannot carry
 */
export function mergeKubeconfig(
  old: string | undefined,
  entries: KubeconfigEntries,
  options: MergeOptions,
): string {
  for (const part of parts) {
    checkYamlTexts(entries[part].name, `the name of the ${part}`);
    checkYamlTexts(entries[part].fields, `the ${part}`);
  }
  const before = asKubectl(old ?? '', options.name);
  const document = parse(old ?? '', options.name);
  for (const [key, value] of [
    ['apiVersion', 'v1'],
    ['kind', 'Config'],
  ]) {
    if (!document.has(key)) document.set(key, value);
  }
  for (const part of parts) place(document, part, entries[part], options);
  const current = textAt(document, 'current-context');
  if (current === '' || !options.keepCurrentContext) {
    setCurrentContext(document, entries.context.name);
  }
  styleNewTexts(document);
  const text = asText(document, old ?? '');
  checkMerged(before, text, entries, options.name);
  return text;
}

/** Changes the value of an existing node, so that the comment behind it stays. */
function setCurrentContext(document: Document, name: string): void {
  const old = document.get('current-context', true);
  if (isScalar(old)) replaceText(old, name);
  // Only a node can be quoted.
  else document.set('current-context', document.createNode(name));
}

/**
 * In this schema every scalar is a text, so unchanged values such as on, 012 and ~ stay as written.
 */
const schema = 'failsafe';

function parse(text: string, name: string): Document {
  const source = text.replace(/^\ufeff/, '');
  if (source.trim() === '') {
    const document = new Document({ apiVersion: 'v1', kind: 'Config' }, { schema });
    return document;
  }
  // JSON is written as JSON again, so its numbers and booleans must keep their types.
  const document = parseDocument<ParsedNode>(source, { schema: isJson(source) ? 'json' : schema });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = source.slice(0, error.pos[0]).split('\n').length;
    throw invalid(name, `line ${line}, ${yamlReason(error.code)}`);
  }
  // The YAML library cannot write `? a` again.
  visit(document, {
    Pair(_key, { value }) {
      if (value === null) throw invalid(name, 'has a key without a colon');
    },
  });
  if (hasTooManyAliases(document)) throw invalid(name, 'has too many aliases');
  if (!isMap(document.contents)) throw invalid(name, 'is not a kubeconfig: it is not a mapping');
  return document as unknown as Document;
}

/** Whether the aliases repeat so much that the document would not fit into memory. */
function hasTooManyAliases(document: { toJS(): unknown }): boolean {
  try {
    document.toJS();
    return false;
  } catch {
    return true;
  }
}

function place(document: Document, part: Part, entry: NamedEntry, options: MergeOptions): void {
  const list = listAt(document, lists[part], options.name);
  const found = list.items.filter((item) => nameOf(document, item) === entry.name);
  if (found.length > 1) {
    throw invalid(
      options.name,
      `has ${found.length} entries named ${entry.name} in ${lists[part]}`,
    );
  }
  const [item] = found;
  const fresh = { name: entry.name, [part]: entry.fields };
  if (item === undefined) {
    writeInBlockStyle(list);
    list.add(document.createNode(fresh));
    return;
  }
  const fields = fieldsOf(document, item, part);
  const related = isRelated(part, fields, entry.fields);
  if (!related && !options.force) throw conflict(part, entry.name, options.name);
  // A user entry is replaced as a whole, so that no old credential stays. Other fields of a cluster
  // or context, such as proxy-url and namespace, are the user's choice and stay.
  const kept = related && part !== 'user' ? withoutReplaced(part, fields, entry.fields) : {};
  const next = { ...kept, ...entry.fields };
  if (isDeepStrictEqual(fields, next)) return;
  if (Object.keys(fields).length > 0) options.onReplace?.(part, entry.name);
  const node = isMap(item) ? item.get(part, true) : undefined;
  if (isMap(node)) change(document, node, fields, next);
  else list.items[list.items.indexOf(item)] = document.createNode(fresh);
}

/** Changes an entry field by field, so that the comments of other fields stay. */
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
    // Changes the value of the existing node, so that the comment behind it stays.
    if (isScalar(old) && typeof value === 'string') replaceText(old, value);
    else node.set(key, document.createNode(value));
  }
}

/** The old fields of an entry, without those that conflict with its new fields. */
function withoutReplaced(
  part: Part,
  fields: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept = { ...fields };
  if (part !== 'cluster' || next['certificate-authority-data'] === undefined) return kept;
  delete kept['certificate-authority'];
  // kubectl rejects a cluster with both this and a CA.
  delete kept['insecure-skip-tls-verify'];
  return kept;
}

function listAt(document: Document, key: string, name: string): YAMLSeq {
  const node = document.get(key, true) as unknown;
  if (isSeq(node)) return node as YAMLSeq;
  const isEmpty = node === undefined || (isScalar(node) && /^(|~|null)$/i.test(String(node.value)));
  if (!isEmpty) throw invalid(name, `is not a kubeconfig: ${key} is not a list`);
  const list = document.createNode([]) as YAMLSeq;
  if (isScalar(node) && node.comment) list.commentBefore = node.comment;
  document.set(key, list);
  return list;
}

/** Writes one entry a line. A comment behind `[]` stays above the entries, as behind the key. */
function writeInBlockStyle(list: YAMLSeq): void {
  if (list.flow && list.comment) {
    list.commentBefore = [list.commentBefore, list.comment].filter(Boolean).join('\n');
    list.comment = null;
  }
  list.flow = false;
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

function asText(document: Document, old: string): string {
  if (isJson(old)) {
    return `${JSON.stringify(toPlain(document, document.contents), undefined, 2)}\n`;
  }
  const text = document.toString({
    lineWidth: 0,
    // kubectl does not indent list items below their key.
    indentSeq: /^(?:clusters|contexts|users):[^\n]*\n(?: *#[^\n]*\n)* +- /m.test(old),
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

function conflict(part: Part, entry: string, name: string): DexchangeError {
  return new DexchangeError(
    'kubeconfig_conflict',
    `${name} already has a different ${part} named ${quoteId(entry, 80)}`,
    { hint: `choose another name with --${part}-name, or overwrite it with --force` },
  );
}
