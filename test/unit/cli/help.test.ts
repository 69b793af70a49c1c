import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { helpText } from '../../../src/cli/help.ts';
import { belongsTo, inCommand, topics } from '../../../src/config/setting.ts';
import { settings } from '../../../src/config/table.ts';

const names = [undefined, ...commands.map(({ name }) => name)];

test.each(names)(
  'the help of %s has lines of at most 100 characters and no trailing spaces',
  (name) => {
    const text = helpText(name);
    const lines = text.split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
    expect(text.endsWith('\n')).toBe(true);
  },
);

test('the program’s help lists each command with its summary', () => {
  for (const { name, summary } of commands) {
    expect(helpText(undefined)).toMatch(new RegExp(`^  ${name} +${escaped(summary)}$`, 'm'));
  }
});

const withSettings = commands
  .map(({ name }) => name)
  .filter((name) => !['version', 'help'].includes(name));

describe.each(withSettings)('the help of %s', (command) => {
  const text = helpText(command);
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
