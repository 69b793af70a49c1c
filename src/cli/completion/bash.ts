import type { CompletedCommand, CompletedFlag } from './words.ts';

/** The script for bash 3.2 and later, which does not need the bash-completion package. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of dexchange: source <(dexchange completion bash)
_dexchange_flags() {
  case "$1" in
${commands.flatMap(flagCases).join('\n')}
  esac
}

_dexchange_values() {
  case "$1" in
${commands.flatMap(valueCases).join('\n')}
  esac
}

_dexchange() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' method='' index word
  COMPREPLY=()
  # bash splits --flag=value at the equals sign.
  if [ "$cur" = '=' ]; then
    cur=''
  elif [ "$prev" = '=' ]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in
      -*|=) ;;
      *)
        if [ -z "$command" ]; then command="$word"
        elif [ -z "$method" ]; then method="$word"; fi ;;
    esac
  done
  if [ -z "$command" ] && [ "\${cur#-}" = "$cur" ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$cur"))
    return
  fi
  case "$prev" in
    --*)
      word="$(_dexchange_values "$command $prev")"
      case "$word" in
        file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        text) return ;;
        ?*) COMPREPLY=($(compgen -W "\${word#words }" -- "$cur")); return ;;
      esac ;;
  esac
  case "$cur" in
    -*)
      COMPREPLY=($(compgen -W "$(_dexchange_flags "$command" "$method")" -- "$cur")) ;;
    *)
      if [ -z "$method" ]; then
        case "$command" in
${commands.flatMap(wordCases).join('\n')}
        esac
      fi ;;
  esac
}
complete -o bashdefault -o default -F _dexchange dexchange
`;
}

function flagCases({ name, hasMethods, words, flags }: CompletedCommand): readonly string[] {
  const list = (method: string | undefined): string =>
    flags
      .filter(
        ({ methods }) => methods.length === 0 || method === undefined || methods.includes(method),
      )
      .map((flag) => `--${flag.name}`)
      .join(' ');
  if (!hasMethods) return [`    ${name}) echo '${list(undefined)}' ;;`];
  return [
    `    ${name})`,
    '      case "$2" in',
    ...words.map((method) => `        ${method}) echo '${list(method)}' ;;`),
    `        *) echo '${list(undefined)}' ;;`,
    '      esac ;;',
  ];
}

function valueCases({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap((flag) => {
    const value = valueText(flag);
    return value === undefined ? [] : [`    '${name} --${flag.name}') echo '${value}' ;;`];
  });
}

function valueText({ value }: CompletedFlag): string | undefined {
  if (value === 'none') return undefined;
  return typeof value === 'string' ? value : `words ${value.join(' ')}`;
}

function wordCases({ name, words }: CompletedCommand): readonly string[] {
  if (words.length === 0) return [];
  return [`          ${name}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur")) ;;`];
}
