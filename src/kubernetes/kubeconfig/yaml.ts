import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';
import { type AliasBudget, aliasBudget } from './yaml-aliases.ts';
import { type FailYaml, type FirstDocument, firstDocument } from './yaml-document.ts';
import { resolveScalar, type YamlScalar } from './yaml-scalar.ts';

/** A value of JSON. */
export type Json = YamlScalar | readonly Json[] | { readonly [key: string]: Json };

/**
 * The first document of a text as JSON, as sigs.k8s.io/yaml converts it for kubectl: yaml.v2
 * resolves the scalars, the last of two equal keys wins, and what follows the first document is
 * not read. An empty text is null.
 * @param fail throws
 */
export function yamlToJson(text: string, fail: FailYaml): Json {
  try {
    const { document, failAt } = firstDocument(text, fail);
    const value = document?.contents ? converter(document, failAt)(document.contents) : null;
    // Only at the end: a key that occurs twice may overwrite such a number.
    if (hasNonFinite(value)) fail('has a number that JSON cannot express (NaN or an infinity)');
    return value;
  } catch (error) {
    if (error instanceof RangeError) fail('is nested too deeply');
    throw error;
  }
}

function hasNonFinite(value: Json): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(hasNonFinite);
}

/** Converts the nodes of one document, and counts them as yaml.v2 does. */
function converter(
  document: Document.Parsed,
  failAt: FirstDocument['failAt'],
): (node: Node) => Json {
  const targets = aliasTargets(document);
  const open = new Set<Node>();
  const budget: AliasBudget = aliasBudget(() => failAt('repeats its anchors too often', 0));
  return convert;

  function convert(node: Node | null): Json {
    budget.count();
    if (node === null) return null;
    if (isAlias(node)) return followed(node, convert);
    if (isScalar(node)) return scalar(node);
    if (isSeq<Node | null>(node)) return node.items.map(convert);
    const entries = new Map<string, Json>();
    if (isMap(node)) addEntries(node as YAMLMap<Node | null, Node | null>, entries);
    return Object.fromEntries(entries);
  }

  function scalar(node: Node): Json {
    if (!isScalar(node)) return null;
    const offset = node.range?.[0] ?? 0;
    const untagged = node.tag === undefined && node.type === 'PLAIN';
    const text = String(node.value ?? '');
    if (!untagged && node.tag === undefined) return text;
    const value = resolveScalar(untagged ? undefined : node.tag, text, (reason) =>
      failAt(reason, offset),
    );
    return value;
  }

  function addEntries(map: YAMLMap<Node | null, Node | null>, entries: Map<string, Json>): void {
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      if (isMergeKey(key)) {
        mergeFrom(value, entries);
        continue;
      }
      const name = convert(key);
      if (name === null || typeof name === 'object') {
        failAt('has a key that is not text', key?.range?.[0] ?? map.range?.[0] ?? 0);
      }
      entries.set(String(name), convert(value));
    }
  }

  /** As yaml.v2: in the order of the document, so that a later merge overwrites an earlier key. */
  function mergeFrom(value: Node | null, entries: Map<string, Json>): void {
    const sources = isSeq<Node | null>(value) ? [...value.items].reverse() : [value];
    for (const source of sources) {
      const target = isAlias(source) ? targets.get(source) : source;
      if (!isMap(target)) {
        failAt('merges by << something that is not a mapping', value?.range?.[0] ?? 0);
      }
      const add = (map: Node): void => {
        budget.count();
        addEntries(map as YAMLMap<Node | null, Node | null>, entries);
      };
      if (isAlias(source)) followed(source, add);
      else add(target);
    }
  }

  function followed<T>(alias: Alias, use: (target: Node) => T): T {
    const offset = alias.range?.[0] ?? 0;
    const target = targets.get(alias);
    if (target === undefined) return failAt('uses an anchor that it does not define', offset);
    if (open.has(target)) return failAt('has an anchor that contains itself', offset);
    open.add(target);
    budget.enter();
    const result = use(target);
    budget.leave();
    open.delete(target);
    return result;
  }
}

function isMergeKey(key: Node | null): boolean {
  return (
    isScalar(key) &&
    key.value === '<<' &&
    (key.tag === undefined ? key.type === 'PLAIN' : key.tag === 'tag:yaml.org,2002:merge')
  );
}

/** The node of each alias: the last one before it with that anchor. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
