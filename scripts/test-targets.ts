import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { targets } from './package/targets.ts';

// Builds all targets that are not up to date, and tests each as far as this machine can:
// `npm run test:targets`, or `npm run test:targets -- --target NAME` for some of them. Needs Linux on
// x64, root, debootstrap and QEMU.

const root = resolve(import.meta.dirname, '..');

function main(): void {
  const { values, positionals } = parseArgs({
    options: { target: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const names = values.target ?? targets.map(({ name }) => name);
  for (const name of names) run(['scripts/build.ts', `--target=${name}`, '--if-needed']);
  const only = values.target === undefined ? [] : ['-t', names.map((n) => `^${n} `).join('|')];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  run([vitest, 'run', '--project=targets', ...positionals, ...only]);
}

function run(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

main();
