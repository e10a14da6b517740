#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pipeline.test.sh PROGRAM: 200 logs become 200 files, with no more of them in memory than workers and queues hold; a log
# that is missing or a folder that cannot be written to ends all of it.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

mkdir saved
"$1" "$url/log" 200 saved >out 2>err || fail "exit status $?"
most=$(sed -n 's/^200 files, at most \([0-9]*\) in memory$/\1/p' out)
# Three stages of four workers, two queues of four.
{ [ "$most" -ge 1 ] && [ "$most" -le 20 ]; } || fail "how many in memory"
[ "$(find saved -type f | wc -l)" -eq 200 ] || fail "how many files"
diff saved/7.errors - <<'END' || fail "a file"
000007 ERROR of 7
001007 ERROR of 7
002007 ERROR of 7
003007 ERROR of 7
004007 ERROR of 7
END
[ "$(cat saved/*.errors | sort -u | wc -l)" -eq 1000 ] || fail "the files"

"$1" "$url/nowhere" 200 saved >out 2>err && fail "a missing log is no error"
[ "$(cat err)" = "pipeline: No such file or directory" ] || fail "the message"
touch file
"$1" "$url/log" 200 file >out 2>err && fail "a file as folder is no error"
[ "$(cat err)" = "pipeline: Not a directory" ] || fail "the message"
