import { describe, expect, test } from 'vitest';
import { checkUsage, commandNamed, commands } from '../../src/cli/commands.ts';
import { helpTexts } from '../../src/cli/help-texts.ts';
import { helpTopics } from '../../src/cli/help-topics/help-topics.ts';
import { parseArguments } from '../../src/config/parse-arguments.ts';
import { settings } from '../../src/config/table.ts';
import { allRules } from '../../src/explain/rules/all-rules.ts';
import { placeholders } from '../../src/explain/rules/names.ts';
import { textOf as ruleText } from '../../src/explain/rules/rule.ts';
import { files, textOf } from './support/sources.ts';

// What messages, hints, rules and help advise must exist, because a reader types it as it is.

/** The texts in the literals of the sources, without comments; expressions in them become `X`. */
const literals = files.flatMap((file) => {
  const code = textOf(file).replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '');
  const found = code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
  return [...found].map(([, single, double, template]) => ({
    file,
    text: (single ?? double ?? template ?? '')
      .replaceAll(/\$\{contextFlags\(\w+\)\}/g, '--kubeconfig F --context C')
      .replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, 'X'),
  }));
});

const known = new Set([
  ...settings.map(([name]) => name),
  ...settings.flatMap(([, row]) => row.flagAliases ?? []),
  // `--flag` stands for any of them.
  ...['help', 'version', 'flag'],
]);

/** Flags of the commands of others that texts name. */
const flagsOfOthers = new Set([
  // curl
  ...['data-urlencode', 'insecure', 'cacert', 'noproxy'],
  // kubectl and d8
  ...[
    'verb',
    'resource',
    'resource-name',
    'serviceaccount',
    'client',
    'as',
    'as-group',
    'list',
    'flatten',
    'since',
  ],
  ...['raw', 'minify', 'overwrite'],
  // kube-apiserver
  'oidc-issuer-url',
  // systemd-notify
  'ready',
]);

test('each flag that a text names exists', () => {
  const named = literals.flatMap(({ file, text }) =>
    [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*[a-z])(?![\w…-]|-…)/g)].map(([, flag = '']) => ({
      file,
      flag,
    })),
  );
  expect(named.length).toBeGreaterThan(200);
  const unknown = named.filter(({ flag }) => !known.has(flag as never) && !flagsOfOthers.has(flag));
  expect(unknown).toEqual([]);
});

/** The command lines of dexchange in texts, with values in the place of expressions and placeholders. */
const commandLines = [
  ...literals.filter(({ file }) => !/completion|help/.test(file)),
  ...Object.values(helpTexts).map(({ examples = '' }) => ({ file: 'help', text: examples })),
  ...helpTopics.flatMap(({ name, parts }) =>
    parts.flatMap((part) =>
      part.kind === 'lines' ? { file: `help ${name}`, text: part.text } : [],
    ),
  ),
  ...allRules.flatMap(({ causes }) =>
    causes.flatMap(({ check, fix }) =>
      [check, fix].map((text) => ({ file: 'rules', text: ruleText(text, placeholders) })),
    ),
  ),
].flatMap(({ file, text }) => {
  const names = commands.map(({ name }) => name).join('|');
  const joined = text.replaceAll(/\\+\n\s*/g, ' ');
  const pattern = new RegExp(`\\bdexchange ((?:${names}|--help)\\b[^|;&\\n,()"\`\\\\]*)`, 'g');
  return [...joined.matchAll(pattern)].map(([, line = '']) => ({ file, line: line.trim() }));
});

const goesOn = new Set(
  'for to instead with and in or as by that too it rejects supports > |'.split(' '),
);

/** A sentence goes on after a command: it ends before the first word that is neither flag nor value. */
function wordsOf(line: string): readonly string[] {
  const words = (line.split(/:(?:\s|$)/)[0] ?? '').split(/\s+/);
  const end = words.findIndex((word) => goesOn.has(word));
  return (end < 0 ? words : words.slice(0, end)).filter((word) => word !== '');
}

describe('each command that a text prints is accepted', () => {
  test('there are some', () => {
    expect(commandLines.length).toBeGreaterThan(25);
  });

  test.each(commandLines)('$file: dexchange $line', ({ line }) => {
    const { positionals, flags, help } = parseArguments(wordsOf(line));
    const [name, ...operands] = positionals;
    if (name === undefined) expect(help).toBe(true);
    else checkUsage(commandNamed(name), flags, name === 'exec' ? [] : operands);
  });
});

test('texts name no files of the repository, which who has only the program cannot open', () => {
  const wrong = literals.filter(({ text }) =>
    /(?:^|\s)(?:docs|src|test)\/\w|\.md\b|README/.test(text),
  );
  expect(wrong).toEqual([]);
});
