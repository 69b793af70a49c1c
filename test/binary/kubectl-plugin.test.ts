import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { placeBinary } from './place-binary.ts';
import { binary } from './shipped.ts';

const folder = freshFolder();
const plugin = join(folder.path, 'kubectl-dexchange');
beforeAll(() => symlinkSync(binary, plugin));
afterAll(folder.remove);

const env = { PATH: `${folder.path}:${process.env['PATH']}`, HOME: folder.path };
const hasKubectl = spawnSync('kubectl', ['help'], { env }).error === undefined;

test('a link named kubectl-dexchange speaks of kubectl dexchange in help and hints', async () => {
  const help = await runToEnd(plugin, ['help', 'whoami'], { env });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^ {2}kubectl dexchange whoami \[flags\]$/m);
  expect(help.stdout).not.toMatch(/^ *dexchange whoami/m);
  const failed = await runToEnd(plugin, ['get-token', '--nonsense'], { env });
  expect(failed.stderr).toMatch(/^hint: run .?kubectl dexchange --help/m);
});

test('a file of another name speaks of dexchange', async () => {
  const placed = placeBinary(folder.path, 'another-name');
  const help = await runToEnd(placed, ['--help'], { env });
  expect(help.stdout).toMatch(/^ {2}dexchange COMMAND/m);
});

test('data is the same under either name', async () => {
  const args = ['kubeconfig', 'token-exchange', '--server=https://api.example.com', '--public-ca'];
  args.push('--dex-url=https://dex.example.com/', '--connector-id=m', '--client-id=ci');
  const own = await runToEnd(binary, args, { env });
  expect(own.code).toBe(0);
  expect((await runToEnd(plugin, args, { env })).stdout).toBe(own.stdout);
});

test.runIf(hasKubectl)('kubectl runs it as a plugin', async () => {
  const help = await runToEnd('kubectl', ['dexchange', 'help', 'cache'], { env });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^ {2}kubectl dexchange cache list /m);
  const failed = await runToEnd('kubectl', ['dexchange', 'cache', 'clear', 'x'], { env });
  expect(failed.code).toBe(2);
  expect(failed.stderr).toMatch(/^hint: run .?kubectl dexchange cache list/m);
});
