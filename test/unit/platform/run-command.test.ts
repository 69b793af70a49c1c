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

async function trouble(running: Promise<string>): Promise<CommandFailure> {
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

test('gives what the command prints, to the last byte', async () => {
  expect(await runCommand(['printf', '%s|', 'a b', '$HOME', '*'], path, deadline())).toBe(
    'a b|$HOME|*|',
  );
});

test('has the environment it is given, and no other', async () => {
  const env = { ...path, ONE: '1', NONE: undefined };
  const printed = await runCommand(['env'], env, deadline());
  expect(printed.split('\n').filter((line) => /^(ONE|NONE|HOME|VITEST)/.test(line))).toEqual([
    'ONE=1',
  ]);
});

test('has its stdin closed, so that it cannot wait for somebody to type', async () => {
  expect(await runCommand(shell('read -r line && echo got || echo closed'), path, deadline())).toBe(
    'closed\n',
  );
});

test('is not heard on stderr when all is well', async () => {
  expect(await runCommand(shell('echo noise >&2; echo token'), path, deadline())).toBe('token\n');
});

describe('trouble fits behind its name:', () => {
  test.each<[string, readonly string[]]>([
    ['was not found', ['no-such-program-7f3a91']],
    ['was not found', ['/no/such/program']],
    ['is not executable', ['/etc/passwd']],
    ['ended with exit code 3', shell('exit 3')],
    ['was ended by SIGTERM', shell('kill -TERM $$')],
    ['printed more than 1048576 bytes', ['head', '-c', '1048577', '/dev/zero']],
    ['printed more than 1048576 bytes', ['cat', '/dev/zero']],
  ])('it %s', async (words, command) => {
    expect((await trouble(runCommand(command, path, deadline()))).message).toBe(words);
  });

  test('with a NUL in its words it could not be started', async () => {
    const { message } = await trouble(runCommand(['a\0b'], path, deadline()));
    expect(message).toBe('could not be started: ERR_INVALID_ARG_VALUE');
  });

  test('and keeps nothing of what it wrote to stderr', async () => {
    const script = 'echo "secret" >&2; exit 2';
    const error = await trouble(runCommand(shell(script), path, deadline()));
    expect(inspect(error, { depth: 5 })).not.toContain('secret');
  });
});

test('may print as much as is allowed', async () => {
  const printed = await runCommand(['head', '-c', '1048576', '/dev/zero'], path, deadline());
  expect(printed).toHaveLength(1_048_576);
});

test('ends with the deadline, and whatever it has started ends with it', async () => {
  const { fifo, written, ended } = aFifo();
  const time = new AbortController();
  const running = runCommand(
    shell('trap "" TERM HUP INT; exec 3>"$1"; sleep 600 & echo started >&3; sleep 600', fifo),
    path,
    { totalMs: 300, signal: time.signal, remainingMs: () => 300 },
  );
  await written;
  time.abort();
  expect((await trouble(running)).message).toBe('did not end within 0.3 s');
  await ended;
});

test('leaves nothing behind when it has given its answer', async () => {
  const { fifo, ended } = aFifo();
  const script = 'exec 3>"$1"; sleep 600 >/dev/null 2>&1 & echo token';
  expect(await runCommand(shell(script, fifo), path, deadline())).toBe('token\n');
  await ended;
});

test('is not waited for when the time is up before it starts', async () => {
  const running = runCommand(['sleep', '600'], path, deadline(0));
  expect((await trouble(running)).message).toBe('did not end within 0 s');
});

test('ends with us when we are told to end', async () => {
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
