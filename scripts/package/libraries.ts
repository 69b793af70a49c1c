import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renameLibraries, wheelNames } from './library-names.ts';
import { packagedFile } from './packaged-file.ts';
import type { Target } from './targets.ts';

/** Writes the libraries of a target into a folder, under the names by which the program finds them. */
export async function writeLibraries(
  root: string,
  { libraries }: Pick<Target, 'libraries'>,
  folder: string,
): Promise<void> {
  const files = libraries?.files ?? {};
  for (const [name, packaged] of Object.entries(files)) {
    const library = await readFile(await packagedFile(root, packaged));
    renameLibraries(library, wheelNames(files, library));
    await writeFile(join(folder, name), library, { mode: 0o755 });
  }
}
