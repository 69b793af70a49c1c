/** Where the program looks for its libraries first: where a tarball has them, next to bin. */
export const ownLibraries = '$ORIGIN/../lib/dexchange';

/** A name in an ELF file and the name to put in its place. */
export type NewName = readonly [from: string, to: string];

/**
 * Replaces names of libraries and search paths in an ELF file, in place: the new names must not be
 * longer. The wheels of Python contain libraries with a hash in their names, which programs of a
 * system do not have.
 * @param file the bytes of the file, which are changed
 * @throws Error if a name is missing or too short
 */
export function renameLibraries(file: Buffer, names: readonly NewName[]): void {
  for (const [from, to] of names) {
    if (to.length > from.length) throw new Error(`${to} is longer than ${from}`);
    const old = Buffer.from(`\0${from}\0`, 'latin1');
    const fresh = Buffer.alloc(old.length);
    fresh.write(to, 1, 'latin1');
    const first = file.indexOf(old);
    if (first < 0) throw new Error(`the file does not contain the name ${from}`);
    for (let at = first; at >= 0; at = file.indexOf(old, at + 1)) fresh.copy(file, at);
  }
}

/** The names to replace in a program or library of a wheel; none in others. */
export function wheelNames(
  files: Readonly<Record<string, { readonly path: string }>>,
  file: Buffer,
): readonly NewName[] {
  const names = Object.entries(files).map(
    ([name, { path }]): NewName => [path.slice(path.lastIndexOf('/') + 1), name],
  );
  const [folder] = Object.values(files).map(({ path }) => path.slice(0, path.indexOf('/')));
  const all: readonly NewName[] = [...names, [`$ORIGIN/../../${folder}`, ownLibraries]];
  return all.filter(([from, to]) => from !== to && file.includes(`\0${from}\0`));
}
