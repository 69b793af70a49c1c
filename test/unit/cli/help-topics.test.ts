import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkUsage, commandNamed } from '../../../src/cli/commands.ts';
import { wordsOf } from '../../../src/cli/completion/words.ts';
import { type TopicPart, topicText } from '../../../src/cli/help-topics/help-topic.ts';
import { helpTopics } from '../../../src/cli/help-topics/help-topics.ts';
import { parseArguments } from '../../../src/config/parse-arguments.ts';
import { ownVariables } from '../../../src/config/setting.ts';
import { settings } from '../../../src/config/table.ts';
import { ambientSystems } from '../../../src/identity/select-ambient.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { runInProcess } from '../../support/in-process.ts';

const names = helpTopics.map(({ name }) => name);

const linesOf = (parts: readonly TopicPart[]): readonly string[] =>
  parts.flatMap((part) => (part.kind === 'lines' ? part.text.split('\n') : []));

test('help topics lists the topics with their summaries', async () => {
  const { code, stdout, stderr } = await runInProcess(['help', 'topics'], { terminalColumns: 80 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(names).toEqual(['environment', 'kubeconfig', 'ci', 'cache', 'security', 'offline']);
  for (const { name, summary } of helpTopics) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  }
  expect((await runInProcess(['help'])).stdout).toContain('dexchange help topics');
});

describe.each(helpTopics)('the topic $name', (topic) => {
  test('goes to stdout', async () => {
    const ended = await runInProcess(['help', topic.name], { terminalColumns: 80 });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.endsWith(topicText(topic, 80))).toBe(true);
  });

  test.each([60, 80, 120])('is %i columns wide, but keeps lines to copy whole', (width) => {
    const text = topicText(topic, width);
    const whole = linesOf(topic.parts);
    expect(whole.filter((line) => line.length > 78)).toEqual([]);
    const lines = text.split('\n');
    const tooLong = lines.filter((line) => line.length > width);
    expect(tooLong.filter((line) => !whole.includes(line.slice(2)))).toEqual([]);
    expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
    expect(text).toMatch(/[^\n]\n$/);
    // It fits what people read at once.
    expect(lines.length).toBeLessThan(width === 60 ? 110 : 90);
  });

  test('names variables of dexchange that exist', () => {
    const known = new Set(settings.flatMap(([name, row]) => ownVariables(name, row)));
    const text = topicText(topic, 1000);
    for (const variable of text.match(/\bDEXCHANGE_[A-Z_]+\b/g) ?? []) {
      expect(known.has(variable), variable).toBe(true);
    }
  });
});

test('the topic environment has every variable of other tools and of CI systems', async () => {
  const { stdout } = await runInProcess(['help', 'environment'], { terminalColumns: 200 });
  const borrowed = settings.flatMap(
    ([, row]) => row.borrowed?.map(({ variable }) => variable) ?? [],
  );
  const ofSystems = ambientSystems.flatMap(({ variables }) => variables);
  for (const variable of [...borrowed, ...ofSystems, 'DEXCHANGE_CLIENT_SECRET']) {
    expect(stdout).toMatch(new RegExp(`\\b${variable}\\b`));
  }
});

test('the user entry in the topic kubeconfig has flags of get-token', () => {
  const [entry = ''] = helpTopics
    .filter(({ name }) => name === 'kubeconfig')
    .flatMap(({ parts }) => parts)
    .flatMap((part) => (part.kind === 'lines' && part.text.startsWith('users:') ? part.text : []));
  const { exec } = parse(entry).users[0].user;
  expect(exec).toMatchObject({ command: 'dexchange', interactiveMode: 'Never' });
  const { positionals, flags } = parseArguments(exec.args);
  expect(positionals).toEqual(['get-token']);
  expect(() => checkUsage(commandNamed('get-token'), flags, [])).not.toThrow();
});

test.each(['cache', 'kubeconfig'])(
  'help %s has the command and the topic; with --all, and --help, only the command',
  async (name) => {
    const [both, all, ofCommand] = await Promise.all(
      [
        ['help', name],
        ['help', name, '--all'],
        [name, '--help'],
      ].map((args) => runInProcess(args)),
    );
    const title = new RegExp(`^${name}: `, 'm');
    expect(both?.stdout).toMatch(/^Usage:$/m);
    expect(both?.stdout).toMatch(title);
    for (const ended of [all, ofCommand]) {
      expect(ended?.stdout).toMatch(/^Usage:$/m);
      expect(ended?.stdout).not.toMatch(title);
    }
    expect(both?.stdout.startsWith(ofCommand?.stdout ?? '-')).toBe(true);
  },
);

test.each([
  ['enviroment', 'unknown topic enviroment', 'run `dexchange help environment`'],
  ['topic', 'unknown topic topic', 'run `dexchange help topics`'],
  ['ofline', 'unknown topic ofline', 'run `dexchange help offline`'],
  ['cach', 'unknown command cach', 'did you mean cache?'],
])('help %s suggests the nearest', async (word, message, hint) => {
  const expected = { exitCode: 2, code: 'usage_unknown_command' } as const;
  expect(expectFailure(await runInProcess(['help', word]), expected)).toEqual({ message, hint });
});

test('a topic is not a command', async () => {
  expectFailure(await runInProcess(['offline']), { exitCode: 2, code: 'usage_unknown_command' });
});

test('completion knows the topics, each once', () => {
  const words = wordsOf(['help']).map(({ value }) => value);
  expect(words).toEqual(expect.arrayContaining(['topics', ...names]));
  expect(new Set(words).size).toBe(words.length);
});
