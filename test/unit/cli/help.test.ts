import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { helpText } from '../../../src/cli/help.ts';
import { belongsTo, inCommand, topics } from '../../../src/config/setting.ts';
import { settings } from '../../../src/config/table.ts';

const names = [undefined, ...commands.map(({ name }) => name)];

const full = { width: 80, all: true };
const short = { width: 80, all: false };

test.each(
  names.flatMap((name) =>
    [60, 80, 120].flatMap((width) => [true, false].map((all) => ({ name, width, all }))),
  ),
)('the help of $name is $width columns wide (all: $all), but keeps commands whole', (given) => {
  const text = helpText(given.name, given);
  const lines = text.split('\n');
  expect(lines.length).toBeGreaterThan(2);
  const [, examples = ''] = text.split('Examples:\n');
  const commandLines = (examples.split(/\n\n(?=\S)/)[0] ?? '').split('\n');
  const long = lines.filter((line) => line.length > given.width && !/^ +-/.test(line));
  expect(long.filter((line) => !commandLines.includes(line))).toEqual([]);
  expect(commandLines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
  expect(text.endsWith('\n')).toBe(true);
});

test.each(['get-token', 'kubeconfig'] as const)(
  'the help of %s fits a screen, and says where the rest is',
  (name) => {
    const lines = helpText(name, short).split('\n');
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(lines.join(' ')).toContain(`dexchange help ${name} --all`);
    expect(lines.join('\n')).toMatch(/^ {2}--dex-url URL +issuer URL of Dex$/m);
    expect(lines.join('\n')).not.toContain('--idp-param');
    expect(helpText(name, full).split('\n').length).toBeGreaterThan(120);
  },
);

test.each(['discover', 'cache', 'whoami', 'decode'] as const)(
  'the help of %s has one length',
  (name) => expect(helpText(name, short)).toBe(helpText(name, full)),
);

test('the program’s help lists each command with its summary', () => {
  for (const { name, summary } of commands) {
    expect(helpText(undefined, { width: 120, all: true })).toMatch(
      new RegExp(`^  ${name} +${escaped(summary)}$`, 'm'),
    );
  }
});

const withSettings = commands.map(({ name }) => name);

describe.each(withSettings)('the help of %s', (command) => {
  const text = helpText(command, full);
  const own = settings
    .filter(([, setting]) => belongsTo(setting, command))
    .map(([name, setting]) => [name, inCommand(setting, command)] as const);

  test('lists each setting of the command once, and no others', () => {
    const listed = [...text.matchAll(/^ {2}(?:-\w, | {4})--([a-z-]+)/gm)].map(([, name]) => name);
    const expected = topics.flatMap((topic) =>
      own.filter(([, setting]) => setting.topic === topic).map(([name]) => name),
    );
    expect(listed.filter((name) => name !== 'help')).toEqual(expected);
  });

  test.each(own)('describes --%s under its topic', (name, setting) => {
    const [, group = ''] = text.split(new RegExp(`^${setting.topic}:$`, 'm'));
    const section = (group.split(/\n\n/)[0] ?? '').replaceAll(/\s+/g, ' ');
    expect(section).toContain(`--${name}`);
    expect(section).toContain(setting.help);
    for (const alias of setting.flagAliases ?? []) expect(section).toContain(`, --${alias}`);
    for (const { variable } of setting.borrowed ?? []) expect(section).toContain(variable);
    if (setting.default !== undefined) expect(section).toContain(`default: ${setting.default}`);
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[[\]().*]/g, String.raw`\$&`);
}
