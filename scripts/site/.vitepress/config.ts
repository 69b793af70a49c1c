import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig, type UserConfig } from 'vitepress';
import { passedFolders } from '../folders.ts';
import { firstHeading, headingAnchor } from '../heading.ts';
import { type LanguageName, languages } from '../languages.ts';
import { useSiteLinks } from '../page-links.ts';
import { type Page, siteContent, translationOf } from '../pages.ts';
import { searchFuzziness, searchStem, searchWeight, searchWords } from '../search-words.ts';
import { sidebar, topDocuments } from '../sidebar.ts';

const folders = passedFolders();
const content = siteContent(folders.root);
const { version } = JSON.parse(readFileSync(join(folders.root, 'package.json'), 'utf8'));

/** The page of an English document in a language. */
function pageOf(language: LanguageName, document: string): Page | undefined {
  const sources = language === 'en' ? [document] : [translationOf(document), document];
  const own = content.pages.filter((page) => page.language === language);
  return sources.map((name) => own.find(({ source }) => source === name)).find(Boolean);
}

function linkTo(language: LanguageName, document: string): DefaultTheme.NavItemWithLink[] {
  const page = pageOf(language, document);
  if (page === undefined) return [];
  return [{ text: labelOf(document, page), link: `/${page.file.replace(/(?:index)?\.md$/, '')}` }];
}

function labelOf(document: string, { language, file, isFallback }: Page): string {
  if (document === 'README.md') return languages[language].home;
  const russian = sidebar.find(({ documents }) => document in documents)?.documents[document];
  const heading = firstHeading(readFileSync(join(folders.pages, file), 'utf8'));
  return (isFallback ? russian : heading) ?? document;
}

function themeIn(name: LanguageName): DefaultTheme.Config {
  const { theme } = languages[name];
  return {
    nav: [
      ...topDocuments.flatMap((document) => linkTo(name, document)),
      ...linkTo(name, 'CHANGELOG.md').map(({ link }) => ({ text: version, link })),
    ],
    sidebar: sidebar.map(({ title, documents }) => ({
      text: title[name],
      items: Object.keys(documents).flatMap((document) => linkTo(name, document)),
    })),
    outline: { level: [2, 3], label: theme.outlineLabel },
    docFooter: { prev: theme.previous, next: theme.next },
    darkModeSwitchLabel: theme.appearance,
    lightModeSwitchTitle: theme.toLight,
    darkModeSwitchTitle: theme.toDark,
    sidebarMenuLabel: theme.menu,
    returnToTopLabel: theme.top,
    langMenuLabel: theme.languages,
    skipToContentLabel: theme.skip,
    notFound: {
      title: theme.notFoundTitle,
      quote: theme.notFoundText,
      linkLabel: theme.notFoundLink,
      linkText: theme.notFoundLink,
    },
  };
}

function searchIn(name: LanguageName): Partial<DefaultTheme.LocalSearchOptions> {
  const { search } = languages[name];
  return {
    translations: {
      button: { buttonText: search.button, buttonAriaLabel: search.button },
      modal: {
        displayDetails: search.details,
        resetButtonTitle: search.reset,
        backButtonTitle: search.back,
        noResultsText: search.noResults,
        footer: {
          selectText: search.select,
          selectKeyAriaLabel: 'Enter',
          navigateText: search.navigate,
          navigateUpKeyAriaLabel: '↑',
          navigateDownKeyAriaLabel: '↓',
          closeText: search.close,
          closeKeyAriaLabel: 'Escape',
        },
      },
    },
  };
}

const keyOf = (name: LanguageName): string => (name === 'en' ? 'root' : name);

const config: UserConfig<DefaultTheme.Config> = {
  title: 'dexchange',
  base: folders.base,
  srcDir: folders.pages,
  outDir: folders.out,
  cacheDir: `${folders.pages}-cache`,
  head: [
    [
      'link',
      {
        rel: 'icon',
        href: 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"%3E%3Cpath fill="none" stroke="%233451b2" stroke-width="2" d="M2 5h11l-3-3M14 11H3l3 3"/%3E%3C/svg%3E',
      },
    ],
  ],
  // One page at a time: the order of the pages in the search index is then always the same.
  buildConcurrency: 1,
  locales: Object.fromEntries(
    content.languages.map((name) => {
      const { label, tag, description } = languages[name];
      return [keyOf(name), { label, lang: tag, description, themeConfig: themeIn(name) }];
    }),
  ),
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          options: { tokenize: searchWords, processTerm: searchStem },
          searchOptions: { boostTerm: searchWeight, fuzzy: searchFuzziness },
        },
        locales: Object.fromEntries(content.languages.map((name) => [keyOf(name), searchIn(name)])),
      },
    },
  },
  markdown: {
    anchor: { slugify: headingAnchor },
    config: (markdown) => {
      useSiteLinks(markdown, content, folders.base);
      const text = markdown.renderer.rules.text;
      if (text === undefined) throw new Error('the renderer of texts is missing');
      // Vue would take these braces for an expression.
      markdown.renderer.rules.text = (...token) => text(...token).replaceAll('{{', '&#123;&#123;');
    },
  },
};

export default defineConfig(config);
