#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The completion offers the verbs and the options that --help lists, and files everywhere else.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source=/dev/null
. "$(dirname "$0")/../../completions/nowait.bash"
# shellcheck disable=SC2317 # the completion calls it; the real one is only there while bash completes
compopt() { :; }

# offers WANT WORD...: the completion of the last word.
offers()
{
    local want=$1
    shift
    COMP_WORDS=(nowait "$@")
    COMP_CWORD=$#
    _nowait "$tool"
    equal "$want" "${COMPREPLY[*]-}" "completion of '$*'"
}

offers "bench" be
offers "bench cat cp doctor du get log serve sum tail watch help --help --version" ""
offers "doctor du" help d
offers "files" bench f
offers "http" bench h
offers "--cold --concurrency=" bench files --co
offers "--json" doctor --j
offers "--xxh128 --xxh3" sum --xx
offers "" sum file
offers "" no-such-verb --x

finish
