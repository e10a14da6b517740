# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests of the tool share. A test sources this, checks, and ends with `finish`: a failed check is
# reported with its line and the test goes on, so that one run shows everything.

export LC_ALL=C
tool=$1
failures=0

fail()
{
    echo "${BASH_SOURCE[2]##*/}:${BASH_LINENO[1]}: $*" >&2
    failures=$((failures + 1))
}

# same WANT GOT WHAT: two files hold the same bytes.
same()
{
    cmp -s "$1" "$2" && return
    fail "$3: not the same"
    diff -a "$1" "$2" | head -n 10 | cat -v >&2
}

# equal WANT GOT WHAT: two words are the same.
equal()
{
    [ "$1" = "$2" ] || fail "$3: '$2', not '$1'"
}

# holds PATTERN FILE: some line matches the extended expression.
holds()
{
    grep -aqE -e "$1" "$2" && return
    fail "$2 does not hold '$1'"
    head -n 20 "$2" | cat -v >&2
}

# run COMMAND...: standard output into ./out, standard error into ./err, exit status into $status.
run()
{
    "$@" >out 2>err
    status=$?
}

# A command that works like the peer, and what the peer says in our name.
as_peer()
{
    "${peer[@]}" "$@" >want 2>want.err
    want_status=$?
    sed -i "s/^${peer[0]}: /nowait sum: /" want.err
}

# like_peer WHAT ARGUMENT...: the tool ("${ours[@]}") does with these arguments what the peer ("${peer[@]}") does.
like_peer()
{
    local what=$1
    shift
    as_peer "$@"
    run "$tool" "${ours[@]}" "$@"
    same want out "$what: standard output"
    same want.err err "$what: standard error"
    equal "$want_status" "$status" "$what: exit status"
}

# As like_peer, where the two word or order their messages differently: as many lines, the same output.
nearly_like_peer()
{
    local what=$1
    shift
    as_peer "$@"
    run "$tool" "${ours[@]}" "$@"
    same want out "$what: standard output"
    equal "$(wc -l <want.err)" "$(wc -l <err)" "$what: messages"
    equal "$want_status" "$status" "$what: exit status"
}

# Need PROGRAM, or skip the test.
need()
{
    command -v "$1" >/dev/null && return
    echo "skipped: $1 is not installed"
    exit 77
}

# Call a command as somebody who may not read everything.
unprivileged()
{
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
    fi
}

finish()
{
    [ "$failures" -eq 0 ] || echo "$failures checks failed" >&2
    exit $((failures > 0))
}
