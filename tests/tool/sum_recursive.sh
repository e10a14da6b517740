#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# -r: every regular file of a tree, once, in the order of the paths' bytes, whatever else is in it.
#
# ctest: cost=6

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

expect_tree()
{
    find "$@" -type f -print0 | sort -z | xargs -0 -r sha256sum >want
}

mkdir -p tree/a/b/c tree/a.d tree/a-d tree/empty tree/.hidden
for name in a/x a/b/y a/b/c/z a.txt a0 a.d/1 a-d/1 .hidden/h $'new\nline' $'\xfe\xff' zz; do
    echo "$name" >"tree/$name"
done
for i in $(seq 300); do echo "$i" >"tree/a/b/$i"; done
ln -s . tree/loop
ln -s ../a tree/a/again
ln -s a.txt tree/link
ln -s nowhere tree/dangling
mkfifo tree/pipe

expect_tree tree
run "$tool" sum -r tree
same want out "a tree"
equal "0:" "$status:$(cat err)" "status and messages"
expect_tree tree/
run "$tool" sum -r tree/
same want out "a folder with a slash"
cp out list
run sha256sum --strict --quiet -c list
equal 0 "$status" "sha256sum accepts the list"

(cd tree && find . -type f -print0 | sort -z | xargs -0 sha256sum) >want
(cd tree && "$tool" sum -r) >out
same want out "the current folder by default"

sha256sum tree/a.txt >want
run "$tool" sum -r tree/a.txt
same want out "a file as root"
run "$tool" sum -r tree/link
equal "$(sha256sum tree/link)" "$(cat out)" "a link to a file as root"
run "$tool" sum -r tree/loop
expect_tree tree/loop/
same want out "a link to a folder as root"

run "$tool" sum -r none tree/a.d
equal 1 "$status" "status with a root that does not exist"
equal "nowait sum: none: No such file or directory" "$(cat err)" "message for it"
equal "$(sha256sum tree/a.d/1)" "$(cat out)" "the other root"

# Deeper than any path that the kernel takes at once, and than there are descriptors.
(
    mkdir deep && cd deep || exit 1
    for _ in $(seq 400); do
        mkdir a-rather-long-name && cd a-rather-long-name || exit 1
    done
    echo bottom >file
)
(ulimit -n 40 && exec "$tool" sum -r deep) >out 2>err
equal "0:" "$?:$(cat err)" "a deep tree"
equal "$(echo bottom | sha256sum | cut -c-64)" "$(cut -c-64 out)" "digest of the file at the bottom"
equal $((64 + 2 + 4 + 400 * 19 + 5 + 1)) "$(wc -c <out)" "length of its line"

# What vanishes while the tree is walked is no error.
mkdir churn
cat >churn.sh <<'CHURN'
while :; do
    mkdir -p churn/d && : >churn/d/f && : >churn/f && echo >&3
    rm -rf churn/d churn/f
done
CHURN
mkfifo begun
bash churn.sh 3<>begun 2>/dev/null &
churn=$!
read -r _ <begun
for _ in $(seq 200); do
    "$tool" sum -r churn
done >out 2>err
equal '' "$(cat err)" "messages about vanished files"
kill $churn
wait $churn 2>/dev/null

chmod 755 .
mkdir closed && echo in >closed/f && chmod 0 closed
if unprivileged test -x "$tool" && ! unprivileged ls closed >ls.out 2>&1; then
    unprivileged "$tool" sum -r closed tree/a.d >out 2>err
    equal 1 $? "status with a closed folder"
    equal "nowait sum: closed: Permission denied" "$(cat err)" "message for it"
    equal "$(sha256sum tree/a.d/1)" "$(cat out)" "the rest"
fi
chmod 755 closed
rm -rf deep

finish
