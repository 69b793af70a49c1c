/** The script for bash 3.2 and later. */
export const bashCompletion = `# bash completion of dexchange: source <(dexchange completion bash)
_dexchange() {
  local piece="\${COMP_WORDS[COMP_CWORD]}" words=() last=-1 glue='' index word cut line
  # bash splits words at equals signs and colons, and replaces only the last piece.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [[ $last -ge 0 && ( -n $glue || $word =~ ^[=:]+$ ) ]]; then
      words[last]="\${words[last]}$word"
    else
      words+=("$word")
      last=$((last + 1))
    fi
    if [[ $word =~ ^[=:]+$ ]]; then glue=1; else glue=''; fi
  done
  if [[ $piece =~ ^[=:]+$ ]]; then piece=''; fi
  cut="\${words[last]%"$piece"}"
  if [[ $cut == -*=* ]]; then cut="\${cut#*=}"; fi
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :0)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$piece") ;;
      :*) ;;
      *)
        line="\${line%%$'\\t'*}"
        COMPREPLY+=("$(printf '%q' "\${line#"$cut"}")") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
}
complete -F _dexchange dexchange kubectl-dexchange
`;
