#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait du counts what du counts, and prints it as du prints it: the same lines, whatever their order.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
need du

# du before 9.2 adds the sizes of folders to the apparent size: then nothing is compared that depends on it.
mkdir none
empty=$(du -s -b none | cut -f1)

# like_du WHAT ARGUMENT...: the same lines, the same status, as many messages.
like_du()
{
    local what=$1
    shift
    du "$@" >want.out 2>want.err
    equal_status=$?
    run "$tool" du "$@"
    sort -z want.out >want.sorted
    sort -z out >out.sorted
    case " $* " in
    *" -0 "*) ;;
    *)
        sort want.out >want.sorted
        sort out >out.sorted
        ;;
    esac
    same want.sorted out.sorted "$what"
    equal "$equal_status" "$status" "$what: exit status"
    equal "$(wc -l <want.err)" "$(wc -l <err)" "$what: messages"
}

mkdir -p tree/a/b/c tree/empty tree/.hidden "tree/$(printf 'n%.0s' $(seq 255))"
for name in a/x a/b/y .hidden/h $'a/new\nline' $'\xfe\xff' zz; do
    head -c $((RANDOM * 3)) /dev/zero >"tree/$name"
done
for i in $(seq 60); do
    mkdir -p "tree/many/$((i % 7))/$i"
    head -c $((i * 1000)) /dev/zero >"tree/many/$((i % 7))/$i/file"
done
for i in $(seq 1500); do : >"tree/a/b/$i"; done
mkdir -p links/a/b links/c # which folder such a file counts in depends on which is read first
head -c 100000 /dev/zero >links/file
for i in a/1 a/2 a/b/3 c/4; do ln links/file links/$i; done
ln -s ../.. tree/a/b/up
ln -s nowhere tree/dangling
ln -s itself tree/itself
ln -s a tree/link
mkfifo tree/pipe
truncate -s 5G tree/sparse

for arguments in -s "" "-d 0" "-d 1" "-d 2" -h "-s -h" -k -m "-B 1" "-B 4K" "-B M" -l "-s -l" -x -0 -c "-s -c" "-l -c -B 1" -a \
    "-a -d 1" "-a -B 1" "-a -h" "-a -0"; do
    # shellcheck disable=SC2086
    like_du "a tree with '$arguments'" $arguments tree
done
if [ "$empty" -eq 0 ]; then
    for arguments in "-s -b" -b --apparent-size "--apparent-size -h" "-a -b"; do
        # shellcheck disable=SC2086
        like_du "a tree with '$arguments'" $arguments tree
    done
else
    folders=$(find tree -type d -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
    run "$tool" du -s -b tree
    equal $(($(du -s -b tree | cut -f1) - folders)) "$(cut -f1 out)" "the apparent size, less that of the folders"
    like_du "apparent sizes of files" -b tree/a/x tree/sparse tree/link
fi
like_du "a tree with a slash" tree/
like_du "slashes" tree/a//
like_du "a file" tree/a/x
like_du "files" -c -B 1 tree/zz tree/sparse tree/link tree/pipe
like_du "a link with a slash" tree/link/
like_du "a path that is not there" -s none-such tree
like_du "nothing" ''
(cd tree/many && du -h) | sort >want
(cd tree/many && "$tool" du -h) | sort >out
same want out "the current folder by default"
for arguments in -s "-s -l" "-s -c" "-l -B 1" "-s -L" "-l -a"; do
    # shellcheck disable=SC2086
    like_du "files with several names with '$arguments'" $arguments links
done
rm tree/itself tree/dangling # errors for du, and to us the one is no error
like_du "links followed" -L -s tree

run "$tool" du --sort=size -B 1 tree
sort -s -k1,1nr out >want
same want out "sorted by size"
run "$tool" du --sort=name -0 -a tree
cut -z -f2- out | sort -z -c || fail "not sorted by name"

need python3
run "$tool" du --json -d 1 tree
python3 -c "
import json, sys
value = json.load(open('out'))
assert value['total']['allocated_bytes'] == int(sys.argv[1]), value['total']
assert {'tree', 'tree/a', 'tree/many'} <= {entry['path'] for entry in value['entries']}
assert all(entry['type'] == 'directory' for entry in value['entries'])
" "$(du -s -B 1 tree | cut -f1)" || fail "the JSON is not what it should be"

# Deeper than any path that the kernel takes at once, and than there are descriptors.
(
    mkdir deep && cd deep || exit 1
    for _ in $(seq 400); do
        mkdir a-rather-long-name && cd a-rather-long-name || exit 1
    done
    echo bottom >file
)
du -s -B 1 deep >want
(ulimit -n 40 && exec "$tool" du -s -B 1 deep) >out 2>err
same want out "a deep tree"
equal '' "$(cat err)" "messages about it"

# Folders that may not be read are counted themselves, and reported once.
chmod 755 .
mkdir -p closed/in closed/open && echo x >closed/in/f && echo y >closed/open/f && chmod 0 closed/in
if unprivileged test -x "$tool" && ! unprivileged ls closed/in >ls.out 2>&1; then
    unprivileged du -B 1 closed 2>/dev/null | sort >want
    unprivileged "$tool" du -B 1 closed 2>err | sort >out
    same want out "a closed folder"
    equal "nowait du: closed/in: Permission denied" "$(cat err)" "message for it"
    unprivileged "$tool" du -s closed >/dev/null 2>&1
    equal 1 $? "status with it"
fi
chmod 755 closed/in

for wrong in "--sort=colour" "-d x" "-d -1" "-B 0" "-B K4" "-a -s" "--nonsense"; do
    # shellcheck disable=SC2086
    run "$tool" du $wrong tree
    equal 2 "$status" "status of '$wrong'"
done
rm -rf deep
finish
