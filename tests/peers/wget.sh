#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# wget and our servers: a tree as it is, half a file gone on with, what has not changed left alone, redirects,
# passwords in vain.

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need wget
[ -n "$tool" ] || { echo "skipped: the tool was not built"; exit 77; }

mkdir -p root/a/b 'root/sp ace ü'
head -c 5000000 /dev/urandom >root/big
for i in $(seq 40); do echo "file $i" >"root/a/f$i"; done
echo deep >root/a/b/deep
echo odd >'root/sp ace ü/100%#?;.txt'
printf '<a href="../f1">one</a> <a href="./">more</a> <img src="/big">\n' >root/a/b/page.html

start_serve root
export TZ=UTC
wget() { command wget --no-verbose --no-config --tries=1 "$@" 2>wget.err; }

# -- a tree --
wget --mirror --no-parent --no-host-directories -P mirror --reject-regex '[?](sort|order|view|format)=' "$url/" ||
    fail "--mirror: $(cat wget.err)"
find mirror -name index.html -delete
rm -f mirror/robots.txt*
diff -r root mirror >diff.out || fail "--mirror: $(cat diff.out)"
equal "$(stat -c %Y root/big)" "$(stat -c %Y mirror/big)" "the date of a file"

# -- half a file --
head -c 1234567 root/big >big
wget -c "$url/big" || fail "-c: $(cat wget.err)"
same root/big big "-c"
wget -c "$url/big" || fail "-c, nothing left: $(cat wget.err)"
same root/big big "-c, nothing left"
wget --start-pos=4999990 -O end "$url/big" || fail "--start-pos: $(cat wget.err)"
equal 10 "$(wc -c <end)" "--start-pos"

# -- what has not changed --
touch -r root/big big
wget -N "$url/big" || fail "-N: $(cat wget.err)"
[ ! -s wget.err ] || grep -q '304' wget.err || fail "-N: fetched again: $(cat wget.err)"

# -- the other one --
start_site
wget -O got "$url/redirect/301/3" || fail "redirects: $(cat wget.err)"
holds '^GET /describe\?arrived$' got
wget -O got "$url/chunks/500" || fail "chunks: $(cat wget.err)"
equal 500000 "$(wc -c <got)" "chunks"
wget -O got --post-file=root/big "$url/describe" || fail "--post-file: $(cat wget.err)"
holds '^heard 5000000$' got
wget -O got --method=PUT --body-data=words "$url/echo" || fail "--method=PUT: $(cat wget.err)"
equal words "$(cat got)" "--method=PUT"
wget -O got "$url/cookies" || fail "cookies: $(cat wget.err)"
equal '1,"two words",-' "$(cat got)" "cookies"
wget -O got "$url/status/404"
equal 8 $? "404"
wget -O got "$url/cut/1" && fail "what was cut off is taken for whole"
wget -O got "$url/cut/0" && fail "what was cut off in chunks is taken for whole"
end_site

finish
