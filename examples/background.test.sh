#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# background.test.sh PROGRAM: its output, word for word.

set -u

"$1" >out || { echo "exit status $?"; exit 1; }
diff - out <<'END'
started; done: no
polled until done; its result is 5050
cancelled; done: no
  cancelled at 6
awaited; its result is Operation canceled
END
