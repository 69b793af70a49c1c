import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Program } from '../../scripts/symptoms/symptom.ts';
import { located, missingPrograms } from '../support/shells.ts';
import { symptomChecker } from '../support/symptoms.ts';

// What docs/troubleshooting.md quotes of shells is what they print. test/targets and
// test/e2e/alpine.test.ts start the real binaries in roots that lack their libraries.

const folder = mkdtempSync(join(tmpdir(), 'dexchange-symptoms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = join(folder, 'dexchange');
const shells: Readonly<Partial<Record<Program, readonly [string, ...string[]]>>> = {
  bash: [located('bash')],
  'sh (dash)': [located('dash')],
  'sh (BusyBox)': [located('busybox'), 'sh'],
};

function printedBy(shell: Program, line: string): string {
  const [command, ...args] = shells[shell] ?? [shell];
  const ran = spawnSync(command, [...args, '-c', line], {
    encoding: 'utf8',
    env: { PATH: folder },
  });
  return ran.stderr;
}

/** A program for another loader, which this system does not have, as the binary for glibc in Alpine. */
function forAnotherLoader(): Buffer {
  const cat = readFileSync(located('cat'));
  const at = cat.indexOf('/ld-linux');
  expect(at).toBeGreaterThan(0);
  cat.write('/no-linux', at, 'latin1');
  return cat;
}

// .ci/run installs all of them.
const canRun =
  process.platform === 'linux' && missingPrograms(['bash', 'dash', 'busybox']).length === 0;

test.runIf(canRun)('shells print the words of the page', () => {
  const { check, unseen } = symptomChecker(['bash', 'sh (dash)', 'sh (BusyBox)']);
  check('executable-not-found', 'bash', printedBy('bash', 'dexchange version'));
  check('executable-not-found', 'sh (dash)', printedBy('sh (dash)', 'dexchange version'));

  writeFileSync(program, '', { mode: 0o644 });
  check('permission-denied', 'bash', printedBy('bash', `${program} version`));
  check('permission-denied', 'sh (dash)', printedBy('sh (dash)', `${program} version`));
  rmSync(program);

  writeFileSync(program, '\u007fELF of another machine\0', { mode: 0o755 });
  check('exec-format-error', 'bash', printedBy('bash', `${program} version`));
  rmSync(program);

  writeFileSync(program, forAnotherLoader(), { mode: 0o755 });
  check('loader-not-found', 'sh (BusyBox)', printedBy('sh (BusyBox)', 'dexchange version'));
  const version = execFileSync(located('bash'), ['-c', 'echo $BASH_VERSION'], { encoding: 'utf8' });
  const inBash = printedBy('bash', `${program} version`);
  if (Number.parseFloat(version) < 5.2) {
    expect(inBash).toContain('No such file or directory');
  } else {
    check('loader-not-found', 'bash', inBash);
    expect(unseen()).toEqual([]);
  }
});
