#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait get -o LINK saves where the link leads, and the link stays; a server's name is never followed.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
start_peer
content 1000 >want
content 3000000 >large

# saved WANT FILE LINK TARGET WHAT: it is there, and the link is as it was.
saved()
{
    equal "0:" "$status:$(cat err)" "$5"
    same "$1" "$2" "$5"
    equal "$4" "$(readlink "$3")" "$5: the link"
    equal '' "$(find . -name '*.part*')" "$5: parts left over"
}

# names DIR: what is in it.
names() { (cd "$1" && echo *); }

# -- of any length, over what is there or nothing --
mkdir -p there/deep
echo before >there/file
ln -s there/file link
run "$tool" get -q -o link "$url/file/x"
saved want there/file link there/file "a short file"
run "$tool" get -q -o link "$url/file/x?size=3000000"
saved large there/file link there/file "a long file"
ln -s there/new dangling
run "$tool" get -q -o dangling "$url/file/x"
saved want there/new dangling there/new "a short file behind a link to nothing"
rm there/new
run "$tool" get -q -n 3 -o dangling "$url/file/x?size=3000000"
saved large there/new dangling there/new "a long file behind a link to nothing"
ln -s "$PWD/link" there/deep/absolute
ln -s ../deep/absolute there/deep/chain
run "$tool" get -q -O there/deep -o chain "$url/file/x"
saved want there/file there/deep/chain ../deep/absolute "a chain of links"
equal "$PWD/link there/file" "$(readlink there/deep/absolute) $(readlink link)" "the chain"
ln -s there/deep short
ln -s ../up short/up
run "$tool" get -q -o short/up "$url/file/x"
saved want there/up short/up ../up "a link in a directory that is a link"

# -- what was cancelled goes on behind the link --
rm -f hanging
env --default-signal=INT "$tool" get -q -o link "$url/hang/x?size=3000000" &
pid=$!
until [ -e hanging ] && [ "$(stat -c %s there/file.part 2>/dev/null)" = 1500000 ]; do sleep 0.02; done
kill -INT $pid
wait $pid 2>/dev/null
equal "130:there/file" "$?:$(readlink link)" "cancelled"
same want there/file "cancelled: what was there"
sed -i "s|^url .*|url $url/file/x?size=3000000|" there/file.part.state
run "$tool" get -c -o link "$url/file/x?size=3000000"
holds '^there/file: .*went on after 1\.43 MiB' err
: >err
saved large there/file link there/file "going on"
run "$tool" get -q -c -o link "$url/dated/x"
run "$tool" get -c -o link "$url/dated/x"
equal "0:there/file" "$status:$(readlink link)" "-c of what is there"
holds '^there/file: is there already$' err

# -- where a link leads nowhere --
ln -s loop-b loop-a
ln -s loop-a loop-b
run "$tool" get -o loop-a "$url/file/x"
equal "5:loop-b" "$status:$(readlink loop-a)" "a loop"
holds 'loop-a: Too many levels of symbolic links$' err
ln -s missing/file nowhere
run "$tool" get -o nowhere "$url/file/x"
equal "5:missing/file" "$status:$(readlink nowhere)" "a missing directory"
holds 'missing/file\.part: No such file or directory$' err
ln -s there directory
run "$tool" get -o directory "$url/file/x"
equal "5:deep file new up" "$status:$(names there)" "a directory"
holds 'directory: Is a directory$' err
ln -s there/file/x under
run "$tool" get -o under "$url/file/x"
equal 5 "$status" "below a file"
holds 'under: Not a directory$' err

# -- to what is written as it is --
ln -s /dev/stdout outward
run "$tool" get -q -o outward "$url/file/x"
same want out "a link to /dev/stdout"
equal "0:/dev/stdout" "$status:$(readlink outward)" "a link to /dev/stdout"
ln -s /dev/full full
run "$tool" get -q -o full "$url/file/x"
equal "5:/dev/full" "$status:$(readlink full)" "a link to a device"

# -- a stranger's, where everybody may put one --
if [ "$(id -u)" -eq 0 ]; then
    mkdir -m 1777 public
    echo before >private
    ln -s ../private public/mine
    ln -s ../private public/strange
    chown -h 65534 public/strange
    run "$tool" get -q -o public/mine "$url/file/x"
    saved want private public/mine ../private "our link"
    echo before >private
    run "$tool" get -o public/strange "$url/file/x"
    equal "5:before" "$status:$(cat private)" "a stranger's link"
    holds 'public/strange: Permission denied$' err
    equal '../private' "$(readlink public/strange)" "a stranger's link"
    chmod o-w public
    run "$tool" get -q -o public/strange "$url/file/x"
    saved want private public/strange ../private "a stranger's link where only we could put one"
fi

# -- names of servers and of lists stay in the directory --
echo before >kept
mkdir into
for size in 1000 3000000; do
    rm -f into/*
    ln -s ../kept into/x
    run "$tool" get -q -O into "$url/file/x?size=$size"
    equal "0:before:x x.1" "$status:$(cat kept):$(names into)" "a server's name that is a link"
    run "$tool" get -q -O into --overwrite "$url/file/x?size=$size"
    equal "0:before:regular file" "$status:$(cat kept):$(stat -c %F into/x)" "a server's name, with --overwrite"
    ln -s ../kept into/named
    run "$tool" get -q -O into "$url/name/from-url?value=attachment;filename=named"
    equal "0:before:named named.1 x x.1" "$status:$(cat kept):$(names into)" "a Content-Disposition"
    ln -s ../kept into/listed
    run "$tool" get -q -O into -i - <<<"$url/file/y?size=$size out=listed"
    equal "0:before:../kept" "$status:$(cat kept):$(readlink into/listed)" "a name in a list"
    run "$tool" get -q -O into --overwrite -i - <<<"$url/file/y?size=$size out=listed"
    equal "0:before:regular file" "$status:$(cat kept):$(stat -c %F into/listed)" "a name in a list, with --overwrite"
done
for size in 1000 3000000; do
    rm -rf into/*
    mkfifo into/pipe
    run "$tool" get -q -O into -i - <<<"$url/file/y?size=$size out=pipe"
    equal "0:pipe pipe.1" "$status:$(names into)" "a name in a list that is a pipe"
    run "$tool" get -O into --overwrite "$url/file/pipe?size=$size"
    equal "5:fifo" "$status:$(stat -c %F into/pipe)" "a server's name that is a pipe, with --overwrite"
    holds 'into/pipe: File exists$' err
done

finish
