import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  clientSecretNames,
  idpClientSecretNames,
  subjectTokenNames,
} from '../../../src/inputs/secrets.ts';
import type { Network } from '../../../src/ports.ts';
import type { DeferredSecret } from '../../../src/secret.ts';
import { failure, rejection } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, secretsFor } from '../support/runtime.ts';
import { settingsOf } from '../support/settings.ts';

const kinds = [
  [clientSecretNames, 'setting_file_unreadable', 'setting_command_failed', 'setting_invalid'],
  [idpClientSecretNames, 'setting_file_unreadable', 'setting_command_failed', 'setting_invalid'],
  [
    subjectTokenNames,
    'subject_token_file_unreadable',
    'subject_token_command_failed',
    'subject_token_invalid',
  ],
] as const;

function fromFile(names: (typeof kinds)[number][0], text: string): DeferredSecret {
  const path = join(emptyFolder(), 'secret');
  writeFileSync(path, text);
  const settings = settingsOf({ flags: { [names.file]: path } });
  return secretsFor(settings, fakeRuntime('/nowhere')).secrets.get(names);
}

function fromCommand(names: (typeof kinds)[number][0], run: Network['runCommand']) {
  const runtime = fakeRuntime('/nowhere');
  const settings = settingsOf({ flags: { [names.command]: 'mint --token=canary-7f3a' } });
  const secret = secretsFor(settings, runtime, run).secrets.get(names);
  return { secret, runtime };
}

describe.each(kinds)('$value', (names, fileError, commandError, valueError) => {
  test.each(['s3cret', 's3cret\n', '\ufeffs3cret\r\n', 's3cret\n\n'])(
    'in a file is one line without its line break: %j',
    async (text) => {
      expect((await fromFile(names, text).value()).reveal()).toBe('s3cret');
    },
  );

  test('in a file keeps its spaces', async () => {
    expect((await fromFile(names, ' a b \n').value()).reveal()).toBe(' a b ');
  });

  test.each([
    ['', 'is empty'],
    ['\n', 'is empty'],
    ['canary-7f3a\nsecond', 'contains more than one line'],
  ])('in a file with %j is an error', (text, what) => {
    const seen = failure(() => fromFile(names, text));
    expect(seen.code).toBe(valueError);
    expect(seen.message).toMatch(new RegExp(`^--${names.file}: file /.*/secret ${what}$`));
    expect(`${seen.message}${seen.hint}`).not.toContain('canary');
  });

  test('in a missing file is an error', () => {
    const settings = settingsOf({ flags: { [names.file]: '/no/such/file' } });
    const read = () => secretsFor(settings, fakeRuntime('/nowhere')).secrets.get(names);
    expect(failure(read)).toMatchObject({
      code: fileError,
      message: `--${names.file} /no/such/file does not exist`,
    });
  });

  test('in a file with an unexpanded variable is an error', () => {
    expect(failure(() => fromFile(names, '$CANARY\n')).code).toBe('setting_not_expanded');
  });

  test('of a command is its output, and the command runs only when the value is needed', async () => {
    let runs = 0;
    const { secret } = fromCommand(names, async () => {
      runs++;
      return 's3cret\n';
    });
    expect(runs).toBe(0);
    expect((await secret.value()).reveal()).toBe('s3cret');
    expect(runs).toBe(1);
  });

  test('of a failing command is an error that contains only the name of the program', async () => {
    const { secret, runtime } = fromCommand(names, () =>
      Promise.reject(new Error('ended with exit code 2')),
    );
    expect(await rejection(secret.value())).toMatchObject({
      code: commandError,
      message: `--${names.command}: command mint ended with exit code 2`,
    });
    expect(runtime.debugLines).toEqual([]);
  });

  test('of a command without output is an error', async () => {
    const { secret } = fromCommand(names, async () => '\n');
    expect(await rejection(secret.value())).toMatchObject({
      code: valueError,
      message: `--${names.command}: command mint is empty`,
    });
  });

  test('that is not set is an error that lists the settings', () => {
    const read = () => secretsFor(settingsOf({}), fakeRuntime('/nowhere')).secrets.get(names);
    expect(failure(read)).toMatchObject({
      code: 'setting_missing',
      message: expect.stringMatching(/^not set: the /),
      hint: expect.stringMatching(new RegExp(`--${names.file} FILE or --${names.command} COMMAND`)),
    });
  });
});
