import type { CompletedCommand, CompletedFlag } from './words.ts';

/** The script for fish 3 and later. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = [
    '# fish completion of dexchange',
    'complete -c dexchange -f',
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: CompletedCommand): readonly string[] {
  const { name, summary, words, flags } = command;
  const seen = `__fish_seen_subcommand_from ${name}`;
  const noWord =
    words.length === 0 ? '' : `; and not __fish_seen_subcommand_from ${words.join(' ')}`;
  return [
    `complete -c dexchange -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(words.length === 0
      ? []
      : [`complete -c dexchange -n ${quoted(seen + noWord)} -a ${quoted(words.join(' '))}`]),
    ...flags.map((flag) => flagLine(flag, command, seen)),
  ];
}

function flagLine(flag: CompletedFlag, { words }: CompletedCommand, seen: string): string {
  const others = words.filter((word) => flag.methods.length > 0 && !flag.methods.includes(word));
  const notOther =
    others.length === 0 ? '' : `; and not __fish_seen_subcommand_from ${others.join(' ')}`;
  const base = `complete -c dexchange -n ${quoted(seen + notOther)} -l ${flag.name} -d ${quoted(flag.help)}`;
  switch (flag.value) {
    case 'none':
      return base;
    case 'file':
      return `${base} -r -F`;
    case 'text':
      return `${base} -x`;
    default:
      return `${base} -x -a ${quoted(flag.value.join(' '))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
