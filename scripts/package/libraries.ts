import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renameLibraries, wheelNames } from './library-names.ts';
import { packagedFile } from './packaged-file.ts';
import type { Target } from './targets.ts';

/** The libraries of a target, by the names under which the program loads them. */
export async function libraryFiles(
  root: string,
  { libraries }: Pick<Target, 'libraries'>,
): Promise<ReadonlyMap<string, Buffer>> {
  const files = libraries?.files ?? {};
  const found = new Map<string, Buffer>();
  for (const [name, packaged] of Object.entries(files)) {
    const library = await readFile(await packagedFile(root, packaged));
    renameLibraries(library, wheelNames(files, library));
    found.set(name, library);
  }
  return found;
}

/** Writes the libraries of a target into a folder. */
export async function writeLibraries(
  root: string,
  target: Pick<Target, 'libraries'>,
  folder: string,
): Promise<void> {
  for (const [name, content] of await libraryFiles(root, target)) {
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
}
