import { copyFileSync } from 'node:fs';
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
  const command = /^hint: (?:.*; )?run: dexchange (.*)$/m.exec(stderr)?.[1] ?? '';
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
