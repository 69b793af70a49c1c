import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The inputs of the binary: files and folders. */
export const buildInputs = [
  'src',
  'scripts/build.ts',
  'scripts/package',
  'package.json',
  'package-lock.json',
];

/** Whether every output exists and is newer than every input. */
export async function isFresh(root: string, outputs: readonly string[]): Promise<boolean> {
  try {
    const built = await Promise.all(outputs.map(async (file) => (await stat(file)).mtimeMs));
    const changed = await Promise.all(buildInputs.map((path) => newest(join(root, path))));
    return Math.max(...changed) < Math.min(...built);
  } catch {
    return false;
  }
}

/** The newest time below a path. The time of a folder counts, too: it changes on removals. */
async function newest(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(path, { recursive: true });
  const times = await Promise.all(entries.map(async (e) => (await stat(join(path, e))).mtimeMs));
  return Math.max(info.mtimeMs, ...times);
}
