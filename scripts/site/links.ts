import { posix } from 'node:path';

/** Where a link of a document leads inside the repository. */
export interface LinkTarget {
  /** A path in the repository with slashes. */
  readonly path: string;
  /** The anchor with its `#`, or the empty string. */
  readonly anchor: string;
}

/** The targets of all links and images of a Markdown text, those in HTML included. */
export function linksIn(markdown: string): readonly string[] {
  const inMarkdown = markdown.matchAll(/\]\(<?([^)\s>]+)/g);
  const inHtml = markdown.matchAll(/<[a-z][^>]*?\s(?:href|src|srcset)="([^"\s]+)/g);
  return [...inMarkdown, ...inHtml].map(([, target = '']) => target);
}

/**
 * Resolves a link against the document that has it. Returns undefined for a link that leaves the
 * repository, and for an anchor in the same document.
 */
export function resolveLink(document: string, link: string): LinkTarget | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/|#)/i.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const resolved = posix.join(posix.dirname(document), decodeURI(path)).replace(/\/$/, '');
  if (resolved.startsWith('..')) return undefined;
  return { path: resolved, anchor: anchor === undefined ? '' : `#${anchor}` };
}
