import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Parser,
  visit,
  type YAMLMap,
} from 'yaml';
import { type AliasBudget, aliasBudget } from './yaml-aliases.ts';
import { resolveScalar, type YamlScalar } from './yaml-scalar.ts';

/**
 * Ends the reading of a text with the reason, which follows the file's name.
 * @param line counts from 1
 */
export type FailYaml = (reason: string, line?: number) => never;

/** A value of JSON. */
export type Json = YamlScalar | readonly Json[] | { readonly [key: string]: Json };

/**
 * The first document of a text as JSON, as sigs.k8s.io/yaml converts it for kubectl: yaml.v2
 * resolves the scalars, the last of two equal keys wins, and what follows the first document is
 * not read. An empty text is null.
 * @param fail throws
 */
export function yamlToJson(text: string, fail: FailYaml): Json {
  const failAt = (reason: string, offset: number): never =>
    fail(reason, text.slice(0, offset).split('\n').length);
  const control = forbidden.exec(text);
  if (control !== null)
    failAt('holds a control character, or bytes that are not UTF-8', control.index);
  try {
    const document = firstDocument(text.replace(/\r\n?|\u0085/g, '\n'), failAt);
    return document?.contents ? converter(document, failAt)(document.contents) : null;
  } catch (error) {
    if (error instanceof RangeError) fail('is nested too deeply');
    throw error;
  }
}

/** What libyaml does not read (readerc.go), and U+FFFD, which stands for bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what kubectl refuses
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffd-\uffff]/;

type FailAt = (reason: string, offset: number) => never;

function firstDocument(text: string, failAt: FailAt): Document.Parsed | undefined {
  // Without a schema every scalar stays text, for resolveScalar.
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    strict: false,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const [document] = composer.compose(new Parser().parse(text), true, text.length);
  const [error] = document?.errors ?? [];
  if (error !== undefined) failAt(reasons[error.code] ?? 'is not YAML', error.pos[0]);
  if (document?.warnings.some(({ code }) => code === 'BAD_DIRECTIVE') === true) {
    failAt('has a directive that YAML 1.1 does not know', 0);
  }
  const { yaml } = document?.directives ?? {};
  if (yaml?.explicit === true && yaml.version !== '1.1') {
    failAt('says that it is not YAML 1.1, which is all that kubectl reads', 0);
  }
  return document as Document.Parsed | undefined;
}

const reasons: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'is indented with a tab, which YAML does not allow',
  BAD_INDENT: 'is not YAML: the indentation is wrong',
  MISSING_CHAR: 'is not YAML: a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'is not YAML: a key must be on one line',
  BLOCK_AS_IMPLICIT_KEY: 'is not YAML: a mapping or list stands where a value must be on one line',
};

/** Converts the nodes of one document, and counts them as yaml.v2 does. */
function converter(document: Document.Parsed, failAt: FailAt): (node: Node) => Json {
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
    // JSON has neither NaN nor an infinity.
    if (typeof value === 'number' && !Number.isFinite(value)) {
      failAt('has a number that JSON cannot express', offset);
    }
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
