import { dirname, join, relative } from 'node:path/posix';
import { codeSpansOf, linksOf, type Part, type Section, sectionsOf } from './markdown-page.ts';

/** A page in one language: its path in the repository and its Markdown. */
export interface Page {
  readonly path: string;
  readonly markdown: string;
}

/** The Russian page of each English page that has one, by their paths in the repository. */
export const translations: Readonly<Record<string, string>> = {
  'README.md': 'README.ru.md',
  'docs/guide.md': 'docs/ru/guide.md',
  'docs/migrate.md': 'docs/ru/migrate.md',
  'docs/troubleshooting.md': 'docs/ru/troubleshooting.md',
};

/**
 * Returns how a translation differs from the original in what must be the same: headings, anchors,
 * the order of paragraphs, list items, tables and code blocks, commands, code spans and links.
 * One line for each difference, with the heading of the original.
 */
export function pageDifferences(original: Page, translation: Page): readonly string[] {
  const originals = sectionsOf(original.markdown);
  const translated = sectionsOf(translation.markdown);
  const found: string[] = [];
  for (const [index, section] of originals.entries()) {
    const other = translated[index];
    if (other === undefined || other.level !== section.level) {
      const got = other === undefined ? 'nothing' : `"${mark(other)}"`;
      return [...found, `${got} translates the heading "${mark(section)}"`];
    }
    const links = (target: string): string =>
      translatedLink(target, original.path, translation.path);
    const differences = [
      ...anchorDifferences(section, other),
      ...different('code span', codeSpansOf(section.heading), codeSpansOf(other.heading)),
      ...partDifferences(partsOf(section, index), partsOf(other, index), links),
    ];
    found.push(...differences.map((difference) => `"${mark(section)}": ${difference}`));
  }
  const [more] = translated.slice(originals.length);
  return more === undefined ? found : [...found, `"${mark(more)}" translates no heading`];
}

function mark({ level, heading }: Section): string {
  return `${'#'.repeat(level)} ${heading}`;
}

/** The parts of a section. Under the title, the first one leads to the other language. */
function partsOf({ parts }: Section, index: number): readonly Part[] {
  return index === 0 ? parts.slice(1) : parts;
}

/** A translated heading has another anchor, so it must bring the one of the original. */
function anchorDifferences(original: Section, translation: Section): readonly string[] {
  if (original.level === 1) return [];
  const wanted = original.ids.length > 0 ? original.ids : [original.slug];
  return wanted
    .filter((id) => id !== translation.slug && !translation.ids.includes(id))
    .map((id) => `the translation lacks <a id="${id}"></a>`);
}

function partDifferences(
  originals: readonly Part[],
  translated: readonly Part[],
  links: (target: string) => string,
): readonly string[] {
  const kinds = (parts: readonly Part[]): readonly string[] =>
    parts.map((part) => (part.kind === 'text' ? part.place : part.kind));
  const [first, second] = [kinds(originals), kinds(translated)];
  if (first.join() !== second.join()) {
    return [`has ${first.join(', ')}; the translation has ${second.join(', ')}`];
  }
  return originals.flatMap((part, index) => {
    const other = translated[index];
    if (part.kind === 'text' && other?.kind === 'text') {
      return textDifferences(part.text, other.text, links);
    }
    if (part.kind === 'table' && other?.kind === 'table') {
      return tableDifferences(part.rows, other.rows, links);
    }
    if (part.kind === 'code' && other?.kind === 'code') return codeDifferences(part, other);
    if (part.kind === 'html' && other?.kind === 'html') {
      return different('tag', part.tags, other.tags);
    }
    return [];
  });
}

function textDifferences(
  original: string,
  translation: string,
  links: (target: string) => string,
): readonly string[] {
  return [
    ...different('code span', namesIn(original), namesIn(translation)),
    ...different('link', linksOf(original).map(links), linksOf(translation)),
  ];
}

/** The code spans of a text. The program's own name is left out: it also stands for "it". */
function namesIn(text: string): readonly string[] {
  return codeSpansOf(text).filter((span) => span !== 'dexchange');
}

function tableDifferences(
  originals: readonly (readonly string[])[],
  translated: readonly (readonly string[])[],
  links: (target: string) => string,
): readonly string[] {
  const shape = (rows: readonly (readonly string[])[]): string =>
    rows.map((cells) => cells.length).join();
  if (shape(originals) !== shape(translated)) {
    const [first, second] = [originals.length, translated.length];
    return [`a table of ${first} lines has ${second}, or other columns, in the translation`];
  }
  return originals.flatMap((cells, row) =>
    cells.flatMap((cell, column) => textDifferences(cell, translated[row]?.[column] ?? '', links)),
  );
}

type CodePart = Extract<Part, { kind: 'code' }>;

/** Code must be the same except for comments. A block without a language is a picture with words. */
function codeDifferences(original: CodePart, translation: CodePart): readonly string[] {
  const wordless = (part: CodePart): readonly string[] =>
    part.lines.map((line) =>
      part.language === ''
        ? line.replaceAll(/[^|+]/g, ' ').trimEnd()
        : line.replace(/(^|\s)#\s.*$/, '$1# comment'),
    );
  const [first, second] = [wordless(original), wordless(translation)];
  if (original.language !== translation.language || first.length !== second.length) {
    return [`the code block with "${original.lines[0]}" has other lines in the translation`];
  }
  return first.flatMap((line, index) =>
    line === second[index] ? [] : [`the translation lacks the line of code ${line.trim()}`],
  );
}

/** The order may differ, as the order of words does. */
function different(
  name: string,
  originals: readonly string[],
  translated: readonly string[],
): readonly string[] {
  return [
    ...without(originals, translated).map((text) => `the translation lacks the ${name} ${text}`),
    ...without(translated, originals).map((text) => `only the translation has the ${name} ${text}`),
  ];
}

function without(texts: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return texts.filter((text) => {
    const index = left.indexOf(text);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** The documentation of Deckhouse has the same pages in Russian on another host. */
function translatedLink(target: string, from: string, to: string): string {
  if (/^https?:/.test(target))
    return target.replace('https://deckhouse.io/', 'https://deckhouse.ru/');
  const [file = '', anchor] = target.split('#');
  if (file === '') return target;
  const path = join(dirname(from), file);
  const translated = relative(dirname(to), translations[path] ?? path);
  return anchor === undefined ? translated : `${translated}#${anchor}`;
}
