import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BaseNode, baseNode } from './package/base-node.ts';
import { type Bundles, bundle, type Constants } from './package/bundle.ts';
import { cleanEnvironment } from './package/clean-environment.ts';
import { makeExecutable } from './package/executable.ts';
import { exercise, type Run, run } from './package/exercise.ts';
import { isFresh } from './package/freshness.ts';
import { thirdPartyLicenses } from './package/licenses.ts';
import { renameVariables } from './package/rename-variables.ts';
import { renamedVariables } from './package/runtime-variables.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const binary = join(dist, process.platform === 'win32' ? 'dexchange.exe' : 'dexchange');
const workPrefix = '.build-';
const licenseFile = join(dist, 'THIRD-PARTY-LICENSES.txt');

async function main(): Promise<void> {
  if (process.argv.includes('--if-needed') && (await isFresh(root, [binary, licenseFile]))) return;
  cleanEnvironment();
  // A source that changes while the build runs must count as newer than the output.
  const started = new Date();
  await mkdir(dist, { recursive: true });
  await removeLeftovers();
  const work = await mkdtemp(join(dist, workPrefix));
  try {
    await build(work, started);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes the folders of killed builds; the folder of a running build is less than 1 h old. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(dist)) {
    if (!name.startsWith(workPrefix)) continue;
    const folder = join(dist, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < Date.now() - 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}

async function build(work: string, started: Date): Promise<void> {
  const base = baseNode(root);
  const node = await withoutVariables(base, work);
  const constants = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Constants;
  const { version } = constants;

  step('bundling the sources');
  const warming = await bundle({ root, constants, warming: true });
  const final = await bundle({ root, constants, warming: false });
  if (![...final.scripts].every(([name, text]) => warming.scripts.get(name) === text)) {
    throw new Error('the sources changed during the build');
  }

  step('building the first binary, which creates the code caches');
  const caches = join(work, 'caches');
  await mkdir(caches);
  const first = await assemble(work, 'first', node, warming, undefined);
  checkRuns(await exercise(first, { env: { WARM_CODE_CACHE: caches } }));
  for (const name of final.scripts.keys()) {
    if (!existsSync(join(caches, `${name}.cache`))) {
      throw new Error(`no exercised command loads ${name}, so it would have no code cache`);
    }
  }

  step('building the second binary, with the code caches');
  const second = await assemble(work, 'second', node, final, caches);

  step('checking the second binary');
  checkRuns(await exercise(second, {}));
  for (const { stderr } of await exercise(second, { flags: ['-v'] })) {
    if (/code cache/i.test(stderr)) {
      throw new Error(`V8 rejects a code cache, so the binary would start slowly:\n${stderr}`);
    }
  }
  const answer = await run(second, ['version'], {});
  checkRuns([answer]);
  if (!answer.stdout.includes(version)) {
    throw new Error(`"dexchange version" prints ${JSON.stringify(answer.stdout)}`);
  }

  const licenses = join(work, 'licenses.txt');
  await writeFile(licenses, await thirdPartyLicenses(root, final.metafile, base));
  await Promise.all([licenses, second].map((file) => utimes(file, started, started)));
  await rename(licenses, licenseFile);
  // Renaming is atomic, and does not change a binary that is running.
  await rename(second, binary);
  step(`dist/dexchange ${version}, ${Math.round((await stat(binary)).size / 2 ** 20)} MiB`);
}

/** Copies a Node binary; the copy does not read the variables that disturb the program. */
async function withoutVariables(base: BaseNode, work: string): Promise<string> {
  const program = await readFile(base.path);
  renameVariables(program, renamedVariables);
  const path = join(work, process.platform === 'win32' ? 'node.exe' : 'node');
  await writeFile(path, program, { mode: 0o755 });
  // macOS runs only programs whose signature matches, and pkg runs this one.
  if (process.platform === 'darwin') execFileSync('codesign', ['--force', '--sign', '-', path]);
  return path;
}

async function assemble(
  work: string,
  name: string,
  node: string,
  scripts: Bundles,
  caches: string | undefined,
): Promise<string> {
  const folder = join(work, `${name}-scripts`);
  await mkdir(folder);
  const put = async (part: string, text: string): Promise<string> => {
    const file = join(folder, `${part}.js`);
    await writeFile(file, text, 'latin1');
    return file;
  };
  const main = await put('loader', scripts.loader);
  const assets: Record<string, string> = {};
  for (const [part, text] of scripts.scripts) {
    assets[`${part}.js`] = await put(part, text);
    if (caches !== undefined) assets[`${part}.cache`] = join(caches, `${part}.cache`);
  }
  const output = join(work, process.platform === 'win32' ? `${name}.exe` : name);
  await makeExecutable({ node, main, assets, output });
  return output;
}

function checkRuns(runs: readonly Run[]): void {
  for (const { args, code, stdout, stderr } of runs) {
    if (code !== 0 || stdout === '' || stderr !== '') {
      throw new Error(`"dexchange ${args.join(' ')}" exits with ${code}:\n${stdout}${stderr}`);
    }
  }
}

function step(text: string): void {
  console.log(`build: ${text}`);
}

await main();
