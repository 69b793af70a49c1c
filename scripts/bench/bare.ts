import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseNode } from '../package/base-node.ts';
import { makeExecutable } from '../package/executable.ts';
import { thisSystem } from '../package/targets.ts';

/** Creates the baseline: the same Node, packaged in the same way, with a script that prints {}. */
export async function bareExecutable(folder: string, node: BaseNode): Promise<string> {
  const main = join(folder, 'bare.js');
  await writeFile(main, "console.log('{}');\n");
  const output = join(folder, 'bare-original');
  await makeExecutable({ os: thisSystem(), node: node.path, main, assets: {}, output });
  return output;
}
