import { parse } from 'yaml';

/** A runnable block of a page. */
export interface Block {
  readonly section: string;
  readonly lines: string;
}

/** The shell blocks of a page, and the script of each pipeline job. */
export function blocksOf(markdown: string): readonly Block[] {
  let section = '';
  const blocks: Block[] = [];
  for (const [, heading, language, body = ''] of markdown.matchAll(
    /^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm,
  )) {
    if (heading !== undefined) section = heading;
    if (language === 'shell') blocks.push({ section, lines: body });
    if (language === 'yaml') {
      for (const job of Object.values(parse(body) as Record<string, { script?: string[] }>)) {
        if (job.script) blocks.push({ section, lines: job.script.join('\n') });
      }
    }
  }
  return blocks;
}
