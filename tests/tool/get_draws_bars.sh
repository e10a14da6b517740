#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# On a terminal, nowait get shows a line for each file that is under way and one for all, as wide as there is room;
# they are gone at the end, and messages stand above them. Elsewhere nothing is drawn.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
need script
need pkill
start_peer

# on_terminal COLUMNS ARGUMENT...: what stands on the terminal in the end is in ./screen, all that was drawn in ./drawn.
on_terminal()
{
    local columns=$1
    shift
    rm -f hanging
    : >drawn
    LC_ALL=${locale-C} script -qefc "stty cols $columns rows ${rows-10}; exec env --default-signal=INT '$tool' get $*" drawn \
        >/dev/null </dev/null &
    until [ -e hanging ] && grep -aqE "${until_drawn-50%}" drawn; do sleep 0.02; done
    # Its own child is the shell, and that has become the tool.
    pkill -INT -P $! 2>/dev/null
    wait $!
    python3 - "$columns" <<'PYTHON'
import re, sys
columns = int(sys.argv[1])
lines, row, column, widest = [""], 0, 0, 0
text = open("drawn", "rb").read().decode("utf-8", "replace")
text = re.sub(r"^Script started.*?\n|\r?\n?Script done.*", "", text, flags=re.S)
for kind in re.finditer(r"\x1b\[(\d*)([A-Z])|(.)", text, re.S):
    count, what, character = kind.groups()
    if what == "A":
        row -= int(count or 1)
        assert row >= 0, "above the screen"
    elif what == "J":
        lines[row:] = [lines[row][:column]]
    elif what == "K":
        lines[row] = lines[row][:column]
    elif character == "\r":
        column = 0
    elif character == "\n":
        row += 1
        if row == len(lines):
            lines.append("")
        column = 0
    elif character:
        lines[row] = lines[row][:column].ljust(column) + character + lines[row][column + 1:]
        column += 1
        if text[kind.start()] not in "^C":
            widest = max(widest, column)
open("screen", "w").write("\n".join(lines) + "\n")
open("widest", "w").write("%d\n" % widest)
PYTHON
}

on_terminal 100 -O got "'$url/hang/first.iso?size=100000'" "'$url/file/second?size=50000'" "'$url/missing'"
holds 'first\.iso +\[##########          \]  50%  48\.8 KiB  .*/s' drawn
holds '2 of 3 ' drawn
holds '^second: |^got/second: 48\.8 KiB in ' screen
holds 'the server answered 404 Not Found' screen
grep -q '%' screen && fail "bars are left over"
[ "$(cat widest)" -lt 100 ] || fail "a line is wider than the terminal"

on_terminal 30 "'$url/hang/narrow?size=100000'" || true
holds 'narrow +50%' drawn
grep -aq '\[#' drawn && fail "a bar where there is no room"
# Nothing may scroll: the next drawing would not find its way back.
rows=2 until_drawn='of 2 ' on_terminal 40 "'$url/hang/low?size=100000'" "'$url/file/lower?size=5'"
grep -aqE $'\x1b\\[[0-9]+A' drawn && fail "more lines than the terminal has"
until_drawn=$'\x1b\\[K' on_terminal 1 "'$url/hang/thin?size=100000'"
equal 0 "$(cat widest)" "columns used of one"
if [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ]; then
    locale=C.UTF-8 on_terminal 100 "'$url/hang/%C3%BC.iso?size=100000'"
    holds '^.?ü\.iso +\[██████████          ' drawn
fi

# -- elsewhere --
run "$tool" get -q "$url/file/quiet"
equal '' "$(cat out err)" "no terminal, -q"
run "$tool" get --progress --rate=100K "$url/file/slow?size=200000"
holds 'of 195 KiB \(' err

finish
