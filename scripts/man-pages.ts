import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { type Command, type CommandName, commands } from '../src/cli/commands.ts';
import { flagHelp } from '../src/cli/help.ts';
import { helpTexts, usualExamples } from '../src/cli/help-texts.ts';
import type { HelpTopic, TopicPart } from '../src/cli/help-topics/help-topic.ts';
import { helpTopics } from '../src/cli/help-topics/help-topics.ts';
import { belongsTo, inCommand, ownVariables, topics } from '../src/config/setting.ts';
import { settings } from '../src/config/table.ts';

// Generates the manual pages from the table of settings and the texts of the help (man(7), roff).

/** The manual pages of section 1, by file name. */
export function manPages(version: string): ReadonlyMap<string, string> {
  return new Map([
    ['dexchange.1', mainPage(version)],
    ...commands.map(
      (command) => [`dexchange-${command.name}.1`, commandPage(command, version)] as const,
    ),
  ]);
}

function mainPage(version: string): string {
  return page(
    'dexchange',
    version,
    'exchange the identity token of a CI job for a Kubernetes credential',
    [
      section('SYNOPSIS', ['.B dexchange', '.I COMMAND', '[flags]']),
      section(
        'COMMANDS',
        commands.flatMap(({ name, summary }) => [
          '.TP',
          `.BR dexchange\\-${escaped(name)} (1)`,
          line(summary),
        ]),
      ),
      section('EXAMPLES', verbatim(usualExamples)),
      ...helpTopics.map(topicSection),
      exitStatus(),
    ],
  );
}

/** A topic of `dexchange help`. */
function topicSection({ name, parts }: HelpTopic): string {
  return section(name.toUpperCase(), parts.flatMap(topicPart));
}

function topicPart(part: TopicPart): readonly string[] {
  switch (part.kind) {
    case 'paragraph':
      return ['.PP', line(part.text)];
    case 'table':
      return [
        `.SS ${quoted(part.title)}`,
        ...part.rows.flatMap(([label, value]) => ['.TP', `.B ${quoted(label)}`, line(value)]),
      ];
    case 'lines':
      return [`.SS ${quoted(part.title)}`, ...verbatim(part.text)];
  }
}

function commandPage({ name, summary, argument }: Command, version: string): string {
  const { about, usage, examples } = helpTexts[name as CommandName];
  const calls = usage?.map(([call]) => call) ?? [
    `dexchange ${name}${argument === undefined ? '' : ` ${argument.placeholder}`} [flags]`,
  ];
  return page(`dexchange-${name}`, version, summary, [
    section(
      'SYNOPSIS',
      calls.flatMap((call, index) => [...(index > 0 ? ['.br'] : []), line(call)]),
    ),
    section('DESCRIPTION', [
      ...about.split('\n\n').flatMap((text) => ['.PP', line(text.replaceAll(/\s+/g, ' '))]),
      ...(usage ?? []).flatMap(([call, help]) =>
        help === '' ? [] : ['.TP', `.B ${quoted(call)}`, line(help)],
      ),
    ]),
    section('OPTIONS', options(name)),
    ...(examples === undefined ? [] : [section('EXAMPLES', verbatim(examples))]),
    exitStatus(),
    section('SEE ALSO', ['.BR dexchange (1)']),
  ]);
}

function options(command: string): readonly string[] {
  return topics.flatMap((topic) => {
    const rows = settings.filter(
      ([, setting]) => setting.topic === topic && belongsTo(setting, command),
    );
    if (rows.length === 0) return [];
    const entries = rows.flatMap(([name, row]) => {
      const setting = inCommand(row, command);
      const { flag, help } = flagHelp(name, setting, command);
      const variables = setting.flagOnly ? '' : `. Variable: ${ownVariables(name, row)[0]}`;
      return ['.TP', `.B ${quoted(flag)}`, line(`${help}${variables}`)];
    });
    return [`.SS ${quoted(topic)}`, ...entries];
  });
}

/** What the exit codes mean, as docs/errors.md says. */
export const exitMeanings: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'a bug in dexchange, or stdout could not be written',
  2: 'invalid usage or configuration; no request was sent',
  3: 'no identity token',
  4: 'Dex denied the request',
  5: 'a server is unreachable, timed out or returned an invalid response or token',
  6: 'the Kubernetes API denied the request',
};

function exitStatus(): string {
  return section(
    'EXIT STATUS',
    Object.entries(exitMeanings).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, line(meaning)]),
  );
}

function page(name: string, version: string, summary: string, sections: readonly string[]): string {
  return [
    // No date, so that the same version always has the same pages.
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`dexchange ${version}`)} "dexchange"`,
    // Neither hyphens in names of flags, nor gaps between words.
    '.nh',
    '.ad l',
    section('NAME', [`${escaped(name)} \\- ${escaped(summary)}`]),
    ...sections,
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${quoted(title)}`, ...lines].join('\n');
}

function verbatim(text: string): readonly string[] {
  return ['.nf', ...text.trimEnd().split('\n').map(line), '.fi'];
}

/** A line of text, which must not be taken for a request: one starts with a dot or an apostrophe. */
function line(text: string): string {
  return escaped(text).replace(/^(?=[.'])/, '\\&');
}

/** An argument of a macro. */
function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}

/** Characters that roff would print differently, so that commands can be copied (groff_char(7)). */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll(
      /[^\0-\x7f]/gu,
      (point) => `\\[u${(point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

if (import.meta.main) {
  const folder = resolve(import.meta.dirname, '../dist/man');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of manPages(packageJson.version)) writeFileSync(join(folder, name), text);
}
