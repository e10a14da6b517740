/* SPDX-License-Identifier: MIT */
/*
 * Running a command for a verb: started, and waited for off the loop.
 * Owns nothing when it returns: the process has ended by then, also when the task was cancelled.
 */
#ifndef NOWAIT_TOOL_COMMAND_H
#define NOWAIT_TOOL_COMMAND_H

#include <nowait.h>

/**
 * Run `argv` (found in $PATH) with `input` as its standard input, and wait for its end.
 *
 * A cancelled task sends it SIGTERM and still waits.
 * Returns: its exit status, or 128 + the signal that ended it. Errors: those of posix_spawnp(3); -ECANCELED.
 */
int command_run(char *const *argv, nw_slice input);

#endif
