import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { installScript, missing } from '../../support/install-suite.ts';
import { currentVersion } from '../../support/release-server.ts';
import { runToEnd } from '../../support/run-to-end.ts';

const text = readFileSync(installScript, 'utf8');

// CI has them all; elsewhere the list of skipped tests names what is missing.
test('the shells and tools for the tests of install.sh are installed', ({ skip }) => {
  if (process.env['CI'] === undefined) skip(missing.length > 0, `not installed: ${missing.join()}`);
  expect(missing).toEqual([]);
});

test('the version in install.sh is the version of the package', () => {
  expect(text).toContain(`\nrelease_version='${currentVersion}'\n`);
});

test('the first part of install.sh does nothing', async () => {
  for (const share of [0.25, 0.5, 0.75, 0.99]) {
    const part = text.slice(0, Math.floor(text.length * share));
    const { stdout } = await runToEnd('/bin/sh', ['-c', part], { env: { PATH: '' } });
    expect(stdout).toBe('');
  }
});
