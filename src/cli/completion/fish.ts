/** The script for fish 3 and later. */
export const fishCompletion = `# fish completion of dexchange
function __dexchange_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program __complete $words "$current" 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive $lines[-1]
    set -e lines[-1]
    set -l flag (string match -r -- '^--[^=]*=' $current)
    for line in $lines
        echo "$flag$line"
    end
    if test "$directive" = :0
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
            echo "$flag$path"
        end
    end
end
complete -c dexchange -f -a '(__dexchange_complete)'
complete -c kubectl-dexchange -f -a '(__dexchange_complete)'
`;
