#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# doctor names the backend, gives its reasons, and its exit status says whether something is degraded.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

# The words of a finding in JSON: level NAME prints "ok", "note" or "bad".
level()
{
    grep -A1 "\"name\": \"$1\"" out | sed -n 's/.*"level": "\(.*\)",/\1/p'
}

run "$tool" doctor
text_status=$status
for word in backend kernel limits; do
    holds "^$word$" out
done
holds "^  .* in use +$([ "$NOWAIT_BACKEND" = uring ] && echo io_uring || echo 'epoll and threads')$" out
holds "^  .* version +$(uname -s) $(uname -r) on $(uname -m)" out
holds "^  .* descriptors +$(ulimit -Sn)," out
holds '^  .* inline reads ' out
equal '' "$(cat err)" "messages"

run "$tool" doctor --json
equal "$text_status" "$status" "status of text and JSON"
holds "^  \"backend\": \"$NOWAIT_BACKEND\",$" out
holds '^  "healthy": (true|false),$' out
equal "$([ "$status" -eq 0 ] && echo true || echo false)" "$(sed -n 's/^  "healthy": \(.*\),/\1/p' out)" "healthy"
equal "$status" "$(grep -q '"level": "bad"' out && echo 1 || echo 0)" "exit status and levels"
if command -v python3 >/dev/null; then
    python3 -m json.tool out >/dev/null || fail "not JSON"
fi

# A limit that matters, and what to do about it
(ulimit -n 100 && exec "$tool" doctor --json) >out 2>err
equal 1 $? "status with 100 descriptors"
equal bad "$(level descriptors)" "level of 100 descriptors"
holds '"advice": ".*ulimit -n' out

# A folder that cannot be written to is a note, not a failure; a name that is no UTF-8 leaves the JSON valid.
mkdir $'odd \xff "name"'
run "$tool" doctor --json $'odd \xff "name"'
holds 'odd \\ufffd \\"name\\"' out
run "$tool" doctor --json /proc
equal note "$(level 'inline reads')" "level of a folder that takes no files"

# The kernel refuses rings
need python3
cat >forbid.py <<'FORBID'
import ctypes, os, struct, sys
setup = 425  # io_uring_setup(2), the same number on every processor
error = int(sys.argv[1])
program = b"".join(struct.pack("HBBI", *i) for i in [
    (0x20, 0, 0, 0), (0x15, 0, 1, setup), (0x06, 0, 0, 0x00050000 | error), (0x06, 0, 0, 0x7fff0000)])
code = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8, ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, filter, 0, 0):
    sys.exit(77)
os.execv(sys.argv[2], sys.argv[2:])
FORBID

# refused ERROR PATTERN: without a ring, the report says so and gives a reason.
refused()
{
    run env -u NOWAIT_BACKEND python3 forbid.py "$1" "$tool" doctor --json
    [ $status -ne 77 ] || return
    equal 1 "$status" "status when io_uring_setup() fails with $1"
    holds '^  "backend": "epoll",$' out
    equal bad "$(level io_uring)" "level of io_uring when it fails with $1"
    holds "\"advice\": \".*$2" out
}
refused 1 seccomp
refused 38 'no io_uring'
refused 12 RLIMIT_MEMLOCK
refused 24 'ulimit -n'

run env NOWAIT_BACKEND=uring python3 forbid.py 1 "$tool" doctor --json
if [ $status -ne 77 ]; then
    equal 1 "$status" "status when the backend that was demanded is refused"
    holds '^  "backend": "epoll",$' out
    equal bad "$(level 'in use')" "level of the backend"
    holds 'NOWAIT_BACKEND=uring' out
fi

finish
