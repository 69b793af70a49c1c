import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import type { LanguageName } from './languages.ts';
import { linksIn, resolveLink } from './links.ts';

/** A page of the site. */
export interface Page {
  readonly language: LanguageName;
  /** The file or folder of the repository that the page shows, with slashes. */
  readonly source: string;
  /** A Markdown file, another text file, or a folder with a list of its files. */
  readonly kind: 'document' | 'file' | 'folder';
  /** The page's file below the folder of pages, such as `ru/guide.md`. */
  readonly file: string;
  /** Whether the page is shown in English because there is no translation. */
  readonly isFallback: boolean;
}

/** Everything that becomes part of the site. */
export interface SiteContent {
  readonly languages: readonly LanguageName[];
  readonly pages: readonly Page[];
  /** Files that the site has as they are: those with a page, and images. */
  readonly rawFiles: readonly string[];
}

/** Folders whose files all have pages, whether a document links to them or not. */
const shownFolders = ['examples', 'templates'];

const images = ['.svg', '.png', '.jpg', '.jpeg', '.gif', '.webp'];

/**
 * Lists the pages: all Markdown files of the root and of docs, the examples, and every other file to
 * which one of these documents links. If there are documents in Russian, each page also exists below
 * `ru/`, in English where it is not translated.
 */
export function siteContent(root: string): SiteContent {
  const sources = allSources(root);
  const russian = sources.filter((source) => languageOf(source) === 'ru');
  const english = sources.filter((source) => languageOf(source) === 'en');
  const shown = english.filter((source) => !images.includes(extname(source)));
  const page = (language: LanguageName, source: string): Page => {
    const kind = kindOf(root, source);
    const file = `${language === 'en' ? '' : 'ru/'}${fileOf(source, kind)}`;
    const isFallback = kind === 'document' && languageOf(source) !== language;
    return { language, source, kind, file, isFallback };
  };

  const untranslated = shown.filter((source) => !russian.includes(translationOf(source)));
  const hasRussian = russian.length > 0;
  const pages = [
    ...shown.map((source) => page('en', source)),
    ...(hasRussian ? [...russian, ...untranslated].map((source) => page('ru', source)) : []),
  ];
  return {
    languages: hasRussian ? ['en', 'ru'] : ['en'],
    pages: pages.sort((a, b) => (a.file < b.file ? -1 : 1)),
    rawFiles: english.filter((source) => kindOf(root, source) === 'file').sort(),
  };
}

/** The path of a document's translation into Russian, whether it exists or not. */
export function translationOf(source: string): string {
  return source.startsWith('docs/')
    ? source.replace('docs/', 'docs/ru/')
    : source.replace(/\.md$/, '.ru.md');
}

function languageOf(source: string): LanguageName {
  return source.startsWith('docs/ru/') || source.endsWith('.ru.md') ? 'ru' : 'en';
}

function kindOf(root: string, source: string): Page['kind'] {
  if (statSync(join(root, source)).isDirectory()) return 'folder';
  return source.endsWith('.md') ? 'document' : 'file';
}

/** The page's file without the folder of its language. */
function fileOf(source: string, kind: Page['kind']): string {
  if (kind === 'folder') return `${source}/index.md`;
  if (kind === 'file') return `${source}.md`;
  const name = source.replace(/^docs\/(?:ru\/)?/, '').replace(/\.ru\.md$/, '.md');
  return name === 'README.md' ? 'index.md' : name.toLowerCase();
}

/** The files and folders that are on the site, in the order in which links lead to them. */
function allSources(root: string): readonly string[] {
  const documents = [
    ...namesIn(root),
    ...namesIn(join(root, 'docs')).map((name) => `docs/${name}`),
    ...namesIn(join(root, 'docs/ru')).map((name) => `docs/ru/${name}`),
  ].filter((name) => name.endsWith('.md'));
  const always = shownFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => [folder, ...filesBelow(root, folder)]);
  const sources = new Set([...documents, ...always]);
  for (const source of sources) {
    if (!source.endsWith('.md')) continue;
    for (const link of linksIn(readFileSync(join(root, source), 'utf8'))) {
      const target = resolveLink(source, link);
      if (target !== undefined && existsSync(join(root, target.path))) sources.add(target.path);
    }
  }
  return [...sources];
}

/** The files below a folder of the repository, as paths in the repository, sorted. */
export function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
