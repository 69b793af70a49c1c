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

test.each(withValue)('--%s takes a value after a space or an equals sign', (name) => {
  expect(texts([`--${name}`, 'a b'], name)).toEqual(['a b']);
  expect(texts([`--${name}=a=b`], name)).toEqual(['a=b']);
});

test.each(withValue)('--%s requires a value', (name) => {
  const missing = {
    code: 'usage_flag_value',
    message: expect.stringContaining(`--${name} `),
    exitCode: 2,
  };
  expect(failure(() => parseArguments([`--${name}`]))).toMatchObject(missing);
  expect(failure(() => parseArguments([`--${name}=`]))).toMatchObject(missing);
  expect(failure(() => parseArguments([`--${name}`, '--verbose']))).toEqual({
    ...missing,
    hint: expect.stringContaining(`--${name}=VALUE`),
  });
});

test.each(switches)('--%s is true, and false with =false', (name) => {
  expect(texts([`--${name}`, 'word'], name)).toEqual(['true']);
  expect(texts([`--${name}=false`], name)).toEqual(['false']);
  expect(parseArguments([`--${name}`, 'word']).positionals).toEqual(['word']);
});

test.each(
  settings.flatMap(([name, { flagAliases = [], formerNames = [] }]) =>
    [...flagAliases, ...formerNames].map((alias) => [alias, name]),
  ),
)('--%s sets --%s, and its origin has the name that the user wrote', (alias, name) => {
  const takesValue = withValue.some((candidate) => candidate === name);
  const { flags } = parseArguments([takesValue ? `--${alias}=x` : `--${alias}`]);
  expect(flags.get(name as SettingName)).toEqual([
    { flag: alias, text: takesValue ? 'x' : 'true' },
  ]);
});

test('a value can start with a dash after an equals sign, and can be a single dash', () => {
  expect(texts(['--client-secret=-x'], 'client-secret')).toEqual(['-x']);
  expect(texts(['--client-secret-file', '-'], 'client-secret-file')).toEqual(['-']);
});

test('a repeated flag has all its values, in order', () => {
  expect(texts(['--idp-param', 'a=1', '--idp-param=b=2'], 'idp-param')).toEqual(['a=1', 'b=2']);
});

test.each([
  [['-o', 'token']],
  [['-otoken']],
  [['-o=token']],
  [['-vo', 'token']],
  [['-v', '-o=token']],
])('the short form %j has the same meaning as in kubectl', (args) => {
  expect(texts(args, 'output')).toEqual(['token']);
});

test('a short switch can be set to false', () => {
  expect(texts(['-v=false'], 'verbose')).toEqual(['false']);
  expect(texts(['-v'], 'verbose')).toEqual(['true']);
});

test.each<[string[], string[] | undefined, string[]]>([
  [['-v=0'], ['false'], []],
  [['-v=6'], ['true'], []],
  [['-v6'], ['true'], []],
  [['-v', '6'], ['true'], []],
  [['-v', '0', 'get-token'], ['false'], ['get-token']],
  [['--v'], ['true'], []],
  [['--v=10'], ['true'], []],
  [['--v', '10'], ['true'], []],
  [['--verbose', '6'], ['true'], ['6']],
  [['-v', '600'], ['true'], ['600']],
  [['-v', '--', '6'], ['true'], ['6']],
  [['-o', '6'], undefined, []],
])("%j has the meaning of kubectl's levels", (args, verbose, words) => {
  expect(texts(args, 'verbose')).toEqual(verbose);
  expect(parseArguments(args).positionals).toEqual(words);
});

test('words are positionals, and so is everything after a double dash', () => {
  const { positionals, flags } = parseArguments(['get-token', '-v', '--', '--output=x', '-o=y']);
  expect(positionals).toEqual(['get-token', '--output=x', '-o=y']);
  expect([...flags.keys()]).toEqual(['verbose']);
});

test.each([['--help'], ['-h']])('%s requests help', (flag) => {
  expect(parseArguments(['get-token', flag])).toMatchObject({ help: true, version: false });
});

test('--version requests the version', () => {
  expect(parseArguments(['--version'])).toMatchObject({ help: false, version: true });
});

describe('an unknown flag', () => {
  test.each([
    [['--clinet-id', 'ci'], '--clinet-id', 'did you mean --client-id?'],
    [['--conector-id=gitlab'], '--conector-id', 'did you mean --connector-id?'],
    [['--tls-skip-verif'], '--tls-skip-verif', 'did you mean --tls-skip-verify?'],
    [['--client-certificat'], '--client-certificat', 'did you mean --dex-client-certificate?'],
    [['--frobnicate=x'], '--frobnicate', 'dexchange --help'],
    [['-x'], '-x', 'dexchange --help'],
    [['-phunter2'], '-p', 'dexchange --help'],
    [['--o=x'], '--o', 'dexchange --help'],
    [['--constructor'], '--constructor', 'dexchange --help'],
    [['--__proto__=x'], '--__proto__', 'dexchange --help'],
  ])('%j is named in the error, with a suggestion', (args, name, hint) => {
    expect(failure(() => parseArguments(args))).toEqual({
      code: 'usage_unknown_flag',
      message: `unknown flag ${name}`,
      hint: expect.stringContaining(hint),
      exitCode: 2,
    });
  });

  test('is named on one line of limited length', () => {
    const { message } = failure(() => parseArguments([`--a\u0007${'b.'.repeat(100)}`]));
    expect(message).toMatch(/^unknown flag --a [b.]+…$/);
    expect(message.length).toBeLessThan(60);
  });

  test.each(['--client-secret hunter2', '--client-secret\nhunter2', '--client-secret hunter2=x'])(
    'with its value in the same argument, %j, has its own hint, without the value',
    (arg) => {
      const { message, hint } = failure(() => parseArguments([arg]));
      expect(message).toMatch(/^--client-secret .*same argument$/);
      expect(hint).toContain('--client-secret=VALUE');
      expect(`${message} ${hint}`).not.toContain('hunter2');
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
])('the error for %j contains no secret', (args) => {
  const { message, hint } = failure(() => parseArguments(args));
  expect(`${message} ${hint}`).not.toContain('canary-7f3a');
  expect(`${message} ${hint}`).not.toContain('7f3a');
});

test('--explain takes an optional value, only after an equals sign', () => {
  expect(texts(['get-token', '--explain'], 'explain')).toEqual(['text']);
  expect(texts(['get-token', '--explain=json'], 'explain')).toEqual(['json']);
  expect(parseArguments(['get-token', '--explain', 'json']).positionals).toEqual([
    'get-token',
    'json',
  ]);
});
