/** The script for zsh's completion system, for a file _dexchange in a folder of fpath. */
export const zshCompletion = `#compdef dexchange kubectl-dexchange
_dexchange() {
  local -a lines values displays
  local line directive value
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  directive="\${lines[-1]}"
  [[ "$directive" == :* ]] || return 1
  compset -P 1 '--*='
  for line in "\${(@)lines[1,-2]}"; do
    value="\${line%%$'\\t'*}"
    values+=("$value")
    if [[ "$line" == *$'\\t'* ]]; then
      displays+=("$value -- \${line#*$'\\t'}")
    else
      displays+=("$value")
    fi
  done
  if (( $#values )); then compadd -l -d displays -a values; fi
  if [[ "$directive" == :0 ]]; then _files; fi
}
if [ "$funcstack[1]" = "_dexchange" ]; then
  _dexchange "$@"
else
  compdef _dexchange dexchange kubectl-dexchange
fi
`;
