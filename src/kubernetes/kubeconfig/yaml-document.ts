import { Composer, type Document, isCollection, isScalar, Parser, visit } from 'yaml';

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

/** What libyaml does not read (readerc.go), and U+FFFD, which replaces bytes that are not UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what kubectl refuses
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffd-\uffff]/;

/** Why a document is not YAML, by the code of the parser. */
const reasons: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'is indented with a tab, which YAML does not allow',
  BAD_INDENT: 'is not YAML: the indentation is wrong',
  MISSING_CHAR: 'is not YAML: a quote, bracket, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'is not YAML: a key must be on one line',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  BLOCK_AS_IMPLICIT_KEY: 'is not YAML: it has a mapping or list where a value must be on one line',
};

/**
 * Parses the first document of a text, and rejects what libyaml rejects; what follows that document
 * is not read. Scalars stay text, and the content of a block scalar that ends with the file is as
 * yaml.v2 reads it.
 * @param fail throws
 */
export function firstDocument(given: string, fail: FailYaml): FirstDocument {
  const text = given.replace(/\r\n?|\u0085/g, '\n');
  const failAt = (reason: string, offset: number): never =>
    fail(reason, text.slice(0, offset).split('\n').length);
  const control = forbidden.exec(text);
  if (control !== null) {
    failAt('holds a control character, or bytes that are not UTF-8', control.index);
  }
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    strict: false,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const [document] = composer.compose(new Parser().parse(text), true, text.length);
  if (document === undefined) return { document, failAt };
  const [error] = document.errors;
  if (error !== undefined) failAt(reasons[error.code] ?? 'is not YAML', error.pos[0]);
  if (document.warnings.some(({ code }) => code === 'BAD_DIRECTIVE')) {
    failAt('has a directive that YAML 1.1 does not know', 0);
  }
  const { explicit = false, version = '1.1' } = document.directives?.yaml ?? {};
  if (explicit && version !== '1.1') {
    failAt('says that it is not YAML 1.1, which is all that kubectl reads', 0);
  }
  const parsed = document as Document.Parsed;
  const tab = tabLine(text, parsed);
  if (tab !== undefined)
    failAt('has a line that begins with a tab, which YAML does not allow', tab);
  if (!text.endsWith('\n')) endLastBlock(parsed, text.length);
  return { document: parsed, failAt };
}

/** The offset of a line of tabs, which is an error in libyaml outside of quotes and brackets. */
function tabLine(text: string, document: Document.Parsed): number | undefined {
  const lines = [...text.matchAll(/^\t[ \t]*(?:#.*)?$/gm)].map(({ index }) => index);
  if (lines.length === 0) return undefined;
  const start = document.contents?.range[1] ?? document.range[0];
  const marker = text.slice(start).search(/^(?:---|\.\.\.)(?:[ \t\n]|$)/m);
  const end = marker < 0 ? text.length : start + marker;
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
