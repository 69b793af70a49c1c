import { readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { freshFolder } from '../support/dexchange.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';

const { folder, version } = inject('release');
const project = freshFolder();
const env = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
  HOME: project.path,
};

/** Installs the packages into a project, without a registry. */
beforeAll(async () => {
  const tarballs = readdirSync(join(folder, 'npm')).filter((name) => /-\d/.test(name));
  const files = tarballs.map((file): readonly [string, string] => [
    file.slice(0, file.indexOf(`-${version}.tgz`)),
    `file:${join(folder, 'npm', file)}`,
  ]);
  const isMain = ([name]: readonly [string, string]): boolean => name === 'dexchange';
  const manifest = {
    dependencies: Object.fromEntries(files.filter(isMain)),
    optionalDependencies: Object.fromEntries(files.filter((file) => !isMain(file))),
  };
  writeFileSync(join(project.path, 'package.json'), JSON.stringify(manifest));
  const install = ['install', '--offline', '--no-audit', '--no-fund'];
  const installed = await runToEnd('npm', install, { cwd: project.path, env });
  expect(installed).toMatchObject({ code: 0 });
  return project.remove;
});

/** Runs the command of the package under the Node of the tests. */
function launched(nodeOptions: readonly string[], ...args: readonly string[]): Promise<Ended> {
  const command = join(project.path, 'node_modules/dexchange/dexchange.mjs');
  return runToEnd(process.execPath, [...nodeOptions, command, ...args], { env });
}

/** As in a Node before 22.15. */
const withoutExecve = ['--import', 'data:text/javascript,delete process.execve'];

test('npx runs the program', async () => {
  const ran = await runToEnd('npx', ['--offline', 'dexchange', 'version'], {
    cwd: project.path,
    env,
  });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(version) });
});

test.each([
  ['execve', []],
  ['a child process', withoutExecve],
])('the command passes on arguments, output and exit code, by %s', async (_, options) => {
  expect(await launched(options, 'version')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(version),
    stderr: '',
  });
  expect(await launched(options, 'no-such-command')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('no-such-command'),
  });
});
