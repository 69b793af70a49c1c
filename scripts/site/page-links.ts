import { posix } from 'node:path';
import { resolveLink } from './links.ts';
import { type Page, type SiteContent, translationOf } from './pages.ts';

/** The parts of a token of markdown-it that the rule uses. */
interface Token {
  readonly type: string;
  content: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface ParserState {
  readonly tokens: readonly Token[];
  /** The page's file, unless the text is only the title of a box. */
  readonly env: { readonly relativePath?: string };
}

/** The part of markdown-it that the rule uses. */
export interface MarkdownParser {
  readonly core: {
    readonly ruler: { push(name: string, rule: (state: ParserState) => void): void };
  };
}

/**
 * Adds a rule to markdown-it that turns the links of the repository into links of the site, so that
 * the Markdown files work in both. The build fails if a link leads to a file that is not on the site.
 */
export function useSiteLinks(parser: MarkdownParser, content: SiteContent, base: string): void {
  const pageOfFile = new Map(content.pages.map((page) => [page.file, page]));
  parser.core.ruler.push('dexchange-links', ({ tokens, env }) => {
    if (env.relativePath === undefined) return;
    const page = pageOfFile.get(env.relativePath);
    if (page === undefined) throw new Error(`${env.relativePath} is not a page of the site`);
    // A file's page is next to the file, and a folder's page is inside it.
    const document = page.kind === 'folder' ? posix.join(page.source, 'index') : page.source;
    const siteLink = (link: string): string => linkOnSite(link, { document, page, content });
    for (const token of withChildren(tokens)) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      if (link?.endsWith('?download')) {
        // VitePress adds the base to links between pages, but not to downloads.
        token.attrSet('href', `${base}${posix.join(posix.dirname(document), link.slice(0, -9))}`);
        token.attrSet('download', '');
      } else if (link !== null) token.attrSet('href', siteLink(link));
      const image = token.type === 'image' ? token.attrGet('src') : null;
      if (image !== null) token.attrSet('src', siteLink(image));
      if (token.type === 'html_inline' || token.type === 'html_block') {
        token.content = token.content.replace(
          /(<[a-z][^>]*?\s(href|src|srcset)=")([^"\s]+)/g,
          (_, before: string, name: string, target: string) =>
            `${before}${name === 'href' ? finished(siteLink(target), base) : siteLink(target)}`,
        );
      }
    }
  });
}

/** What VitePress makes of a link between pages, for links in HTML, which it leaves as they are. */
function finished(link: string, base: string): string {
  if (!link.startsWith('/')) return link;
  const path = link.slice(1).replace(/(^|\/)index\.md(?=#|$)/, '$1');
  return `${base}${path.replace(/\.md(?=#|$)/, '.html')}`;
}

function withChildren(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => [token, ...withChildren(token.children ?? [])]);
}

interface LinkPlace {
  readonly document: string;
  readonly page: Page;
  readonly content: SiteContent;
}

/** A link as the site needs it: VitePress adds the base and replaces the extension. */
function linkOnSite(link: string, { document, page, content }: LinkPlace): string {
  const target = resolveLink(document, link);
  if (target === undefined) return link;
  // A translation has other anchors than the English page that stands in for another translation.
  const prefersTranslation = page.isFallback && target.anchor === '';
  const sources = prefersTranslation ? [translationOf(target.path), target.path] : [target.path];
  const pages = sources.flatMap((name) => content.pages.filter(({ source }) => source === name));
  // A page in the reader's language, unless the author chose a document that is in one language.
  const found = pages.find(({ language }) => language === page.language) ?? pages[0];
  if (found !== undefined) return `/${found.file}${target.anchor}`;
  if (content.rawFiles.includes(target.path)) return `/${target.path}`;
  throw new Error(`${page.source} links to ${link}, which does not exist`);
}
