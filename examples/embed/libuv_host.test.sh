#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# libuv_host.test.sh PROGRAM: libuv's loop as the host does what epoll's does.

# shellcheck source-path=SCRIPTDIR source=epoll_host.test.sh
. "$(dirname "$0")/epoll_host.test.sh"
