import { chmodSync, closeSync, existsSync, openSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { placeBinary } from './place-binary.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

let call: TokenCall;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

// The functions of Windows need SystemRoot.
const nothing: Readonly<Record<string, string>> =
  process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] ?? '' } : {};

test.each([
  [['version'], /^dexchange \d+\.\d+\.\d+\S*\n$/],
  [['--version'], /^dexchange \d+\.\d+\.\d+\S*\n$/],
  [['--help'], /get-token/],
  [['get-token', '--help'], /--dex-url/],
])('dexchange %j works in an empty environment', async (args, answer) => {
  const ended = await runToEnd(binary, args, { env: nothing });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(answer);
});

test('get-token prints a credential without HOME', async () => {
  const ended = await runToEnd(binary, call.args, { env: { ...nothing, ...call.env } });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

test('get-token prints a credential in a read-only folder', async () => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const program = placeBinary(folder.path);
  chmodSync(folder.path, 0o555);
  onTestFinished(() => chmodSync(folder.path, 0o755));
  const ended = await runToEnd(program, call.args, {
    env: { ...nothing, ...call.env },
    cwd: folder.path,
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

test('get-token prints a credential if stdin cannot be read', async () => {
  const writeOnly = openSync(process.platform === 'win32' ? 'NUL' : '/dev/null', 'w');
  onTestFinished(() => closeSync(writeOnly));
  const ended = await runToEnd(binary, call.args, {
    env: { ...nothing, ...call.env },
    stdio: [writeOnly, 'pipe', 'pipe'],
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

const shell = '/bin/sh';

test.skipIf(!existsSync(shell))('get-token prints a credential if stdin is closed', async () => {
  const ended = await runToEnd(shell, ['-c', 'exec "$0" "$@" <&-', binary, ...call.args], {
    env: call.env,
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

test('get-token prints a credential under another program name', async () => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const program = placeBinary(folder.path, 'kubectl-dexchange');
  const ended = await runToEnd(program, call.args, { env: { ...nothing, ...call.env } });
  execCredential(ended);
});

test.skipIf(process.platform === 'win32')(
  'the binary runs through a symbolic link on PATH',
  async () => {
    const folder = freshFolder();
    onTestFinished(folder.remove);
    symlinkSync(binary, join(folder.path, 'dexchange'));
    const ended = await runToEnd(shell, ['-c', 'dexchange version'], {
      env: { PATH: folder.path },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  },
);
