import { isAbsolute, join } from 'node:path';
import type { PlatformFolders } from '../ports.ts';

const name = 'dexchange';

/** The platform's cache and data folders for this program; undefined if there is no home folder. */
export async function platformFolders(): Promise<PlatformFolders | undefined> {
  const folders =
    (process.platform === 'linux' ? xdgFolders(process.env) : undefined) ?? (await usualFolders());
  return folders !== undefined && isAbsolute(folders.cache) && isAbsolute(folders.data)
    ? folders
    : undefined;
}

/**
 * The folders that env-paths returns on Linux if HOME is set, without loading env-paths, which
 * would add half a millisecond to a cache hit. Undefined if HOME is not set. A test compares the
 * results. They differ only for relative XDG folders, which the XDG specification says to ignore,
 * since they would depend on the working directory.
 */
export function xdgFolders(
  env: Readonly<Record<string, string | undefined>>,
): PlatformFolders | undefined {
  const home = env['HOME'];
  if (!home) return undefined;
  const folder = (xdg: string | undefined, usual: string): string =>
    xdg && isAbsolute(xdg) ? within(xdg, name) : within(home, `${usual}/${name}`);
  return {
    cache: folder(env['XDG_CACHE_HOME'], '.cache'),
    data: folder(env['XDG_DATA_HOME'], '.local/share'),
  };
}

/** Like node:path's join, whose loop V8 would compile during every hit, even for a usual folder. */
function within(folder: string, path: string): string {
  const isNormal =
    folder.startsWith('/') &&
    !folder.endsWith('/') &&
    !folder.includes('//') &&
    !folder.includes('/.');
  return isNormal ? `${folder}/${path}` : join(folder, path);
}

async function usualFolders(): Promise<PlatformFolders | undefined> {
  try {
    // Loading env-paths determines the home folder, which throws for a user id without one
    // (containers with a random user id).
    const { default: envPaths } = await import('env-paths');
    const { cache, data } = envPaths(name, { suffix: '' });
    if (isAbsolute(cache) && isAbsolute(data)) return { cache, data };
    const { homedir } = await import('node:os');
    return xdgFolders({ ...process.env, HOME: homedir() });
  } catch {
    return undefined;
  }
}
