#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# names ROOT: what the documents name is there: functions, types and macros of nowait, files of the tree, and
# the targets of links. CHANGELOG.md may name what is gone. And the other way round: each public function stands
# on a page of docs/.

set -u

cd "$1" || exit 1
failures=0

fail()
{
    echo "$1" >&2
    failures=$((failures + 1))
}

# Placeholders of the documents that say how things are named.
placeholders='nw_noun_verb nw__noun_verb nw__name'

known=$(cat <(grep -rhoE '\b(nw|NW)_[A-Za-z0-9_]+' include src) <(tr ' ' '\n' <<<"$placeholders") | LC_ALL=C sort -u)
paths='(src|include|tests|docs|examples|scripts|cmake|tools|bench|man)/[A-Za-z0-9_./-]+'

while read -r document; do
    while read -r name; do
        fail "$document: there is no $name"
    done < <(grep -oE '\b(nw|NW)_[A-Za-z0-9_]+\b' "$document" | grep -vE '[a-z]_?[A-Z]|_$' | LC_ALL=C sort -u |
             LC_ALL=C comm -23 - <(echo "$known"))

    # A function in backquotes, with its parentheses.
    # shellcheck disable=SC2016 # the backquotes are the document's
    while read -r name; do
        grep -rqE "\b$name\(" include src || fail "$document: there is no $name()"
    done < <(grep -oE '`[a-z][a-z0-9_]+\(\)`' "$document" | tr -d '`()' | LC_ALL=C sort -u)

    # A path in backquotes; upper case stands for a name to be filled in, as in tests/api/NAME.c.
    while read -r path; do
        [[ ${path##*/} =~ [A-Z]{3} ]] || [ -e "$path" ] || fail "$document: there is no $path"
    done < <(grep -oE "\`$paths\`" "$document" | tr -d '`' | LC_ALL=C sort -u)

    while read -r target; do
        [ -e "${document%/*}/$target" ] || fail "$document: the link to $target leads nowhere"
    done < <(grep -oE '\]\([^)#]+' "$document" | sed 's/^](//' | grep -v '^https\?:' | LC_ALL=C sort -u)
done < <(find ./*.md docs -name '*.md' ! -name CHANGELOG.md | LC_ALL=C sort)

# A public function: the first name with a parenthesis behind NW_API, on its line or one of the next.
while read -r name; do
    fail "no page of docs/ has $name()"
done < <(awk '/^NW_API/ { wanted = 1 }
              wanted && match($0, /nw_[a-z0-9_]+\(/) { print substr($0, RSTART, RLENGTH - 1); wanted = 0 }' \
             include/nowait/*.h | LC_ALL=C sort -u |
         LC_ALL=C comm -23 - <(grep -ohE '\bnw_[a-z0-9_]+\b' docs/*.md | LC_ALL=C sort -u))

[ $failures -eq 0 ] || exit 1
echo "names: everything that the documents name is there, and every public function is in them"
