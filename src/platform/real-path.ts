import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * An absolute path without symbolic links, as far as it exists: what does not exist yet, or may not be
 * looked at, is appended as it is.
 */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}
