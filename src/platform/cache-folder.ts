import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheFile, CacheFiles } from '../ports.ts';
import { readStart } from './read-start.ts';

/** The files of a cache folder, for clean-up and the cache commands; errors are skipped. */
export const cacheFolderFiles: CacheFiles = {
  *list(folder, most) {
    const names = namesIn(folder);
    // Starts at a random file: otherwise `most` valid files at the start would always hide the
    // rest.
    const first = Math.floor(Math.random() * names.length);
    const rotated = [...names.slice(first), ...names.slice(0, first)];
    for (const name of rotated.slice(0, most)) {
      const file = describe(folder, name);
      if (file !== undefined) yield file;
    }
  },

  readStart: (folder, name, bytes) => readStart(join(folder, name), bytes),

  remove(folder, file) {
    try {
      // A lock is an empty folder. rmdir fails for any other folder, which the cache has not
      // created.
      if (file.isFolder) rmdirSync(join(folder, file.name));
      else unlinkSync(join(folder, file.name));
      return true;
    } catch {
      return false;
    }
  },
};

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function describe(folder: string, name: string): CacheFile | undefined {
  try {
    const stats = lstatSync(join(folder, name));
    const isFolder = stats.isDirectory();
    if (!isFolder && !stats.isFile()) return undefined;
    const uid = process.geteuid?.();
    if (uid !== undefined && stats.uid !== uid) return undefined;
    return { name, isFolder, modifiedMs: stats.mtimeMs, bytes: stats.size };
  } catch {
    return undefined;
  }
}
