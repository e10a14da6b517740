#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# matches_python.sh SCRIPT: some thousand random sequences of stream operations, through the library and through
# Python's open(); another seed each time, printed. Without Python it is skipped.
#
# ctest: cost=10 timeout=120

set -eu

python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { echo "skipped: no python3 (3.9 or later)"; exit 77; }
exec python3 "$(dirname "$0")/compare_with_python.py" "$1"
