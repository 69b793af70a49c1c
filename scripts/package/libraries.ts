import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renameLibraries, wheelNames } from './library-names.ts';
import { packagedFile } from './packaged-file.ts';
import type { Target } from './targets.ts';

/** Writes the libraries of a target into a folder, under the names by which the program finds them. */
export async function writeLibraries(
  root: string,
  { libraries = {} }: Target,
  folder: string,
): Promise<void> {
  for (const [name, packaged] of Object.entries(libraries)) {
    const library = await readFile(await packagedFile(root, packaged));
    renameLibraries(library, wheelNames(libraries, library));
    await writeFile(join(folder, name), library, { mode: 0o755 });
  }
}
