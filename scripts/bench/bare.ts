import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BaseNode, writeNode } from '../package/base-node.ts';
import { makeExecutable } from '../package/executable.ts';
import { type Target, thisSystem } from '../package/targets.ts';

/**
 * Creates the baseline: the same Node, packaged in the same way, with a script that prints {}.
 * @param target the target, if it is not this machine
 */
export async function bareExecutable(
  root: string,
  folder: string,
  base: BaseNode,
  target: Target | undefined,
): Promise<string> {
  const scripts = join(folder, 'bare-scripts');
  await mkdir(scripts);
  const main = join(scripts, 'bare.js');
  await writeFile(main, "console.log('{}');\n");
  const output = join(folder, 'bare-original');
  const os = target?.os ?? thisSystem();
  const node = join(folder, 'bare-node');
  await writeNode(root, base, target ?? { os }, node);
  await makeExecutable({ os, node, generator: base.generator, main, assets: {}, output });
  return output;
}
