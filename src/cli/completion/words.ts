import { belongsTo, inCommand, type Setting } from '../../config/setting.ts';
import { type SettingName, settings } from '../../config/table.ts';
import { exitCodes } from '../../errors.ts';
import { type Command, commands } from '../commands.ts';

/** The supported shells. */
export const shells = ['bash', 'zsh', 'fish'] as const;
/** A supported shell. */
export type Shell = (typeof shells)[number];

/** What to complete for one command, in a form that all shells' scripts are generated from. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** The values of the first word after the command. */
  readonly words: readonly string[];
  /** Whether the flags depend on that word. */
  readonly hasMethods: boolean;
  readonly flags: readonly CompletedFlag[];
}

/** What to complete for one flag. */
export interface CompletedFlag {
  /** Without dashes. */
  readonly name: string;
  readonly help: string;
  /** The methods that have the flag; empty means all. */
  readonly methods: readonly string[];
  readonly value: 'none' | 'text' | 'file' | readonly string[];
}

/** All commands, with the words and flags that can follow them. */
export function completedCommands(): readonly CompletedCommand[] {
  return commands.map((command: Command) => ({
    name: command.name,
    summary: command.summary,
    words:
      command.name === 'help'
        ? [...commands.map(({ name }) => name), ...Object.keys(exitCodes)]
        : (command.argument?.values ?? []),
    hasMethods: command.argument?.isMethod === true,
    flags: [
      ...settings
        .filter(([, row]) => belongsTo(row, command.name))
        .flatMap(([name, row]) => flagsOf(name, inCommand(row, command.name), command.name)),
      { name: 'help', help: 'print this help', methods: [], value: 'none' },
    ],
  }));
}

function flagsOf(name: SettingName, row: Setting, command: string): readonly CompletedFlag[] {
  const owners = row.commands ?? [];
  const methods = owners.includes(command)
    ? []
    : owners
        .filter((owner) => owner.startsWith(`${command} `))
        .map((owner) => owner.slice(command.length + 1));
  return [name, ...(row.flagAliases ?? [])].map((flag) => ({
    name: flag,
    help: row.help,
    methods,
    value: flagValue(row),
  }));
}

function flagValue(row: Setting): CompletedFlag['value'] {
  // An optional value can only follow an equals sign.
  if (row.bareValue !== undefined) return 'none';
  switch (row.type) {
    case 'switch':
      return 'none';
    case 'path':
      return 'file';
    case 'choice':
      return Object.keys(row.choices ?? {}).filter((choice) => !choice.startsWith('urn:'));
    default:
      return row.suggestions ?? 'text';
  }
}
