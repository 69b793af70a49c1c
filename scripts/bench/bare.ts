import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseNode } from '../package/base-node.ts';
import { makeExecutable } from '../package/executable.ts';

/**
 * The yardstick: the same Node, packaged in the same way, with one line that prints `{}`. Kept in a
 * folder, since it changes only with Node.
 */
export async function bareExecutable(folder: string, node: BaseNode): Promise<string> {
  const bare = join(folder, `bare-${process.versions.node}`);
  if (await exists(bare)) return bare;
  const work = join(folder, 'work');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const main = join(work, 'bare.js');
  await writeFile(main, "console.log('{}');\n");
  const output = join(work, 'bare');
  await makeExecutable({ node: node.path, main, assets: {}, output });
  await rename(output, bare);
  await rm(work, { recursive: true });
  return bare;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
