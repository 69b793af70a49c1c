import { belongsTo, inCommand, type Setting } from '../../config/setting.ts';
import { settings } from '../../config/table.ts';
import { exitCodes } from '../../errors.ts';
import { allRules } from '../../explain/rules/all-rules.ts';
import { type Command, commands } from '../commands.ts';
import { clause } from '../help.ts';
import { helpTopics, topicsWord } from '../help-topics/help-topics.ts';

/** A word that can stand at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly help?: string;
}

/** The words that can follow the words of a command line. */
export function wordsOf([name, ...operands]: readonly string[]): readonly Candidate[] {
  if (name === undefined) return commands.map((each) => ({ value: each.name, help: each.summary }));
  const command: Command | undefined = commands.find((each) => each.name === name);
  if (command === undefined || operands.length > 0) return [];
  if (name === 'help') {
    const known = [...Object.keys(exitCodes), ...allRules.map(({ id }) => id)];
    return [...commandsAndTopics(), ...known.map((value) => ({ value }))];
  }
  return (command.argument?.values ?? []).map((value) => ({ value }));
}

/** A name that is both a command and a topic is there once. */
function commandsAndTopics(): readonly Candidate[] {
  const names = wordsOf([]);
  const topics = [{ name: topicsWord, summary: 'list the topics of the help' }, ...helpTopics]
    .filter(({ name }) => !names.some(({ value }) => value === name))
    .map(({ name, summary }) => ({ value: name, help: summary }));
  return [...names, ...topics];
}

/** The flags of a command, of which the words so far can name the method too. */
export function flagsOf([name, method]: readonly string[]): readonly Candidate[] {
  const help = { value: '--help', help: 'print this help' };
  const command: Command | undefined = commands.find((each) => each.name === name);
  if (command === undefined) return [help, { value: '--version', help: 'print the version' }];
  const path =
    command.argument?.isMethod && method !== undefined ? `${command.name} ${method}` : command.name;
  const own = settings
    .filter(([, row]) => belongsTo(row, path))
    .map(([flag, row]) => ({
      value: `--${flag}`,
      help: clause(inCommand(row, command.name).help),
    }));
  return [...own, help];
}

/** Whether the value of a setting is a path. */
export function isPath({ type }: Setting): boolean {
  return type === 'path';
}

/** The values of a setting that the program knows; undefined if there are others. */
export function fixedValues(row: Setting): readonly string[] | undefined {
  if (row.type === 'switch') return ['true', 'false'];
  if (row.choices === undefined) return row.suggestions;
  const canonical = Object.entries(row.choices).filter(([word, value]) => word === value);
  return canonical.map(([word]) => word);
}
