import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A fenced block of a Markdown page. */
export interface PageBlock {
  /** The nearest heading above it. */
  readonly section: string;
  /** The paragraph above it, without line breaks. */
  readonly introduction: string;
  /** The word after the fence; empty if there is none. */
  readonly language: string;
  readonly body: string;
}

/**
 * The fenced blocks of a page of the project, in their order.
 * @param page its path in the repository, such as `README.md`
 */
export function pageBlocks(page: string): readonly PageBlock[] {
  const text = readFileSync(resolve(import.meta.dirname, '../..', page), 'utf8');
  let section = '';
  let paragraph = '';
  const blocks: PageBlock[] = [];
  const parts = text.matchAll(
    /^```(\w*)\n([\s\S]*?)^```$|^#+ (.+)$|^(?!```)(\S.*(?:\n(?!```)\S.*)*)$/gm,
  );
  for (const [, language, body, heading, lines] of parts) {
    if (heading !== undefined) section = heading;
    else if (lines !== undefined) paragraph = lines.replaceAll('\n', ' ');
    else
      blocks.push({ section, introduction: paragraph, language: language ?? '', body: body ?? '' });
  }
  return blocks;
}

/**
 * The block of README.md in a language that contains a text.
 * @throws Error unless there is exactly one
 */
export function readmeBlock(language: string, text: string): string {
  const found = pageBlocks('README.md').filter(
    (block) => block.language === language && block.body.includes(text),
  );
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`README.md has ${found.length} ${language} blocks with ${text}`);
  }
  return found[0].body;
}
