import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildIdentity } from '../package/build-identity.ts';
import { packagedFile } from '../package/packaged-file.ts';
import { generators, programName, type Target } from '../package/targets.ts';
import type { ReleaseBinary } from './release-binary.ts';
import { runTool } from './run-tool.ts';

/**
 * The binary of a target for a release: built from this commit, which the binary names.
 * @throws Error with the end of the build's output if it fails
 */
export async function releasedBinary(root: string, target: Target): Promise<ReleaseBinary> {
  const binary = await builtBinary(root, target);
  const { commit } = await buildIdentity(root, target.name);
  if (commit !== null && !(await readFile(binary.program)).includes(`"${commit}"`)) {
    await build(root, target);
  }
  return binary;
}

/**
 * The binary of a target, built unless it is newer than the sources.
 * @throws Error with the end of the build's output if it fails
 */
export async function builtBinary(root: string, target: Target): Promise<ReleaseBinary> {
  await build(root, target, '--if-needed');
  const folder = join(root, 'dist', 'targets', target.name);
  const libraries = join(folder, 'lib', 'dexchange');
  return {
    target: target.name,
    os: target.os,
    arch: target.arch,
    ...(target.os === 'linux' ? { libc: libcOf(target) } : {}),
    program: join(folder, 'bin', programName(target)),
    licenses: join(folder, 'THIRD-PARTY-LICENSES.txt'),
    ...(target.libraries === undefined ? {} : { libraries }),
    node: await packagedFile(root, generators[target.node].program),
    ran: target.runner !== undefined,
  };
}

function libcOf({ name }: Target): 'glibc' | 'musl' {
  return name.includes('musl') ? 'musl' : 'glibc';
}

async function build(root: string, { name }: Target, ...options: readonly string[]): Promise<void> {
  const script = join(root, 'scripts', 'build.ts');
  await runTool(process.execPath, [script, '--target', name, ...options]);
}
