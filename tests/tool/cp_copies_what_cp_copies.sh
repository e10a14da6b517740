#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait cp -a makes the tree that cp -a makes, nowait cp -r the one of cp -r: names, content, modes, owners,
# times, links, attributes, blocks; into directories, over what is there, with -n, -u, -T, -t.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

# All that can be said of a tree; with times where they are kept. Which names are one file is told by the first.
describe()
{
    (cd "$1" && find . -printf "$2" | sort -z | tr '\0' '\n')
    (cd "$1" && find . -type f -links +1 -printf '%i %p\0' | sort -z |
        awk -v RS='\0' '{ if (!($1 in first)) first[$1] = $2; print first[$1], $2 }')
    (cd "$1" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum)
    command -v getfattr >/dev/null && (cd "$1" && getfattr -R -P -h -d -m - . 2>/dev/null)
}

# like WANT GOT WHAT FORMAT: the trees are the same.
like()
{
    describe "$1" "$4" >want
    describe "$2" "$4" >got
    same want got "$3"
}
exact='%P %y %m %U %G %s %t %l %n\0'
plain='%P %y %m %U %G %s %l\0'

# -- a tree with everything in it --
mkdir -p tree/a/b/c tree/empty tree/sticky tree/closed
for name in file .hidden 'with space' $'new\nline' $'\xfe\xff' '-r' "quote'd" '*'; do
    printf '%s content\n' "$name" >"tree/$name"
    printf 'deep\n' >"tree/a/b/$name"
done
: >tree/none
head -c 3000000 /dev/urandom >tree/a/big
for i in $(seq 300); do echo "$i" >"tree/a/b/c/$i"; done
ln tree/file tree/a/hard
ln tree/file tree/a/b/c/harder
ln -s ../file tree/a/link
ln -s nowhere tree/dangling
ln -s . tree/loop
ln -s /etc tree/absolute
mkfifo -m 0642 tree/fifo
truncate -s 32M tree/sparse
printf x | dd of=tree/sparse bs=1 seek=20000000 conv=notrunc status=none
chmod 4755 tree/file
chmod 0604 tree/.hidden
chmod 0000 tree/none
chmod 1777 tree/sticky
chmod 2775 tree/a
touch -h -d '2001-02-03 04:05:06.789' tree/dangling tree/a/link
touch -d '2002-02-03 04:05:06.123456789' tree/a/big tree/fifo
if [ "$(id -u)" -eq 0 ]; then
    chown 1234:4321 tree/a/b tree/a/big
    chown -h 1234:4321 tree/dangling
    mknod tree/device c 1 3
fi
command -v setfattr >/dev/null && {
    setfattr -n user.name -v value tree/a/big
    setfattr -n user.name -v value tree/a
    setfattr -n user.large -v "$(printf '%2000s' x)" tree/.hidden
} 2>/dev/null
command -v setfacl >/dev/null && {
    setfacl -m u:1234:rw tree/.hidden
    setfacl -d -m g:4321:rx tree/sticky
} 2>/dev/null
chmod 0555 tree/closed
touch -d '1999-01-01' tree/closed tree/a tree

cp -a tree want.a
run "$tool" cp -a tree got.a
equal "0::" "$status:$(cat out err):" "cp -a"
like want.a got.a "cp -a" "$exact"
equal "$(du -s --block-size=1 want.a/sparse | cut -f1)" "$(du -s --block-size=1 got.a/sparse | cut -f1)" "holes"

umask 027
cp -r tree want.r
run "$tool" cp -r tree got.r
equal "0::" "$status:$(cat out err):" "cp -r"
like want.r got.r "cp -r" "$plain"
umask 022

# -- over what is there --
for dir in want.o got.o; do
    mkdir -p "$dir/tree/a/b"
    echo "older and longer than the other" >"$dir/tree/a/b/file"
    echo "newer" >"$dir/tree/a/b/.hidden"
    chmod 0640 "$dir/tree/a/b/file"
    touch -d '1990-01-01' "$dir/tree/a/b/file"
    touch -d '2030-01-01' "$dir/tree/a/b/.hidden"
    echo extra >"$dir/tree/extra"
done
cp -ru tree want.o
run "$tool" cp -ru tree got.o
equal "0:" "$status:$(cat err)" "cp -ru"
like want.o got.o "cp -ru" "$plain"
echo changed >want.o/tree/a/b/file
echo changed >got.o/tree/a/b/file
cp -rn tree want.o
run "$tool" cp -rn tree got.o
like want.o got.o "cp -rn" "$plain"
cp -rT tree want.o/tree
run "$tool" cp -rT tree got.o/tree
like want.o got.o "cp -rT" "$plain"

# -- files --
mkdir want.d got.d
cp -p --preserve=xattr tree/a/big tree/.hidden tree/a/link want.d
run "$tool" cp -p tree/a/big tree/.hidden tree/a/link got.d
equal "0::" "$status:$(cat out err):" "files into a directory"
touch -d '2000-01-01' want.d got.d
like want.d got.d "files into a directory" "$exact"
cp -t want.d tree/a/b/file
run "$tool" cp -t got.d tree/a/b/file
like want.d got.d "-t" "$plain"
(cd tree/a/b && cp -r . ../../../want.d && "$tool" cp -r . ../../../got.d)
like want.d got.d "the current folder" "$plain"
run "$tool" cp tree/a/big one
same tree/a/big one "a file to a file"
run "$tool" cp <(printf 'from a pipe') /dev/stdin <<<"" 2>/dev/null
run "$tool" cp <(printf 'from a pipe') piped
equal "0:from a pipe" "$status:$(cat piped)" "from a pipe"
run "$tool" cp tree/a/b/file /dev/null
equal 0 "$status" "to a device"

# -- what it tells --
run "$tool" cp -rv tree/a/b/c verbose
equal 302 "$(wc -l <out)" "-v: one line an entry"
holds "^'tree/a/b/c/7' -> 'verbose/7'\$" out
run "$tool" cp --json -r tree/a/b/c json
holds '"entries": 302' out
holds '"error_count": 0' out
command -v python3 >/dev/null && { python3 -m json.tool <out >/dev/null || fail "the report is no JSON"; }
run "$tool" cp --progress -r tree/a/b/c progress
equal 0 "$status" "--progress"

run "$tool" cp tree/a one
equal "1:nowait cp: tree/a: Is a directory" "$status:$(cat err)" "a directory without -r"
run "$tool" cp none tree/file got.d
equal "1:nowait cp: none: No such file or directory" "$status:$(cat err)" "a source that is not there"
[ -e got.d/file ] || fail "the rest is copied"
run "$tool" cp one none two
equal "1:nowait cp: two: Not a directory" "$status:$(cat err)" "no directory to put them into"
run "$tool" cp -r tree tree/a
equal "1:nowait cp: tree: Invalid argument" "$status:$(cat err)" "into itself"
[ ! -e tree/a/tree ] || fail "into itself: something was left"
echo only >only
ln -s only leads.there
run "$tool" cp -a leads.there only
equal "1:nowait cp: leads.there: Invalid argument" "$status:$(cat err)" "a link onto what it leads to"
equal only "$(cat only)" "a link onto what it leads to: the content"
mkfifo newer
touch -d 2001-01-01 only
run timeout 20 "$tool" cp -u only newer # to write to the FIFO would wait for its reader
equal 0 "$status" "-u leaves alone what is no file, too"
run "$tool" cp one
equal 2 "$status" "no target"
run "$tool" cp -j 0 one two
equal 2 "$status" "no jobs"
mkdir mixed in.the.way in.the.way/mixed in.the.way/mixed/x
echo x >mixed/x
echo y >mixed/y
run "$tool" cp -r mixed in.the.way
equal "1:nowait cp: mixed/x: Is a directory" "$status:$(cat err)" "a directory in the way"
equal y "$(cat in.the.way/mixed/y)" "the rest is copied"
run "$tool" cp --json -r mixed in.the.way
holds '"path": "mixed/x"' out

chmod -R u+rwx . 2>/dev/null
finish
