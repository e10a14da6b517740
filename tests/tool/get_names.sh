#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What nowait get calls a file: from Content-Disposition or the URL, never out of the directory, never hidden.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
start_peer
mkdir root root/into

# disposition WANT VALUE: the name for a Content-Disposition (bytes, as Latin-1).
disposition()
{
    local want=$1 value
    value=$(printf '%s' "$2" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%')
    named "$want" "$url/name/from-url?value=$value" "$2"
}

# named WANT URL WHAT: the only file that appears.
named()
{
    rm -rf root/into
    mkdir root/into
    run "$tool" get -q -O root/into "$2"
    equal "0:" "$status:$(cat err)" "status of $3"
    equal "$1" "$(ls -A root/into)" "name of $3"
    equal into "$(ls -A root)" "what stands beside the directory after $3"
}

disposition plain.txt 'attachment; filename=plain.txt'
disposition 'with space.txt' 'attachment; filename="with space.txt"'
disposition 'a _quoted_ name' 'attachment; filename="a \"quoted\" name"'
disposition inline.txt 'inline;filename=inline.txt'
disposition upper 'ATTACHMENT ; FILENAME = upper ; x=y'
disposition 'semi;colon' 'attachment; filename="semi;colon"; size=5'
disposition '€ rates' "attachment; filename=\"EURO rates\"; filename*=UTF-8''%e2%82%ac%20rates"
disposition '€ rates' "attachment; filename*=utf-8'en'%e2%82%ac%20rates; filename=other"
disposition '£ rates' "attachment; filename*=iso-8859-1'en'%A3%20rates"
disposition fallback "attachment; filename*=UTF-8''%ff%; filename=fallback"
disposition fallback "attachment; filename*=KOI8-R''%ff; filename=fallback"
disposition 'ü.txt' $'attachment; filename="\xc3\xbc.txt"'
disposition 'ü.txt' $'attachment; filename="\xfc.txt"'
disposition from-url 'attachment'
disposition from-url 'attachment; filename=""'
disposition from-url 'attachment; filename="..."'
disposition from-url 'attachment; filename="/"'
disposition from-url 'attachment; notfilename=x; xfilename="y"'
disposition passwd 'attachment; filename="../../../etc/passwd"'
disposition passwd 'attachment; filename="..\\..\\passwd"'
disposition passwd "attachment; filename*=UTF-8''..%2f..%2fpasswd"
disposition bashrc 'attachment; filename=".bashrc"'
disposition bashrc 'attachment; filename="...bashrc... "'
disposition _rf 'attachment; filename="-rf"'
disposition _CON 'attachment; filename="CON"'
disposition _nul.txt 'attachment; filename="nul.txt"'
disposition _COM1 'attachment; filename="COM1"'
disposition console 'attachment; filename="console"'
disposition 'a_b_c_d_' 'attachment; filename="a:b|c?d*"'
disposition 'abgpj.exe' "attachment; filename*=UTF-8''ab%e2%80%aegpj.exe"
disposition from-url "attachment; filename*=UTF-8''a%00b"
disposition from-url "attachment; filename*=UTF-8''%2e%2e"
disposition disk.part_ 'attachment; filename="disk.part"'
disposition disk.part.state_ 'attachment; filename="disk.part.state"'
long=$(printf 'x%.0s' $(seq 300))
disposition "${long:0:195}.txt" "attachment; filename=\"$long.txt\""
wide=$(printf 'ü%.0s' $(seq 150))
disposition "$(printf 'ü%.0s' $(seq 97)).txt" "attachment; filename=\"$wide.txt\""

# -- URLs --
named 'a b' "$url/file/dir/a%20b?size=1#part" "an encoded space"
named passwd "$url/file/..%2f..%2fpasswd" "encoded slashes"
named 'index.html' "$url/redirect/?to=/file/" "no name at all"
named target "$url/redirect/?to=/file/target" "the name behind a redirect"
named hidden "$url/file/.hidden" "a hidden name"
run "$tool" get -q -O root --url-names "$url/name/from-url?value=attachment;filename=other"
equal 'root/from-url root/into' "$(echo root/*)" "--url-names"

# -- the same name many times, at the same time --
for _ in $(seq 20); do echo "$url/file/same"; done >list
run "$tool" get -q -O many -j 20 --per-host 20 -i list
equal "0:20" "$status:$(find many -type f -size 1000c | wc -l)" "twenty files of one name"
equal "$({ echo many/same; seq -f 'many/same.%.0f' 19; } | sort | xargs)" "$(find many -type f | sort | xargs)" "their names"

finish
