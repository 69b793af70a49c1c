import { belongsTo, inCommand, type Setting } from '../../config/setting.ts';
import { type SettingName, settings } from '../../config/table.ts';
import { type Command, commands } from '../commands.ts';

/** The shells that completion is written for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What can be completed, the same for every shell. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** What the first word behind the command can be. */
  readonly words: readonly string[];
  /** Whether flags depend on that word. */
  readonly hasMethods: boolean;
  readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
  /** Without dashes. */
  readonly name: string;
  readonly help: string;
  /** The methods that have it; empty is all. */
  readonly methods: readonly string[];
  readonly value: 'none' | 'text' | 'file' | readonly string[];
}

/** All commands with all that can follow them. */
export function completedCommands(): readonly CompletedCommand[] {
  return commands.map((command: Command) => ({
    name: command.name,
    summary: command.summary,
    words:
      command.name === 'help' ? commands.map(({ name }) => name) : (command.argument?.values ?? []),
    hasMethods: command.argument?.isMethod === true,
    flags: [
      ...settings
        .filter(([, row]) => belongsTo(row, command.name))
        .flatMap(([name, row]) => flagsOf(name, inCommand(row, command.name), command.name)),
      { name: 'help', help: 'print the help', methods: [], value: 'none' },
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
  // Its value, if it has one, follows an equals sign only.
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
