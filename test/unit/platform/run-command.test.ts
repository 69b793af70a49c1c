import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createDeadline } from '../../../src/platform/deadline.ts';
import { CommandFailure, runCommand } from '../../../src/platform/run-command.ts';
import { emptyFolder } from '../support/folder.ts';

const path = { PATH: process.env['PATH'] };

function deadline(milliseconds = 60_000) {
  return createDeadline(milliseconds, performance);
}

function shell(script: string, ...args: readonly string[]): readonly string[] {
  return ['sh', '-c', script, 'sh', ...args];
}

async function failureOf(running: Promise<string>): Promise<CommandFailure> {
  const error: unknown = await running.then(
    (text) => new Error(`it printed ${text}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandFailure)) throw error;
  return error;
}

/** A FIFO: when it is written to, and when no process holds it open any more. */
function aFifo() {
  const fifo = join(emptyFolder(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = createReadStream(fifo);
  const [written, ended] = [once(reader, 'data'), once(reader, 'end')];
  reader.resume();
  return { fifo, written, ended };
}

test('returns everything that the command prints', async () => {
  expect(await runCommand(['printf', '%s|', 'a b', '$HOME', '*'], path, deadline())).toBe(
    'a b|$HOME|*|',
  );
});

test('the command has only the given environment', async () => {
  const env = { ...path, ONE: '1', NONE: undefined };
  const printed = await runCommand(['env'], env, deadline());
  expect(printed.split('\n').filter((line) => /^(ONE|NONE|HOME|VITEST)/.test(line))).toEqual([
    'ONE=1',
  ]);
});

test('the command has stdin closed, so that it cannot wait for input', async () => {
  expect(await runCommand(shell('read -r line && echo got || echo closed'), path, deadline())).toBe(
    'closed\n',
  );
});

test('the stderr of the command is discarded', async () => {
  expect(await runCommand(shell('echo noise >&2; echo token'), path, deadline())).toBe('token\n');
});

describe('the failure follows the name of the command:', () => {
  test.each<[string, readonly string[]]>([
    ['was not found', ['no-such-program-7f3a91']],
    ['was not found', ['/no/such/program']],
    ['is not executable', ['/etc/passwd']],
    ['ended with exit code 3', shell('exit 3')],
    ['was ended by SIGTERM', shell('kill -TERM $$')],
    ['printed more than 1048576 bytes', ['head', '-c', '1048577', '/dev/zero']],
    ['printed more than 1048576 bytes', ['cat', '/dev/zero']],
  ])('it %s', async (words, command) => {
    expect((await failureOf(runCommand(command, path, deadline()))).message).toBe(words);
  });

  test('it could not be started with a null byte in an argument', async () => {
    const { message } = await failureOf(runCommand(['a\0b'], path, deadline()));
    expect(message).toBe('could not be started: ERR_INVALID_ARG_VALUE');
  });

  test('it does not contain the stderr of the command', async () => {
    const script = 'echo "secret" >&2; exit 2';
    const error = await failureOf(runCommand(shell(script), path, deadline()));
    expect(inspect(error, { depth: 5 })).not.toContain('secret');
  });
});

test('the output can be as long as the limit', async () => {
  const printed = await runCommand(['head', '-c', '1048576', '/dev/zero'], path, deadline());
  expect(printed).toHaveLength(1_048_576);
});

test('the deadline ends the command and its child processes', async () => {
  const { fifo, written, ended } = aFifo();
  const time = new AbortController();
  const running = runCommand(
    shell('trap "" TERM HUP INT; exec 3>"$1"; sleep 600 & echo started >&3; sleep 600', fifo),
    path,
    { totalMs: 300, signal: time.signal, remainingMs: () => 300 },
  );
  await written;
  time.abort();
  expect((await failureOf(running)).message).toBe('did not end within 0.3 s');
  await ended;
});

test('child processes end when the command has exited', async () => {
  const { fifo, ended } = aFifo();
  const script = 'exec 3>"$1"; sleep 600 >/dev/null 2>&1 & echo token';
  expect(await runCommand(shell(script, fifo), path, deadline())).toBe('token\n');
  await ended;
});

test('the command fails immediately if the deadline is over before it starts', async () => {
  const running = runCommand(['sleep', '600'], path, deadline(0));
  expect((await failureOf(running)).message).toBe('did not end within 0 s');
});

test('a signal that ends this process also ends the command', async () => {
  const { fifo, written, ended } = aFifo();
  const source = new URL('../../../src/platform/', import.meta.url).href;
  // The pause is for runCommand, which starts a command before it listens for signals.
  const script = 'exec 3>"$0"; sleep 0.5; echo started >&3; exec sleep 600';
  const program = `
    import { createDeadline } from '${source}deadline.ts';
    import { runCommand } from '${source}run-command.ts';
    const words = ['sh', '-c', ${JSON.stringify(script)}, process.argv[1]];
    await runCommand(words, process.env, createDeadline(60_000, performance));
  `;
  const us = spawn(process.execPath, ['--input-type=module', '-e', program, fifo], {
    stdio: 'ignore',
  });
  const exited = once(us, 'exit');
  await written;
  us.kill('SIGTERM');
  expect(await exited).toEqual([null, 'SIGTERM']);
  await ended;
}, 30_000);
