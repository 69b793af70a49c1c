import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../src/config/parse-arguments.ts';
import { type SettingName, settings } from '../../../src/config/table.ts';
import { failure } from '../support/failure.ts';

function texts(args: readonly string[], name: SettingName): readonly string[] | undefined {
  return parseArguments(args)
    .flags.get(name)
    ?.map((flag) => flag.text);
}

const withValue = settings
  .filter(([, setting]) => setting.type !== 'switch' && setting.bareValue === undefined)
  .map(([name]) => name);
const switches = settings.filter(([, setting]) => setting.type === 'switch').map(([name]) => name);

test.each(withValue)('--%s takes a value behind a space or an equals sign', (name) => {
  expect(texts([`--${name}`, 'a b'], name)).toEqual(['a b']);
  expect(texts([`--${name}=a=b`], name)).toEqual(['a=b']);
});

test.each(withValue)('--%s needs its value', (name) => {
  const none = { code: 'usage_flag_value', message: `--${name} needs a value`, hint: undefined };
  expect(failure(() => parseArguments([`--${name}`]))).toMatchObject(none);
  expect(failure(() => parseArguments([`--${name}=`]))).toMatchObject(none);
  expect(failure(() => parseArguments([`--${name}`, '--verbose']))).toEqual({
    code: 'usage_flag_value',
    message: `--${name} is followed by another flag, not by its value`,
    hint: `write --${name}=VALUE if the value begins with a dash`,
    exitCode: 2,
  });
});

test.each(switches)('--%s is true unless it says false', (name) => {
  expect(texts([`--${name}`, 'word'], name)).toEqual(['true']);
  expect(texts([`--${name}=false`], name)).toEqual(['false']);
  expect(parseArguments([`--${name}`, 'word']).positionals).toEqual(['word']);
});

test.each(
  settings.flatMap(([name, { flagAliases = [] }]) => flagAliases.map((alias) => [alias, name])),
)('--%s is --%s, and is called what the user called it', (alias, name) => {
  const takesValue = withValue.some((candidate) => candidate === name);
  const { flags } = parseArguments([takesValue ? `--${alias}=x` : `--${alias}`]);
  expect(flags.get(name as SettingName)).toEqual([
    { flag: alias, text: takesValue ? 'x' : 'true' },
  ]);
});

test('a value may begin with a dash behind an equals sign, and may be a lone dash', () => {
  expect(texts(['--client-secret=-x'], 'client-secret')).toEqual(['-x']);
  expect(texts(['--client-secret-file', '-'], 'client-secret-file')).toEqual(['-']);
});

test('a flag given twice is kept twice, in order', () => {
  expect(texts(['--idp-param', 'a=1', '--idp-param=b=2'], 'idp-param')).toEqual(['a=1', 'b=2']);
});

test.each([
  [['-o', 'token']],
  [['-otoken']],
  [['-o=token']],
  [['-vo', 'token']],
  [['-v', '-o=token']],
])('the short form %j is understood as kubectl does', (args) => {
  expect(texts(args, 'output')).toEqual(['token']);
});

test('a short switch may be switched off', () => {
  expect(texts(['-v=false'], 'verbose')).toEqual(['false']);
  expect(texts(['-v'], 'verbose')).toEqual(['true']);
});

test('words are positionals, and so is all behind a double dash', () => {
  const { positionals, flags } = parseArguments(['get-token', '-v', '--', '--output=x', '-o=y']);
  expect(positionals).toEqual(['get-token', '--output=x', '-o=y']);
  expect([...flags.keys()]).toEqual(['verbose']);
});

test.each([['--help'], ['-h']])('%s asks for help', (flag) => {
  expect(parseArguments(['get-token', flag])).toMatchObject({ help: true, version: false });
});

test('--version asks for the version', () => {
  expect(parseArguments(['--version'])).toMatchObject({ help: false, version: true });
});

describe('an unknown flag', () => {
  test.each([
    [['--clinet-id', 'ci'], '--clinet-id', 'did you mean --client-id?'],
    [['--conector-id=gitlab'], '--conector-id', 'did you mean --connector-id?'],
    [['--tls-skip-verif'], '--tls-skip-verif', 'did you mean --tls-skip-verify?'],
    [['--frobnicate=x'], '--frobnicate', 'dexchange --help lists the flags'],
    [['-x'], '-x', 'dexchange --help lists the flags'],
    [['-phunter2'], '-p', 'dexchange --help lists the flags'],
    [['--o=x'], '--o', 'dexchange --help lists the flags'],
    [['--v'], '--v', 'dexchange --help lists the flags'],
    [['--constructor'], '--constructor', 'dexchange --help lists the flags'],
    [['--__proto__=x'], '--__proto__', 'dexchange --help lists the flags'],
  ])('%j is named, with the one that was meant', (args, shown, hint) => {
    expect(failure(() => parseArguments(args))).toEqual({
      code: 'usage_unknown_flag',
      message: `unknown flag ${shown}`,
      hint,
      exitCode: 2,
    });
  });

  test('is named on one line, and not at length', () => {
    const { message } = failure(() => parseArguments([`--a\u0007${'b.'.repeat(100)}`]));
    expect(message).toMatch(/^unknown flag --a [b.]+…$/);
    expect(message.length).toBeLessThan(60);
  });

  test.each(['--client-secret hunter2', '--client-secret\nhunter2', '--client-secret hunter2=x'])(
    'with its value in one argument, %j, is told so, without the value',
    (arg) => {
      expect(failure(() => parseArguments([arg]))).toMatchObject({
        message: '--client-secret and its value stand in one argument',
        hint: 'write --client-secret=VALUE, or two items of args',
      });
    },
  );

  test('that looks like a secret is not repeated', () => {
    const { message } = failure(() => parseArguments(['--glpat-aaaabbbbccccddddeee1']));
    expect(message).toBe('unknown flag --(not shown: it looks like a secret)');
  });
});

test.each([
  [['--client-secrte=canary-7f3a']],
  [['--client-secrte', 'canary-7f3a']],
  [['--client-secret', '-canary-7f3a']],
  [['-canary-7f3a']],
  [['-v-canary-7f3a']],
  [['-v--canary-7f3a']],
  [['--verbose', 'canary-7f3a', '--unknown']],
  [['--subject-token', 'canary-7f3a', '--idp-param']],
  [['--idp-param', 'canary-7f3a', '-x']],
])('no secret comes back in what is said of %j', (args) => {
  const { message, hint } = failure(() => parseArguments(args));
  expect(`${message} ${hint}`).not.toContain('canary-7f3a');
  expect(`${message} ${hint}`).not.toContain('7f3a');
});

test('--explain may be given without a value, which follows a = if there is one', () => {
  expect(texts(['get-token', '--explain'], 'explain')).toEqual(['text']);
  expect(texts(['get-token', '--explain=json'], 'explain')).toEqual(['json']);
  expect(parseArguments(['get-token', '--explain', 'json']).positionals).toEqual([
    'get-token',
    'json',
  ]);
});
