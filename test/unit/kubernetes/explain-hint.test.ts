import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { splitWords } from '../../../src/config/command-words.ts';
import { createWorld, goodAnswer } from '../../support/hostile-world.ts';
import { type InProcessCall, runInProcess } from '../../support/in-process.ts';
import { emptyFolder } from '../support/folder.ts';

/** The words of the command in the hint of a failed call, without the name of the program. */
async function printedCommand(args: readonly string[], call: InProcessCall) {
  const { code, stderr } = await runInProcess(args, call);
  expect(code).toBe(2);
  const command = /^hint: (?:.*; )?run `dexchange (.*)`$/m.exec(stderr)?.[1] ?? '';
  return splitWords(command) ?? [];
}

test.each(['config', 'my config', "it's", 'a;b &c', 'конфиг', '-dash'])(
  'the command in the hint of a plugin explains the same context of --kubeconfig %s',
  async (name) => {
    const folder = emptyFolder();
    const world = await createWorld(folder);
    const path = join(folder, name);
    copyFileSync(world.kubeconfig, path);
    const call: InProcessCall = {
      env: { DEXCHANGE_CLIENT_SECRET: 'x', SUBJECT_TOKEN: 'y' },
      cwd: folder,
      answer: goodAnswer,
    };
    for (const command of ['whoami', 'discover']) {
      const args = await printedCommand(
        [command, '--context=plugin', `--kubeconfig=${path}`],
        call,
      );
      expect(args).toEqual(['get-token', '--explain', '--kubeconfig', path, '--context', 'plugin']);
      const report = await runInProcess([...args, '--no-cache'], call);
      expect(report.code).toBe(0);
      expect(report.stdout).toContain('context plugin');
    }
  },
);

test('the command needs no --kubeconfig if KUBECONFIG names the file', async () => {
  const world = await createWorld(emptyFolder());
  const call = { env: { KUBECONFIG: world.kubeconfig }, cwd: world.folder };
  expect(await printedCommand(['whoami', '--context=plugin'], call)).toEqual([
    'get-token',
    '--explain',
    '--context',
    'plugin',
  ]);
});

test('other hints name the context too, with a command that works for its credential', async () => {
  const folder = emptyFolder();
  const path = join(folder, 'my config');
  const exec = (command: string, args: readonly string[]) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      command,
      args,
    },
  });
  const method = '--method=service-account';
  const users = {
    account: exec('dexchange', ['get-token', method, '-n=ns', '--service-account=deploy']),
    login: exec('kubelogin', ['get-token']),
  };
  writeFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://api.example.com' } }],
      users: Object.entries(users).map(([name, user]) => ({ name, user })),
      contexts: Object.keys(users).map((name) => ({ name, context: { cluster: 'c', user: name } })),
    }),
  );
  const hintOf = async (context: string, command: readonly string[]) => {
    const args = [...command, `--kubeconfig=${path}`, `--context=${context}`];
    const { code, stdout, stderr } = await runInProcess(args, { cwd: folder });
    expect(code).toBe(2);
    return /hint: (.*)/s.exec(stdout + stderr)?.[1]?.replaceAll(/\s+/g, ' ');
  };
  const flags = (context: string) => `--kubeconfig '${path}' --context ${context}`;
  // Without an exchange there is nothing to explain.
  expect(await hintOf('account', ['whoami'])).toContain(
    `run \`dexchange get-token -v ${flags('account')} | dexchange decode\``,
  );
  const explain = ['get-token', '--explain=json', `--kubeconfig=${path}`, '--context=account'];
  const { stdout } = await runInProcess(explain, { cwd: folder });
  expect(JSON.parse(stdout).verdict.hint).toContain(
    `run \`dexchange whoami ${flags('account')}\` to see`,
  );
  expect(await hintOf('login', ['get-token'])).toContain(
    `run \`dexchange whoami ${flags('login')}\``,
  );
});
