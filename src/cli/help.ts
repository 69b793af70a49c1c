import {
  belongsTo,
  inCommand,
  ownVariable,
  type Setting,
  type Topic,
  topics,
} from '../config/setting.ts';
import { type SettingName, settings } from '../config/table.ts';
import {
  type Argument,
  type Command,
  type CommandName,
  commandNamed,
  commands,
} from './commands.ts';
import { helpTexts, usualExamples } from './help-texts.ts';

/** The help of the program, or of one command, with lines of at most 100 characters. */
export function helpText(command: CommandName | undefined): string {
  if (command !== undefined) return commandHelp(command, commandNamed(command));
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `dexchange exchanges the identity token of a CI job at Dex for a Kubernetes credential.

Usage:
  dexchange COMMAND [flags]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Examples:
${usualExamples}
Run dexchange help COMMAND for the flags of a command.
`;
}

function commandHelp(name: CommandName, { argument }: Command): string {
  const { about, usage, examples } = helpTexts[name];
  const parts = [`${about}\n`, `Usage:\n${usage ?? usageLine(name, argument)}\n`];
  if (argument?.isMethod) parts.push(`${argument.placeholder}:\n  ${argument.values.join(', ')}\n`);
  if (examples !== undefined) parts.push(`Examples:\n${examples}`);
  for (const topic of topics) {
    const help = topicHelp(topic, name);
    if (help !== '') parts.push(help);
  }
  // Without a setting that has a variable, precedence does not matter.
  if (settings.some(([, row]) => !row.flagOnly && has(row, name))) parts.push(precedence(name));
  return parts.join('\n');
}

function usageLine(name: string, argument: Argument | undefined): string {
  return `  dexchange ${name}${argument === undefined ? '' : ` ${argument.placeholder}`} [flags]`;
}

function has(row: Setting, command: string): boolean {
  return belongsTo(row, command) && row.commands?.includes('*') !== true;
}

function precedence(command: string): string {
  const extension =
    command === 'get-token' ? " the cluster's extension client.authentication.k8s.io/exec," : '';
  return wrap(
    `Every setting that is not about a single call can also be given as an environment variable, such as ${ownVariable('timeout')} for --timeout. Precedence: flag, variable,${extension} then the variables in parentheses, which other tools use too. Durations are in seconds, or with units, such as 90s, 10m or 1h30m.`,
    '',
  ).concat('\n');
}

function topicHelp(topic: Topic, command: string): string {
  const rows = settings.filter(
    ([, setting]) => setting.topic === topic && belongsTo(setting, command),
  );
  const lines = rows.map(([name, setting]) => flagHelp(name, inCommand(setting, command), command));
  if (topic === 'Output') lines.push(entry('  -h, --help', 'print this help'));
  return lines.length === 0 ? '' : `${topic}:\n${lines.join('\n')}\n`;
}

const indent = ' '.repeat(8);

function flagHelp(name: SettingName, setting: Setting, command: string): string {
  const short = setting.short === undefined ? '    ' : `-${setting.short}, `;
  const gap = setting.bareValue === undefined ? ' ' : '';
  const value = setting.placeholder === undefined ? '' : `${gap}${setting.placeholder}`;
  const aliases = (setting.flagAliases ?? []).map((alias) => `, --${alias}`).join('');
  const notes: string[] = [];
  const methods = methodsOf(setting, command);
  if (methods.length > 0) notes.push(`only with ${methods.join(' and ')}`);
  const preset = setting.default ?? setting.defaultNote;
  if (preset !== undefined) notes.push(`default: ${preset}`);
  const borrowed = (setting.borrowed ?? []).map(({ variable }) => variable);
  if (borrowed.length > 0) notes.push(borrowed.join(', '));
  const help = notes.length === 0 ? setting.help : `${setting.help} (${notes.join('; ')})`;
  return entry(`  ${short}--${name}${value}${aliases}`, help);
}

/** The methods that have a setting; empty if all methods of the command have it. */
function methodsOf(setting: Setting, command: string): readonly string[] {
  return (setting.commands ?? [])
    .filter((owner) => owner.startsWith(`${command} `))
    .map((owner) => owner.slice(command.length + 1));
}

function entry(flag: string, help: string): string {
  return `${flag}\n${wrap(help, indent)}`;
}

function wrap(text: string, margin: string): string {
  const lines: string[] = [];
  let line = margin;
  for (const word of text.split(' ')) {
    if (line !== margin && line.length + 1 + word.length > 100) {
      lines.push(line);
      line = margin;
    }
    line += line === margin ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
