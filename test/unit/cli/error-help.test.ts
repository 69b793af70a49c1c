import { describe, expect, test } from 'vitest';
import { checkUsage, commandNamed } from '../../../src/cli/commands.ts';
import { wordsOf } from '../../../src/cli/completion/words.ts';
import { errorCodes, errorHelps, errorText } from '../../../src/cli/error-help/error-text.ts';
import { parseArguments } from '../../../src/config/parse-arguments.ts';
import { exitCodes } from '../../../src/errors.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { runInProcess } from '../../support/in-process.ts';

describe.each(errorCodes)('help %s', (code) => {
  const { meaning, causes, remedy } = errorHelps[code];

  test('explains the code in sentences', async () => {
    const ended = await runInProcess(['help', code]);
    expect(ended).toEqual({ code: 0, stdout: errorText(code, 80), stderr: '' });
    expect(ended.stdout.startsWith(`${code} (exit code ${exitCodes[code]}: `)).toBe(true);
    const joined = ended.stdout.replaceAll(/\n {2}|\n/g, ' ');
    for (const text of [meaning, ...causes, remedy]) {
      expect(text).toMatch(/^[`A-Z"]|^dexchange |^apiVersion |^allowedConnectors /);
      expect(text).toMatch(/[.]$/);
      expect(joined).toContain(text);
    }
  });

  test('fits into 80 columns, except for commands, and into 24 lines', () => {
    const lines = errorText(code, 80).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 80 && !/`.{60,}`/.test(line))).toEqual([]);
  });

  test('has commands that dexchange accepts', () => {
    const commands = [...[meaning, ...causes, remedy].join(' ').matchAll(/`dexchange ([^`]+)`/g)];
    for (const [, command = ''] of commands) {
      const { positionals, flags, help } = parseArguments(command.split(' '));
      const [name, ...words] = positionals;
      if (name === undefined) expect(help).toBe(true);
      else checkUsage(commandNamed(name), flags, words);
    }
  });
});

test('help of a missing setting looks like this', async () => {
  const { stdout } = await runInProcess(['help', 'setting_missing'], { terminalColumns: 80 });
  expect(stdout).toBe(
    `setting_missing (exit code 2: usage or configuration; no request was sent)

A required setting is not set. The message names its flag, or the secret that is
missing.

Likely causes:
- The CI variable with the value does not exist in this job: it is protected and
  the branch is not, it belongs to another environment, it is empty, or it has
  another name.
- The settings are in the cluster entry of the kubeconfig, but the exec entry of
  the user has no \`provideClusterInfo: true\`.
- The settings are in the exec entry of a kubeconfig that the call does not name
  with \`--kubeconfig\`.

What to do:
Set the flag, or its \`DEXCHANGE_\` variable in the job or in env of the exec
entry.

\`dexchange get-token --explain --kubeconfig FILE --context NAME\` makes the call
again and looks for the cause; \`dexchange help configuration\` lists all causes
that it knows.
`,
  );
});

test.each([
  [
    'dex_client_refusd',
    'unknown error code dex_client_refusd',
    'run `dexchange help dex_client_refused`',
  ],
  ['SETTING_MISSING', 'unknown error code SETTING_MISSING', 'run `dexchange help setting_missing`'],
  ['get-tokn', 'unknown command get-tokn', 'did you mean get-token?'],
])('help %s suggests the nearest', async (word, message, hint) => {
  expect(
    expectFailure(await runInProcess(['help', word]), {
      exitCode: 2,
      code: 'usage_unknown_command',
    }),
  ).toEqual({ message, hint });
});

const codeHint =
  'copy the code from the end of the error message, without the parentheses, or run `dexchange help topics` for the subjects';

test.each([
  ['500', 'unknown command, topic or code 500'],
  ['a1', 'unknown command, topic or code a1'],
  ['frobnicate', 'unknown command, topic or code frobnicate'],
  ['s3cr3t-of-the-client', 'unknown command, topic or code'],
  ['correct_horse_battery_staple', 'unknown error code'],
])('help %s says where codes are', async (word, message) => {
  expect(expectFailure(await runInProcess(['help', word]), { exitCode: 2 })).toEqual({
    message,
    hint: codeHint,
  });
});

test.each([
  ['401', 'api_unauthorized'],
  ['403', 'api_forbidden'],
  ['404', 'api_missing'],
] as const)('help %s is the help of %s', async (status, code) => {
  const ended = await runInProcess(['help', status]);
  expect(ended).toEqual({ code: 0, stdout: errorText(code, 80), stderr: '' });
});

test('help of a mistyped rule suggests the rule', async () => {
  expect(expectFailure(await runInProcess(['help', 'configuratoin']), { exitCode: 2 })).toEqual({
    message: 'unknown topic configuratoin',
    hint: 'run `dexchange help configuration`',
  });
});

test('a code without the word help is not a command', async () => {
  expect(expectFailure(await runInProcess(['server_tls']), { exitCode: 2 })).toEqual({
    message: 'server_tls is an error code, not a command',
    hint: 'run `dexchange help server_tls`',
  });
});

test('help of a word that resembles no code does not repeat it', async () => {
  expectFailure(await runInProcess(['help', 'correct_horse_battery_staple']), {
    exitCode: 2,
    names: ['unknown error code'],
    secrets: ['horse'],
  });
});

test('completion knows the codes', () => {
  const words = wordsOf(['help']).map(({ value }) => value);
  expect(words).toEqual(expect.arrayContaining(['get-token', ...errorCodes]));
});
