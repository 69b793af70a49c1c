import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCache } from './package/build-cache.ts';
import { muslLoader } from './package/debian-root.ts';
import { runnerOf } from './package/runner.ts';
import {
  programName,
  type RunnerKind,
  type Target,
  targetNamed,
  targets,
} from './package/targets.ts';

// Builds all targets that are not up to date, and tests each as far as this machine can:
// `npm run test:targets`, or `npm run test:targets -- --target NAME` for some of them. --reproduce also builds
// those that this machine can run three times in other folders, and compares them. Needs Linux on x64, root,
// debootstrap and QEMU.

const root = resolve(import.meta.dirname, '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

const small = ['test/integration/cli/usage.test.ts', 'test/integration/cli/odd-secrets.test.ts'];

/**
 * The tests of the command line that run with the program of a target, besides test/targets. Under
 * QEMU all of them would take an hour, and those in which a program starts another one would fail.
 */
const suites: Readonly<Partial<Record<RunnerKind, readonly string[]>>> = {
  musl: ['test/integration/cli'],
  qemu: small,
  'qemu-musl': small,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { target: { type: 'string', multiple: true }, reproduce: { type: 'boolean' } },
  });
  const names = values.target ?? targets.map(({ name }) => name);
  for (const name of names) run(['scripts/build.ts', `--target=${name}`, '--if-needed']);
  // The names of the tests begin with that of the target.
  const some = ['-t', [...names, 'reproducible:'].map((name) => `^${name} `).join('|')];
  const reproduced = names.filter((name) => targetNamed(name).runner !== undefined);
  run([vitest, 'run', '--project=targets', ...(values.target === undefined ? [] : some)], {
    env: values.reproduce ? { DEXCHANGE_REPRODUCE: reproduced.join(',') } : {},
  });
  for (const name of names) await runSuite(targetNamed(name));
}

async function runSuite(target: Target): Promise<void> {
  const files = target.runner && suites[target.runner];
  const runner = await runnerOf(root, target);
  if (files === undefined || runner === undefined) return;
  const program = join(root, 'dist/targets', target.name, 'bin', programName(target));
  const isMusl = target.runner === 'musl';
  const words = isMusl ? [program] : [...runner.command, program];
  const before = isMusl ? await withMusl(target) : [];
  if (!works(before)) {
    process.stderr.write(
      `test:targets: SKIPPED the command-line suite of ${target.name}: this machine does not allow an overlay in a mount namespace, which needs root\n`,
    );
    return;
  }
  run([vitest, 'run', '--project=binary', '--testTimeout=300000', ...files], {
    before,
    env: { DEXCHANGE_TEST_PROGRAM: JSON.stringify(words) },
  });
}

/**
 * The words before a command under which programs for musl run as those of the machine: its folder
 * of libraries also has the loader of musl, in a mount namespace of its own.
 */
async function withMusl(target: Target): Promise<readonly string[]> {
  const loader = await muslLoader(target.arch);
  const folder = join(buildCache(), 'musl-loader');
  mkdirSync(folder, { recursive: true });
  copyFileSync(loader, join(folder, basename(loader)));
  const script = 'mount -t overlay overlay -o "lowerdir=$1:/usr/lib" /usr/lib; shift; exec "$@"';
  return ['unshare', '--mount', 'sh', '-ec', script, 'sh', folder];
}

/** Whether a command runs after the given words. */
function works([command, ...words]: readonly string[]): boolean {
  return command === undefined || spawnSync(command, [...words, 'true']).status === 0;
}

function run(
  args: readonly string[],
  how: {
    readonly before?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): void {
  const [command = '', ...words] = [...(how.before ?? []), process.execPath, ...args];
  const env = { ...process.env, ...how.env };
  const { status } = spawnSync(command, words, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

await main();
