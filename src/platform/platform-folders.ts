import { isAbsolute, join } from 'node:path';
import type { PlatformFolders } from '../ports.ts';

const name = 'dexchange';

/**
 * The platform's cache and data folders for this program, or undefined where there is no home.
 */
export async function platformFolders(): Promise<PlatformFolders | undefined> {
  const folders =
    (process.platform === 'linux' ? xdgFolders(process.env) : undefined) ?? (await usualFolders());
  return folders !== undefined && isAbsolute(folders.cache) && isAbsolute(folders.data)
    ? folders
    : undefined;
}

/**
 * What env-paths gives on Linux where HOME is set, without loading it: with the modules it needs it
 * takes a cache hit half a millisecond. Undefined where HOME is not set. A test compares the two,
 * but for relative XDG folders: the specification wants them ignored, as they would follow the
 * working folder.
 */
export function xdgFolders(
  env: Readonly<Record<string, string | undefined>>,
): PlatformFolders | undefined {
  const home = env['HOME'];
  if (!home) return undefined;
  const folder = (xdg: string | undefined, usual: string): string =>
    xdg && isAbsolute(xdg) ? join(xdg, name) : join(home, usual, name);
  return {
    cache: folder(env['XDG_CACHE_HOME'], '.cache'),
    data: folder(env['XDG_DATA_HOME'], '.local/share'),
  };
}

async function usualFolders(): Promise<PlatformFolders | undefined> {
  try {
    // It reads the home folder when it is loaded, which throws for a user id without a home
    // (containers with a random uid).
    const { default: envPaths } = await import('env-paths');
    const { cache, data } = envPaths(name, { suffix: '' });
    if (isAbsolute(cache) && isAbsolute(data)) return { cache, data };
    const { homedir } = await import('node:os');
    return xdgFolders({ ...process.env, HOME: homedir() });
  } catch {
    return undefined;
  }
}
