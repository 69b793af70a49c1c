import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startTokenCall, type TokenCall } from '../binary/token-call.ts';
import { buildCtrlC } from '../e2e/harness/build.ts';
import { builtTarget } from '../support/built-target.ts';
import { freshFolder } from '../support/dexchange.ts';
import { findWine, type Wine, windowsPath } from './wine.ts';

// A small program presses Ctrl-C in the console of the command (test/e2e/servers/kubernetes/ctrl-c). As in
// the jobs of a runner, the streams are pipes.

const program = (): string => windowsPath(builtTarget('windows-x64').program);

let wine: Wine;
let call: TokenCall;
let folder: string;
let presser: string;

beforeAll(async () => {
  wine = await findWine();
  call = await startTokenCall();
}, 900_000);
afterAll(() => call.dex.close());

beforeEach(async () => {
  const fresh = freshFolder('dexchange-ctrl-c-');
  onTestFinished(fresh.remove);
  folder = fresh.path;
  presser = join(folder, 'ctrl-c.exe');
  copyFileSync(await buildCtrlC(), presser);
});

/** Runs a command, and presses Ctrl-C when the file exists. */
function interrupt(file: string, words: readonly string[]) {
  return wine.run(presser, ['press', windowsPath(file), ...words], {
    ...call.env,
    TMP: windowsPath(folder),
    TEMP: windowsPath(folder),
  });
}

// On a busy machine, Wine sometimes reports a page fault of its own.
describe('windows-x64', { retry: 2 }, () => {
  test('Ctrl-C ends a get-token that waits for Dex, and leaves no lock', async () => {
    const file = join(folder, 'connected');
    const silent = createServer(() => writeFileSync(file, ''));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    onTestFinished(() => void silent.close());
    const bound = silent.address();
    const port = typeof bound === 'object' ? bound?.port : undefined;
    const cache = join(folder, 'cache');
    const args = call.args.map((arg) =>
      arg.startsWith('--dex-url=') ? `--dex-url=http://127.0.0.1:${port}` : arg,
    );
    const ended = await interrupt(file, [program(), ...args, `--cache-dir=${windowsPath(cache)}`]);
    expect(ended).toMatchObject({ stdout: '', stderr: '' });
    expect(ended.code).not.toBe(0);
    expect(readdirSync(cache).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  test('Ctrl-C reaches the command of exec, which ends in its own way', async () => {
    const file = join(folder, 'started');
    const ended = await interrupt(file, [
      ...[program(), 'exec', '--server=https://api.example.com', ...call.args.slice(1)],
      ...['--no-cache', '--', windowsPath(presser), 'wait', windowsPath(file)],
    ]);
    expect(ended).toMatchObject({ code: 9, stdout: 'interrupted\n', stderr: '' });
    expect(readdirSync(folder).filter((name) => name.startsWith('dexchange-run-'))).toEqual([]);
  });
});
