import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import type { SiteFolders } from './folders.ts';

/**
 * Lists what is wrong with a built site: links to pages or anchors that do not exist, and scripts,
 * styles, fonts or images from another server. A site without faults can be read without a network.
 */
export function faultsOfSite({ out, base }: Pick<SiteFolders, 'out' | 'base'>): readonly string[] {
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
  const read = (file: string): string => readFileSync(join(out, file), 'utf8');
  const idsOf = new Map<string, ReadonlySet<string>>();
  const ids = (file: string): ReadonlySet<string> => {
    const known = idsOf.get(file) ?? new Set(attributes(read(file), 'id'));
    idsOf.set(file, known);
    return known;
  };

  const deadLink = (from: string, link: string): string | undefined => {
    const url = new URL(link, `http://site${base}${from}`);
    if (url.host !== 'site') return undefined;
    const path = decodeURI(url.pathname);
    if (!path.startsWith(base)) return `${from} links to ${link}, which is outside the site`;
    const file = indexed(path.slice(base.length));
    const target = join(out, file);
    if (!existsSync(target) || !statSync(target).isFile()) return `${from} links to ${link}`;
    const anchor = decodeURIComponent(url.hash.slice(1));
    if (anchor === '' || ids(file).has(anchor)) return undefined;
    return `${from} links to ${link}, which has no such anchor`;
  };

  return files.flatMap((file) => {
    const extension = posix.extname(file);
    const text = ['.html', '.css'].includes(extension) ? read(file) : '';
    const pictures = attributes(text, 'srcset').flatMap((sources) =>
      sources.split(',').map((source) => source.trim().replace(/\s.*$/, '')),
    );
    const links = [...attributes(text, 'href'), ...attributes(text, 'src'), ...pictures];
    const foreign = [...foreignAssets(text)].map((asset) => `${file} loads ${asset}`);
    // The page for addresses that do not exist has no address of its own.
    if (extension !== '.html' || file === '404.html') return foreign;
    const dead = [...new Set(links)].map((link) => deadLink(file, link));
    return [...foreign, ...dead.filter((fault) => fault !== undefined)];
  });
}

function indexed(path: string): string {
  return path === '' || path.endsWith('/') ? `${path}index.html` : path;
}

/** The values of an attribute in HTML. */
function attributes(html: string, name: string): readonly string[] {
  return [...html.matchAll(new RegExp(`<[a-z][^>]*?\\s${name}="([^"]*)"`, 'g'))].map(
    ([, value = '']) => value.replaceAll('&amp;', '&'),
  );
}

/** The addresses of other servers from which HTML or CSS loads something, rather than links to it. */
function foreignAssets(text: string): readonly string[] {
  const address = String.raw`((?:https?:)?//[^"'\s)]+)`;
  const patterns = [
    `<(?!a\\s)[a-z][^>]*?\\s(?:src|href|srcset|data|poster)="${address}`,
    `url\\(\\s*["']?${address}`,
    `@import\\s+["']${address}`,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, 'g'))].map(([, found = '']) => found),
  );
}
