import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BaseNode, writeNode } from './base-node.ts';
import type { BuildIdentity } from './build-identity.ts';
import { type Bundles, bundle } from './bundle.ts';
import { checkScripts, recordScripts, writeCodeCaches } from './code-caches.ts';
import { makeExecutable } from './executable.ts';
import { type ExerciseOptions, exercise, type Run, run } from './exercise.ts';
import { thirdPartyLicenses } from './licenses.ts';
import type { Runner } from './runner.ts';
import { programName, type Target } from './targets.ts';

/** What to build. */
export interface BuildPlan {
  readonly root: string;
  /** An empty folder for everything that the build writes. */
  readonly work: string;
  readonly identity: BuildIdentity;
  readonly target: Pick<Target, 'name' | 'os' | 'libraries'>;
  readonly base: BaseNode;
  /** Undefined if this machine cannot run the binary. */
  readonly runner: Runner | undefined;
  /** A folder with code caches that an earlier build of the same sources has written. */
  readonly caches: string | undefined;
  readonly step: (text: string) => void;
}

/** The files of a finished build. */
export interface Built {
  readonly binary: string;
  readonly licenses: string;
  /** The folder with the code caches; undefined if the binary has none. */
  readonly caches: string | undefined;
}

/**
 * Builds an executable, and checks it by running it if this machine can.
 * @throws Error if a check fails: a command, the version, or a code cache that V8 rejects
 */
export async function buildTarget(plan: BuildPlan): Promise<Built> {
  const { root, work, identity, base, step, runner } = plan;
  const node = join(work, plan.target.os === 'windows' ? 'node.exe' : 'node');
  await writeNode(root, base, plan.target, node);
  // macOS runs only programs whose signature matches, and pkg runs this one.
  if (base.generator === undefined && process.platform === 'darwin') {
    execFileSync('codesign', ['--force', '--sign', '-', node]);
  }

  step('bundling the sources');
  const hasCaches = plan.caches !== undefined || runner !== undefined;
  const scripts = await bundle({ root, identity, codeCaches: hasCaches ? 'inside' : 'none' });
  if (plan.caches !== undefined) await checkScripts(plan.caches, scripts.scripts);
  const caches = plan.caches ?? (runner && (await codeCaches(plan, node, scripts, runner)));

  step(caches === undefined ? 'building the binary' : 'building it with the code caches');
  const binary = await assemble(plan, { name: 'second', node, scripts, caches });
  if (runner === undefined) step(`not run: this machine cannot run ${plan.target.name}`);
  else await checkBinary(binary, runner, plan);

  const licenses = join(work, 'licenses.txt');
  await writeFile(
    licenses,
    await thirdPartyLicenses(root, scripts.metafile, base, plan.target.libraries),
  );
  return { binary, licenses, caches };
}

/** Lets a first binary write the code caches; returns their folder. */
async function codeCaches(
  plan: BuildPlan,
  node: string,
  final: Bundles,
  runner: Runner,
): Promise<string> {
  const { root, work, identity, step } = plan;
  const scripts = await bundle({ root, identity, codeCaches: 'written' });
  if (![...final.scripts].every(([name, text]) => scripts.scripts.get(name) === text)) {
    throw new Error('the sources changed during the build');
  }
  step('building the first binary, which creates the code caches');
  const binary = await assemble(plan, { name: 'first', node, scripts });
  const folder = join(work, 'caches');
  await mkdir(folder);
  const names = [...scripts.scripts.keys()];
  const agreed = await writeCodeCaches(names, folder, async (written) => {
    await exerciseWell(binary, { env: { WARM_CODE_CACHE: written }, runner }, step);
  });
  await recordScripts(folder, scripts.scripts);
  if (!agreed) step('no two runs wrote the same code caches: this build cannot be reproduced');
  return folder;
}

async function assemble(
  { work, target, base }: BuildPlan,
  parts: {
    readonly name: 'first' | 'second';
    readonly node: string;
    readonly scripts: Bundles;
    readonly caches?: string | undefined;
  },
): Promise<string> {
  const { name, node, scripts, caches } = parts;
  const folder = join(work, name, 'scripts');
  await mkdir(folder, { recursive: true });
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
  const output = join(work, name, programName(target));
  await makeExecutable({
    os: target.os,
    node,
    generator: base.generator,
    main,
    assets,
    // The seed of V8's hash tables is in the code caches. Only the first binary has a fixed one.
    options: name === 'first' ? ['--random-seed=1'] : [],
    output,
  });
  return output;
}

async function checkBinary(
  binary: string,
  runner: Runner,
  { identity, step }: Pick<BuildPlan, 'identity' | 'step'>,
): Promise<void> {
  await exerciseWell(binary, { runner }, step);
  for (const { stderr } of await exercise(binary, { flags: ['-v'], runner })) {
    if (/code cache/i.test(stderr)) {
      throw new Error(`V8 rejects a code cache, so the binary would start slowly:\n${stderr}`);
    }
  }
  const answer = await run(binary, ['version'], {}, runner);
  checkRuns([answer]);
  if (!answer.stdout.includes(identity.version)) {
    throw new Error(`"dexchange version" prints ${JSON.stringify(answer.stdout)}`);
  }
}

/** Exercises the binary until every command has succeeded, as often as its emulator may need. */
async function exerciseWell(
  binary: string,
  options: ExerciseOptions & { readonly runner: Runner },
  step: BuildPlan['step'],
): Promise<void> {
  for (let left = (options.runner.tries ?? 1) - 1; ; left -= 1) {
    const runs = await exercise(binary, options);
    try {
      checkRuns(runs);
      return;
    } catch (error) {
      if (left === 0) throw error;
      step(`trying again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function checkRuns(runs: readonly Run[]): void {
  for (const { args, code, stdout, stderr } of runs) {
    if (code !== 0 || stdout === '' || stderr !== '') {
      throw new Error(`"dexchange ${args.join(' ')}" exits with ${code}:\n${stdout}${stderr}`);
    }
  }
}
