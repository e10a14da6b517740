# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of nowait(1) in bash: verbs and options as the tool's own --help lists them, files elsewhere.

_nowait()
{
    local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="$("$1" --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p') help --help --version"
    elif [ "$verb" = help ]; then
        words=$("$1" --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    elif [ "$verb" = bench ] && [ "$COMP_CWORD" -eq 2 ]; then
        words="files http --help"
    elif [[ $current == -* ]]; then
        words=$("$1" "$verb" --help 2>/dev/null | grep -oE -e '--[a-z][a-z0-9-]*=?' | sort -u)
    else
        return # bash completes file names
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
}

complete -o default -F _nowait nowait
