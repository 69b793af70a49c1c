import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { TarEntry } from './tar.ts';

/** The files, folders and symbolic links below a folder, by relative path. */
export async function folderEntries(folder: string): Promise<readonly TarEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries: TarEntry[] = [];
  for (const item of found) {
    const file = join(item.parentPath, item.name);
    const path = relative(folder, file).replaceAll(sep, '/');
    if (item.isDirectory()) entries.push({ path, folder: true });
    else if (item.isSymbolicLink()) entries.push({ path, link: await readlink(file) });
    else {
      const executable = ((await stat(file)).mode & 0o100) !== 0;
      entries.push({ path, content: await readFile(file), executable });
    }
  }
  return entries;
}
