/** A file in an archive. */
export interface FileEntry {
  /** The path in the archive, with slashes. */
  readonly path: string;
  readonly content: Buffer | string;
  readonly executable?: boolean;
}

/** The entries in the order of their paths, which does not depend on the locale. */
export function sortedEntries<T extends { readonly path: string }>(
  entries: readonly T[],
): readonly T[] {
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
