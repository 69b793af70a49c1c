import type { CompletedCommand, CompletedFlag } from './words.ts';

/** The script for zsh's completion system, for a file _dexchange in a folder of fpath. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef dexchange
_dexchange() {
  local -a commands
  local context state state_descr line
  typeset -A opt_args
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  _arguments -C '1:command:->command' '*::argument:->argument'
  case "$state" in
    command) _describe command commands ;;
    argument)
      case "$words[1]" in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_dexchange" ]; then
  _dexchange "$@"
else
  compdef _dexchange dexchange
fi
`;
}

function commandCase({ name, words, hasMethods, flags }: CompletedCommand): string {
  const word = words.length === 0 ? [] : [quoted(`1:argument:(${words.join(' ')})`)];
  const call = (list: readonly CompletedFlag[]): string =>
    ['_arguments', ...word, ...list.map(flagSpec)].join(' \\\n            ');
  if (!hasMethods) return `        ${name})\n          ${call(flags)} ;;`;
  const cases = words.map(
    (method) =>
      `            ${method}) ${call(flags.filter(({ methods }) => methods.length === 0 || methods.includes(method)))} ;;`,
  );
  return `        ${name})
          case "$words[2]" in
${cases.join('\n')}
            *) ${call(flags)} ;;
          esac ;;`;
}

function flagSpec({ name, help, value }: CompletedFlag): string {
  const described = `--${name}[${help.replace(/[\\[\]:]/g, '\\$&')}]`;
  switch (value) {
    case 'none':
      return quoted(described);
    case 'file':
      return quoted(`${described}:file:_files`.replace(`--${name}[`, `--${name}=[`));
    case 'text':
      return quoted(`${described}:value: `.replace(`--${name}[`, `--${name}=[`));
    default:
      return quoted(`${described}:value:(${value.join(' ')})`.replace(`--${name}[`, `--${name}=[`));
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
