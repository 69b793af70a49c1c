import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unlinkQuietly } from './atomic-file.ts';

/**
 * Removes the temporary files that killed writers of a file left beside it. Call it with the lock of
 * the file, so that none belongs to a live writer.
 * @param folder the folder of the file
 * @param prefix the name of a temporary file before its random part
 */
export function removeLeftovers(folder: string, prefix: string): void {
  for (const name of namesIn(folder)) {
    const random = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    if (/^\.[0-9a-f]{16}\.tmp$/.test(random) && isOwnFile(join(folder, name))) {
      unlinkQuietly(join(folder, name));
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOwnFile(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const uid = process.geteuid?.();
  return stats?.isFile() === true && (uid === undefined || stats.uid === uid || uid === 0);
}
