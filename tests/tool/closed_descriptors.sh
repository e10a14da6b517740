#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Standard descriptors that are closed are errors where they are needed, and no other file takes their place.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

echo content >file

"$tool" sum file >&- 2>err
equal 1 $? "status without standard output"
holds 'write error: Bad file descriptor' err

"$tool" sum - <&- >out 2>err
equal 1 $? "status without standard input"
holds '-: Bad file descriptor' err

"$tool" sum file none 2>&- >out
equal 1 $? "status without standard error"
holds '  file$' out

"$tool" sum file <&- >out 2>err
equal 0 $? "status when standard input is not needed"
holds '  file$' out

"$tool" sum file <&- >&- 2>&-
equal 1 $? "status without any"

finish
