import {
  closeSync,
  constants,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CacheFile, CleanUpFiles } from '../cache/clean-up.ts';

/** A cache folder on a real file system, as clean-up and the cache commands see it. */
export const cacheFolderFiles: CleanUpFiles = {
  list(folder, most) {
    try {
      const opened = opendirSync(folder);
      try {
        const files: CacheFile[] = [];
        while (files.length < most) {
          const entry = opened.readSync();
          if (entry === null) break;
          const file = describe(folder, entry.name);
          if (file !== undefined) files.push(file);
        }
        return files;
      } finally {
        opened.closeSync();
      }
    } catch {
      return [];
    }
  },

  readStart(folder, name, bytes) {
    let file: number | undefined;
    try {
      const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
      file = openSync(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0));
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  },

  remove(folder, file) {
    try {
      // A lock is an empty folder; one that holds anything is not ours to remove.
      if (file.isFolder) rmdirSync(join(folder, file.name));
      else unlinkSync(join(folder, file.name));
      return true;
    } catch {
      return false;
    }
  },
};

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
