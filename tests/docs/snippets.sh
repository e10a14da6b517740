#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# snippets ROOT LIBRARY COMPILER [FLAG...]: the C code in the documents compiles, links and works. What stands
# behind ```c says how a block is meant:
#   c            declarations and functions: compiled; with a main(), also linked and run
#   c task       statements in a task: compiled, linked, and run; the task must end without an error
#   c prelude    as "c", and every later block of the document follows it
# The working folder holds notes.txt (two lines) and config.json for the snippets that read files.
#
# ctest: cost=14 timeout=180

set -u

root=$1 library=$2
shift 2
compiler=("$@" -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Wconversion -Wshadow -Werror
          -Wno-unused-function -Wno-unused-variable -Wno-unused-but-set-variable -I"$root/include" -I.)
libraries=("$library" "-Wl,-rpath,${library%/*}" -pthread)
failures=0 blocks=0

fail()
{
    echo "$1" >&2
    failures=$((failures + 1))
}

# split DOCUMENT: each block becomes N.KIND.c, its errors named by the document's lines.
split()
{
    awk -v document="$1" '
        function begin(kind) {
            file = sprintf("%03d.%s.c", ++count, kind)
            print "#include \"begin.h\"" >file
            if (kind != "prelude")
                print "#include \"prelude.h\"" >file
            if (kind == "task")
                print "int snippet(void *arg);\nint snippet(void *arg)\n{\n(void)arg;" >file
            printf "#line %d \"%s\"\n", NR + 1, document >file
        }
        function end() {
            if (file ~ /task/)
                print "return 0;\n}" >file
            close(file)
            file = ""
        }
        file != "" && /^```/ { end(); next }
        file != ""           { print >file; next }
        /^```c( |$)/ {
            if (NF > 2 || ($2 != "" && $2 != "task" && $2 != "prelude")) {
                printf "%s:%d: what is a block \"%s\"?\n", document, NR, $0 >"/dev/stderr"
                exit 1
            }
            begin($2 == "" ? "file" : $2)
        }
        END { if (file != "") { print document ": a block does not end" >"/dev/stderr"; exit 1 } }
    ' "$root/$1"
}

run_program()
{
    local backend

    for backend in auto epoll; do
        rm -rf scratch
        mkdir scratch
        printf 'first line\nsecond line\n' >scratch/notes.txt
        echo '{ "depth": 3 }' >scratch/config.json
        (cd scratch && NOWAIT_BACKEND=$backend timeout 20 ../program >../output 2>&1) ||
            { echo "fails on the backend $backend: $(cat output)" >&2; return 1; }
    done
}

check_block()
{
    case $1 in
    *.prelude.c)
        cp "$1" prelude.h
        "${compiler[@]}" -fsyntax-only "$1"
        ;;
    *.task.c)
        "${compiler[@]}" "$1" main.c "${libraries[@]}" -o program && run_program
        ;;
    *)
        if grep -q '^int main(' "$1"; then
            "${compiler[@]}" "$1" "${libraries[@]}" -o program && run_program
        else
            "${compiler[@]}" -c "$1" -o program
        fi
        ;;
    esac
}

cat >begin.h <<'END'
#pragma once
#include <nowait.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
END
cat >main.c <<'END'
#include "begin.h"
int snippet(void *arg);
int main(void)
{
    int rc = nw_run(snippet, NULL);
    if (rc < 0)
        fprintf(stderr, "the task returned %d: %s\n", rc, nw_strerror(rc));
    return rc < 0;
}
END

while read -r document; do
    : >prelude.h
    rm -f [0-9]*.c
    split "$document" || fail "$document: cannot be read"
    for block in [0-9]*.c; do
        [ -e "$block" ] || continue
        blocks=$((blocks + 1))
        check_block "$block" || fail "$document: $block"
    done
done < <(cd "$root" && find ./*.md docs -name '*.md' | LC_ALL=C sort)

[ $blocks -gt 0 ] || fail "no snippet was found"
[ $failures -eq 0 ] || { echo "snippets: $failures of $blocks fail" >&2; exit 1; }
echo "snippets: $blocks compile; tasks and programs work"
