#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# file_modes.test.sh PROGRAM: it prints what is expected literally, and what the same steps in Python print.

set -u

"$1" file >out || { echo "exit status $?"; cat out; exit 1; }
diff - out <<'END' || exit 1
x: written up to 14
x: it must not exist
a: begins at 14
a: ends at 19
r: read(6) 'one\ntw'
r: now at 6
r: the rest of the line 'o\n'
r: five before the end: 14
r: there is 'four\n'
r: and then ''
r: cannot be written
r+: read(4) 'one\n'
r+: after what was written 'three\n'
r+: cut to 14
r+: still at 14
r+: back to 0
r+: all 'one\nTWO\nthree\n'
w+: begins with ''
w+: now at 11
w+: back to 3
w+: there is 'bottles\n'
END
printf '99 bottles\n' | cmp - file || exit 1

"$1" file 2>err && { echo "it may not exist"; exit 1; }
[ "$(cat err)" = "file: File exists" ] || { cat err; exit 1; }

command -v python3 >/dev/null || exit 0
python3 - >python.out <<'END' || exit 1
import io

def show(what, data):
    print(what, "'" + data.decode().replace("\n", "\\n") + "'")

path = "python.file"
with open(path, "xb") as f:
    f.writelines([b"one\n", b"two\n", b"three\n"])
    print("x: written up to", f.tell())
try:
    open(path, "xb")
except FileExistsError:
    print("x: it must not exist")
with open(path, "ab") as f:
    print("a: begins at", f.tell())
    f.seek(0)
    f.write(b"four\n")
    print("a: ends at", (f.flush(), f.tell())[1])
with open(path, "rb") as f:
    show("r: read(6)", f.read(6))
    print("r: now at", f.tell())
    show("r: the rest of the line", f.readline())
    print("r: five before the end:", f.seek(-5, 2))
    show("r: there is", f.read(60))
    show("r: and then", f.read(60))
    try:
        f.write(b"x")
    except io.UnsupportedOperation:
        print("r: cannot be written")
with open(path, "r+b") as f:
    show("r+: read(4)", f.read(4))
    f.write(b"TWO\n")
    show("r+: after what was written", f.read(6))
    print("r+: cut to", f.truncate(14))
    print("r+: still at", f.tell())
    print("r+: back to", f.seek(0))
    show("r+: all", f.read(60))
with open(path, "w+b") as f:
    show("w+: begins with", f.read(60))
    f.write(b"%d bottles\n" % 99)
    print("w+: now at", f.tell())
    print("w+: back to", f.seek(3))
    show("w+: there is", f.read(60))
END
diff python.out out || exit 1
cmp python.file file
