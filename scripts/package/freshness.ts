import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the binary is made from: files, and folders with all that is in them. */
const inputs = ['src', 'scripts/build.ts', 'scripts/package', 'package.json', 'package-lock.json'];

/** Whether every output is there and newer than every input. */
export async function isFresh(root: string, outputs: readonly string[]): Promise<boolean> {
  try {
    const built = await Promise.all(outputs.map(async (file) => (await stat(file)).mtimeMs));
    const changed = await Promise.all(inputs.map((path) => newest(join(root, path))));
    return Math.max(...changed) < Math.min(...built);
  } catch {
    return false;
  }
}

/** A folder's own time counts too: it changes when a file goes away. */
async function newest(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(path, { recursive: true });
  const times = await Promise.all(entries.map(async (e) => (await stat(join(path, e))).mtimeMs));
  return Math.max(info.mtimeMs, ...times);
}
