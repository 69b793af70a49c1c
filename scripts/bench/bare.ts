import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BaseNode, writeNode } from '../package/base-node.ts';
import { makeExecutable } from '../package/executable.ts';
import { type Target, thisSystem } from '../package/targets.ts';

/**
 * The leanest script that prints something: console.log would load and set up a stream, and a code
 * cache is not smaller than one line.
 */
const script = "require('node:fs').writeSync(1, '{}\\n');\nprocess.reallyExit(0);\n";

/**
 * Creates the baseline, the unit of all ratios: the leanest executable of the same Node, packaged in
 * the same way.
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
  await writeFile(main, script);
  const output = join(folder, 'bare-original');
  const os = target?.os ?? thisSystem();
  const node = join(folder, 'bare-node');
  await writeNode(root, base, target ?? { os }, node);
  await makeExecutable({ os, node, generator: base.generator, main, assets: {}, output });
  return output;
}
