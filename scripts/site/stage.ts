import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix } from 'node:path';
import type { SiteFolders } from './folders.ts';
import { languages } from './languages.ts';
import { filesBelow, type Page, siteContent } from './pages.ts';

/** Where VitePress takes files that it copies without a change. */
const rawFolder = 'public';

/** Writes the pages that VitePress reads, and replaces those of an earlier build. */
export function stagePages(folders: SiteFolders): void {
  const { root, pages: folder } = folders;
  rmSync(folder, { recursive: true, force: true });
  const { pages, rawFiles } = siteContent(root);
  for (const page of pages) {
    const path = join(folder, page.file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pageText(root, page, pages));
  }
  for (const file of rawFiles) cpSync(join(root, file), join(folder, rawFolder, file));
}

function pageText(root: string, page: Page, pages: readonly Page[]): string {
  const read = (): string => readFileSync(join(root, page.source), 'utf8');
  switch (page.kind) {
    case 'document':
      return page.isFallback ? withNote(read(), languages[page.language].untranslated) : read();
    case 'file':
      return filePage(page, read());
    case 'folder':
      return folderPage(root, page, pages);
  }
}

/** Puts a note below the first heading. */
function withNote(markdown: string, note: string): string {
  return markdown.replace(/^(# .+\n)/m, `$1\n> ${note}\n`);
}

/** A page with the text of a file, which can also be downloaded. */
function filePage({ source, language }: Page, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const name = posix.basename(source);
  // What people search for is in the documents and the examples.
  const isSearched = source.startsWith('examples/');
  return `---
aside: false
search: ${isSearched}
---

# \`${source}\`

${fence}${highlighting(source)}
${text.trimEnd()}
${fence}

[${languages[language].download}](${name}?download)
`;
}

/** The name by which the highlighter knows the language of a file. */
function highlighting(source: string): string {
  const known: Readonly<Record<string, string>> = {
    '.json': 'json',
    '.service': 'ini',
    '.sh': 'sh',
    '.tf': 'hcl',
    '.ts': 'ts',
    '.yaml': 'yaml',
    '.yml': 'yaml',
  };
  return known[extname(source)] ?? (source.endsWith('/Jenkinsfile') ? 'groovy' : 'text');
}

/** A page that lists the files of a folder, and links to those that have a page. */
function folderPage(root: string, { source, language }: Page, pages: readonly Page[]): string {
  const title = source === 'examples' ? languages[language].examples : `\`${source}/\``;
  const rows = filesBelow(root, source).map((file) => {
    const name = `\`${posix.relative(source, file)}\``;
    const isShown = pages.some((page) => page.source === file);
    return isShown ? `- [${name}](${posix.relative(source, file)})` : `- ${name}`;
  });
  return `---\naside: false\n---\n\n# ${title}\n\n${rows.join('\n')}\n`;
}
