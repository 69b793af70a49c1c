import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
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

/** Puts the commands that the guide uses into a folder that is to stand in PATH. */
export async function installTools(folder: string, kubectl: string): Promise<void> {
  const program = resolve(import.meta.dirname, '../../../dist/dexchange');
  for (const [name, line] of [
    ['kubectl', `exec '${kubectl}' "$@"`],
    // d8 k is an embedded kubectl.
    ['d8', `[ "$1" = k ] && shift && exec '${kubectl}' "$@"`],
    ['dexchange', `exec '${program}' "$@"`],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, name), 0o755);
  }
}
