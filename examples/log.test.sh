#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every line is whole, and every task's lines are all there and in order.
set -eu

"$1" log >printed
grep -Eqx '100000 entries in [0-9]+ writes' printed
[ "$(wc -l <log)" -eq 100000 ]
awk '!/^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]+Z task [0-9]+: step [0-9]+ of 100$/ {
         print "torn: " $0; exit 1
     }
     { task = $3 + 0; if ($5 != ++step[task]) { print "out of order: " $0; exit 1 } }
     END { for (task = 0; task < 1000; task++) if (step[task] != 100) { print "lost: of task " task; exit 1 } }' log

status=0
"$1" missing/log 2>/dev/null >&2 || status=$?
[ $status -eq 1 ]
