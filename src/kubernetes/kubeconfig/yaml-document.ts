import { Composer, type Document, isAlias, isCollection, isScalar, Parser, visit } from 'yaml';

/**
 * Ends the reading of a text with the reason, which follows the file's name.
 * @param line counts from 1
 */
export type FailYaml = (reason: string, line?: number) => never;

/** The first document of a text. */
export interface FirstDocument {
  /** Undefined if the text is empty. */
  readonly document: Document.Parsed | undefined;
  /** Ends the reading because of what is at an offset of the document. */
  failAt(reason: string, offset: number): never;
}

/** What libyaml does not read (readerc.go). */
const forbidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what kubectl refuses
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Surrogate}/u;

/** Why a document is not YAML, by the code of the parser. */
const reasons: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'is indented with a tab, which YAML does not allow',
  BAD_INDENT: 'is not YAML: the indentation is wrong',
  MISSING_CHAR: 'is not YAML: a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'is not YAML: a key must be on one line',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  DUPLICATE_KEY: 'is not YAML: a key occurs twice',
  MULTIPLE_DOCS: 'is not YAML of one document: a second one follows ---',
  BLOCK_AS_IMPLICIT_KEY: 'is not YAML: it has a mapping or list where a value must be on one line',
};

/** Why a document is not YAML, in our words, by the code of the library's error. */
export function yamlReason(code: string): string {
  return reasons[code] ?? 'is not YAML';
}

/**
 * Parses the first document of a text, and rejects what libyaml rejects; what follows that document
 * is not read. Scalars stay text, and the content of a block scalar that ends with the file is as
 * yaml.v2 reads it.
 * @param fail throws
 */
export function firstDocument(given: string, fail: FailYaml): FirstDocument {
  // YAML 1.1 has more line breaks than 1.2. Each of these takes one character, as in `given`.
  const breaks = given.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const text = breaks.replace(/[\r\u0085\u2028\u2029]/g, '\n');
  const failAt = (reason: string, offset: number): never =>
    fail(reason, text.slice(0, offset).split('\n').length);
  const control = forbidden.exec(text);
  if (control !== null) {
    failAt('contains a control character, or half of a character', control.index);
  }
  // With this, libyaml misses the document that it ends; the library ignores it.
  if (/^(?:[ \t]*(?:#.*)?\n)*\.\.\.(?:\s|$)/.test(text)) failAt('ends before it begins', 0);
  const parsed = parseFirst(text, failAt);
  if (parsed === undefined) return { document: undefined, failAt };
  const { explicit = false, version = '1.1' } = parsed.directives?.yaml ?? {};
  if (explicit && version !== '1.1') {
    failAt('says that it is not YAML 1.1, which is all that kubectl reads', 0);
  }
  const tab = tabLine(text, parsed);
  if (tab !== undefined)
    failAt('has a line that begins with a tab, which YAML does not allow', tab);
  checkNodes(parsed, breaks, failAt);
  if (!text.endsWith('\n')) endLastBlock(parsed, text.length);
  return { document: parsed, failAt };
}

function parseFirst(text: string, failAt: FirstDocument['failAt']): Document.Parsed | undefined {
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    strict: false,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const [document] = composer.compose(new Parser().parse(text), true, text.length);
  if (document === undefined) return undefined;
  const parsed = document as Document.Parsed;
  const [error] = parsed.errors;
  if (error !== undefined) {
    const [offset] = error.pos;
    const isLineStart = text[offset - 1] === '\n';
    // For libyaml, a directive ends the document, and so does what is indented less than it.
    if (isLineStart && text[offset] === '%') return parseFirst(text.slice(0, offset), failAt);
    const end = parsed.contents?.range[1] ?? text.length;
    const follows = error.code === 'UNEXPECTED_TOKEN' && isLineStart && offset >= end;
    if (!follows) failAt(yamlReason(error.code), offset);
  }
  if (parsed.warnings.some(({ code }) => code === 'BAD_DIRECTIVE')) {
    failAt('has a directive that YAML 1.1 does not know', 0);
  }
  return parsed;
}

/** Rejects what libyaml rejects in a node, and what only this parser reads as text. */
function checkNodes(
  document: Document.Parsed,
  source: string,
  failAt: FirstDocument['failAt'],
): void {
  visit(document, {
    Node(_key, node) {
      const [start, end] = node.range ?? [0, 0];
      const anchor = isAlias(node) ? node.source : node.anchor;
      if (anchor !== undefined && !/^[\w-]+$/.test(anchor)) {
        failAt('has an anchor with other characters than letters, digits, _ and -', start);
      }
      if (!isScalar(node)) return;
      const written = source.slice(start, end);
      if (node.type === 'QUOTE_DOUBLE' && hasForbiddenEscape(written)) {
        failAt(
          'has an escape that YAML 1.1 does not know: \\/, or half of a surrogate pair',
          start,
        );
      }
      if (/[\u2028\u2029]/.test(written.trimEnd())) {
        failAt(
          'has a value with U+2028 or U+2029, which YAML takes for the end of the line',
          start,
        );
      }
    },
  });
}

/** Whether a double-quoted text has an escape that stands for no character, or JSON's `\/`. */
function hasForbiddenEscape(written: string): boolean {
  const escapes = written.matchAll(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|[\s\S])/g);
  return [...escapes].some(([whole, short, long]) => {
    if (whole === '\\/') return true;
    const point = Number.parseInt(short ?? long ?? '0', 16);
    return (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff;
  });
}

/** The offset of a line of tabs, which is an error in libyaml outside of quotes and brackets. */
function tabLine(text: string, document: Document.Parsed): number | undefined {
  const lines = [...text.matchAll(/^\t[ \t]*(?:#.*)?$/gm)].map(({ index }) => index);
  if (lines.length === 0) return undefined;
  const start = document.contents?.range[1] ?? document.range[0];
  const marker = text.slice(start).search(/^(?:---|\.\.\.)(?:[ \t\n]|$)/m);
  const end = Math.min(marker < 0 ? text.length : start + marker, unreadFrom(text, document));
  const allowed: (readonly [number, number])[] = [];
  visit(document, {
    Node(_key, node) {
      const isText = isScalar(node) ? node.type !== 'PLAIN' : isCollection(node) && node.flow;
      if (isText && node.range) allowed.push([node.range[0], node.range[1]]);
    },
  });
  return lines.find(
    (line) => line < end && !allowed.some(([from, to]) => from <= line && line < to),
  );
}

/**
 * The offset of what follows the document without a marker, because it is indented less. libyaml reads
 * only its first token, and a tab behind that is an error only if the token is not a key, a plain word
 * or the beginning of an item.
 */
function unreadFrom(text: string, { errors: [error] }: Document.Parsed): number {
  const [offset] = error?.pos ?? [text.length];
  const isPassed = /^(?:[\w-]+:(?:[ \n]|$)|[-?](?:[ \n]|$)|\w[^\n#]*(?:\n|$))/;
  return isPassed.test(text.slice(offset)) ? offset : text.length;
}

/** Without a line break at its end, the file has none for the block scalar that ends with it. */
function endLastBlock(document: Document.Parsed, length: number): void {
  visit(document, {
    Scalar(_key, node) {
      const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
      if (!isBlock || (node.range?.[1] ?? 0) < length) return;
      node.value = String(node.value).replace(/\n$/, '');
    },
  });
}
