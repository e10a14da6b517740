#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# -c says what sha256sum -c says, of good and of bad lists; each program reads the other's.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
peer=(sha256sum) ours=(sum)

echo one >one
echo two >two
echo three >'three and more'
printf x >$'line\nbreak'
printf y >'back\slash'
printf z >$'not UTF-8 \xff'
: >empty
names=(one two 'three and more' $'line\nbreak' 'back\slash' $'not UTF-8 \xff' empty)

for style in "" --tag -b; do
    # shellcheck disable=SC2086
    sha256sum $style "${names[@]}" >theirs
    # shellcheck disable=SC2086
    "$tool" sum $style "${names[@]}" >mine
    same theirs mine "list $style"
    run sha256sum --strict -c mine
    equal 0 "$status" "sha256sum reads our list $style"
    like_peer "we read their list $style" --strict -c theirs
    like_peer "quiet $style" --quiet -c theirs
    like_peer "status $style" --status -c theirs
done

sha256sum "${names[@]}" >list
run "$tool" sum -c - <list
as_peer -c - <list
same want out "list from standard input"
run "$tool" sum -c <list
same want out "list from standard input by default"

tr a-f A-F <list | sed 's/ .*//' >upper # digests only: names keep their case
paste -d ' ' upper <(sed 's/^[^ ]* //' list) >list.upper
like_peer "capital digits" -c list.upper
sed 's/$/\r/' list >list.crlf
like_peer "lines that end in CR LF" -c list.crlf
head -c -1 list >list.cut
like_peer "no end of the last line" -c list.cut
{ echo '# a comment'; echo; cat list; echo '#'; } >list.comment
like_peer "comments and empty lines" --strict -w -c list.comment
printf 'SHA256(one)= %s\n' "$(sha256sum one | cut -c-64)" >list.openssl
like_peer "OpenSSL's style" --strict -c list.openssl
sed -n 's/  / /;/three\|line\|back\|UTF/!p' list >list.bsd
like_peer "one space" --strict -w -c list.bsd
cat list.bsd list >list.mixed
nearly_like_peer "one space first, then two" -w -c list.mixed
cat list list.bsd >list.mixed
like_peer "two spaces first, then one" -w -c list.mixed
sed 's/^/ \t/' list >list.indented
like_peer "white space before the lines" --strict -c list.indented

# What is wrong
sha256sum one >bad
echo changed >one
like_peer "a mismatch" -c list
like_peer "a mismatch, quiet" --quiet -c list
like_peer "a mismatch, status only" --status -c list
rm two
like_peer "a mismatch and a missing file" -c list
like_peer "missing files are passed over" --ignore-missing -c list
echo one >one
like_peer "missing files are passed over, the rest is good" --ignore-missing -c list
sha256sum empty | sed 's/empty/gone/' >list.gone
like_peer "no file was verified" --ignore-missing -c list.gone
like_peer "no file was verified, status only" --ignore-missing --status -c list.gone
mkdir folder
sha256sum empty | sed 's/empty/folder/' >list.folder
like_peer "a directory in the list" -c list.folder

{ echo garbage; cat list; echo "0123  short"; printf '%065d  one\n' 0; printf '%064d\n' 0; } >list.bad
like_peer "bad lines" -c list.bad
nearly_like_peer "bad lines, warned of" --warn -c list.bad
rm -f list.good
grep -v two list >list.good
{ cat list.good; echo garbage; } >list.strict
like_peer "one bad line" -c list.strict
like_peer "one bad line, strict" --strict -c list.strict
printf '\\%s  bad\\escape\n' "$(sha256sum empty | cut -c-64)" >list.escape
like_peer "an escape that does not exist" -w -c list.escape
printf '%s  -\n' "$(sha256sum empty | cut -c-64)" >list.dash
like_peer "standard input in a list from a file" -c list.dash
: >list.empty
like_peer "an empty list" -c list.empty
like_peer "a list that does not exist" -c list.none list.good
like_peer "several lists" -c list.good list.bad list.gone
head -c 100000 /dev/urandom >list.binary
run "$tool" sum -c list.binary
equal 1 "$status" "status of a list that is none"

{ cat list.good; printf '%s  one\0two\n' "$(head -c 64 list.good)"; } >list.nul
run "$tool" sum --strict -c list.nul
equal 1 "$status" "status of a list with a NUL in a name"
holds 'WARNING: 1 line is improperly formatted' err

for wrong in "--quiet one" "--tag -c list" "-z -c list" "--strict one" "-r -c list" "--jobs=0 one" "--jobs=x one"; do
    # shellcheck disable=SC2086
    run "$tool" sum $wrong
    equal 2 "$status" "exit status of: sum $wrong"
    equal '' "$(cat out)" "output of: sum $wrong"
done

finish
