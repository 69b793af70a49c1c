import {
  belongsTo,
  inCommand,
  ownVariable,
  type Setting,
  type Topic,
  topics,
} from '../config/setting.ts';
import { type SettingName, settings } from '../config/table.ts';
import { type Row, rows, wrapped } from '../terminal/layout.ts';
import {
  type Argument,
  type Command,
  type CommandName,
  commandNamed,
  commands,
} from './commands.ts';
import { helpTexts, usualExamples } from './help-texts.ts';

/** How help is printed. */
export interface HelpOptions {
  /** The columns of a line; commands to copy are not wrapped. */
  readonly width: number;
  /** Whether to list all flags of a command, rather than the common ones where there are many. */
  readonly all: boolean;
}

/** The help of the program, or of one command. */
export function helpText(command: CommandName | undefined, options: HelpOptions): string {
  if (command !== undefined) return commandHelp(command, commandNamed(command), options);
  const list = commands.map(({ name, summary }): Row => [name, summary]);
  const about =
    'dexchange exchanges the identity token of a CI job at Dex for a Kubernetes credential.';
  return `${paragraph(about, options)}
Usage:
  dexchange COMMAND [flags]

Commands:
${rows(list, 2, options.width).join('\n')}

Examples:
${usualExamples}
${paragraph('Run dexchange help COMMAND for the flags of a command, dexchange help topics for more subjects, or dexchange help CODE for what an error code means.', options)}`;
}

function commandHelp(name: CommandName, { argument }: Command, options: HelpOptions): string {
  const { about, usage, examples, usual = examples } = helpTexts[name];
  const isShort = !options.all && settings.some(([, row]) => row.common?.includes(name));
  const parts = [...about.split('\n\n').map((each) => paragraph(each, options))];
  parts.push(`Usage:\n${usageLines(name, argument, usage, options.width)}\n`);
  if (argument?.isMethod) parts.push(`${argument.placeholder}:\n  ${argument.values.join(', ')}\n`);
  const shown = isShort ? usual : examples;
  if (shown !== undefined) parts.push(`Examples:\n${shown}`);
  if (isShort) return [...parts, ...commonFlags(name, options)].join('\n');
  for (const topic of topics) {
    const help = topicHelp(topic, name, options);
    if (help !== '') parts.push(help);
  }
  // Without a setting that has a variable, precedence does not matter.
  if (settings.some(([, row]) => !row.flagOnly && has(row, name))) {
    parts.push(paragraph(precedence(name), options));
  }
  return parts.join('\n');
}

/** A paragraph of the texts, which are wrapped for the reader of the sources. */
function paragraph(text: string, { width }: HelpOptions): string {
  return `${wrapped(text.trim().replaceAll(/\s+/g, ' '), ['', ''], width).join('\n')}\n`;
}

function usageLines(
  name: string,
  argument: Argument | undefined,
  usage: readonly Row[] | undefined,
  width: number,
): string {
  if (usage !== undefined) return rows(usage, 2, width).join('\n');
  return `  dexchange ${name}${argument === undefined ? '' : ` ${argument.placeholder}`} [flags]`;
}

function has(row: Setting, command: string): boolean {
  return belongsTo(row, command) && row.commands?.includes('*') !== true;
}

function precedence(command: string): string {
  const extension =
    command === 'get-token' ? " the cluster's extension client.authentication.k8s.io/exec," : '';
  return `Most flags can also be set as environment variables, such as ${ownVariable('timeout')} for --timeout. Precedence: flag, variable,${extension} then the variables in parentheses, which other tools use too. A duration is a number of seconds, or has units, such as 90s, 10m or 1h30m.`;
}

/** The flags that most calls need, in one list with the first clause of their help. */
function commonFlags(command: string, options: HelpOptions): readonly string[] {
  const list = settings
    .filter(([, row]) => row.common?.includes(command))
    .map(([name, row]): Row => {
      const setting = inCommand(row, command);
      return [flagName(name, setting), setting.brief ?? clause(setting.help)];
    });
  const flags = rows([...list, ['-h, --help', 'print this help']], 2, options.width);
  const more = `Run dexchange help ${command} --all for all flags, their variables and defaults.`;
  return [`Common flags:\n${flags.join('\n')}\n`, paragraph(more, options)];
}

/** The first clause of a help text. */
export function clause(help: string): string {
  return help.split(/[;:(]/)[0]?.trim() ?? '';
}

function topicHelp(topic: Topic, command: string, options: HelpOptions): string {
  const lines = settings
    .filter(([, setting]) => setting.topic === topic && belongsTo(setting, command))
    .map(([name, setting]) => {
      const { flag, help } = flagHelp(name, inCommand(setting, command), command);
      return entry(flag, help, options);
    });
  if (topic === 'Output') lines.push(entry('-h, --help', 'print this help', options));
  return lines.length === 0 ? '' : `${topic}:\n${lines.join('\n')}\n`;
}

function flagName(name: SettingName, setting: Setting): string {
  const short = setting.short === undefined ? '' : `-${setting.short}, `;
  const gap = setting.bareValue === undefined ? ' ' : '';
  const value = setting.placeholder === undefined ? '' : `${gap}${setting.placeholder}`;
  return `${short}--${name}${value}`;
}

/**
 * A flag with its other names, and its help with default and variables.
 * @param command with or without a method, such as `manifests`
 */
export function flagHelp(
  name: SettingName,
  setting: Setting,
  command: string,
): { readonly flag: string; readonly help: string } {
  const aliases = (setting.flagAliases ?? []).map((alias) => `, --${alias}`).join('');
  const notes: string[] = [];
  const methods = methodsOf(setting, command);
  if (methods.length > 0) notes.push(`only with ${methods.join(' and ')}`);
  const preset = setting.default ?? setting.defaultNote;
  if (preset !== undefined) notes.push(`default: ${preset}`);
  const borrowed = (setting.borrowed ?? []).map(({ variable }) => variable);
  if (borrowed.length > 0) notes.push(borrowed.join(', '));
  const help = notes.length === 0 ? setting.help : `${setting.help} (${notes.join('; ')})`;
  return { flag: `${flagName(name, setting)}${aliases}`, help };
}

/** The methods that have a setting; empty if all methods of the command have it. */
function methodsOf(setting: Setting, command: string): readonly string[] {
  return (setting.commands ?? [])
    .filter((owner) => owner.startsWith(`${command} `))
    .map((owner) => owner.slice(command.length + 1));
}

const indent = ' '.repeat(8);

function entry(flag: string, help: string, { width }: HelpOptions): string {
  const margin = flag.startsWith('--') ? '      ' : '  ';
  return `${margin}${flag}\n${wrapped(help, [indent, indent], width).join('\n')}`;
}
