#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# download.test.sh PROGRAM: 192 MiB in chunks arrive as they are, in less than 64 MiB of memory; a body that is cut off
# is an error.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

# AddressSanitizer keeps what was freed, for a while.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=1

"$1" "$url/big?mib=192" big >out 2>err || fail "exit status $?"
[ "$(head -n 1 out)" = "201326592 bytes" ] || fail "how many bytes"
memory=$(sed -n 's/^memory: \([0-9]*\) KiB at most$/\1/p' out)
[ "$memory" -lt 65536 ] || fail "too much memory"
for _ in $(seq 192); do
    yes nowait | tr '\n' ' ' | head -c 1048576
done | cmp - big || fail "the file"

"$1" "$url/cut" cut >out 2>err && fail "a body that is cut off is no error"
[ "$(cat err)" = "download: the connection was closed before the end" ] || fail "the message"
"$1" "$url/nowhere" nowhere >out 2>err && fail "a 404 is no error"
diff err - <<END || fail "the message"
$url/nowhere: 404
download: No such file or directory
END
[ ! -e nowhere ] || fail "a file without content"
