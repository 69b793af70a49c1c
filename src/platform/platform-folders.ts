import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { PlatformFolders } from '../cache/folder.ts';

/**
 * The platform's cache and data folders for this program, or undefined where there is no home.
 * env-paths reads the home folder when it is loaded, which throws for a user id without a home
 * (containers with a random uid), so it is loaded inside.
 */
export async function platformFolders(): Promise<PlatformFolders | undefined> {
  try {
    const { default: envPaths } = await import('env-paths');
    const { cache, data } = envPaths('dexchange', { suffix: '' });
    const home = homedir();
    if (!isAbsolute(home) && !(isAbsolute(cache) && isAbsolute(data))) return undefined;
    // The XDG specification wants relative paths ignored: they would follow the working folder.
    return {
      cache: isAbsolute(cache) ? cache : join(home, '.cache', 'dexchange'),
      data: isAbsolute(data) ? data : join(home, '.local', 'share', 'dexchange'),
    };
  } catch {
    return undefined;
  }
}
