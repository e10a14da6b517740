/* SPDX-License-Identifier: MIT */
/*
 * Standard input, a line at a time, into a log.
 */
#ifndef NOWAIT_TOOL_LOG_INPUT_H
#define NOWAIT_TOOL_LOG_INPUT_H

#include <nowait.h>

struct log_input {
    nw_logger *logger;
    const char *name;        /* of the log, for messages */
    size_t line_limit_bytes; /* longer lines are split */
    bool tee;                /* copy to standard output, as it comes */
    bool flush;              /* what was read is on disk before more is read */
    int status;              /* STATUS_FAILED when something went wrong on the way */

    char *data; /* what was read and not logged yet: from `begin` to `end` */
    size_t begin, end, capacity;
    bool at_end; /* of the input */
};

/** Tell what went wrong with the log. */
void log_input_report(struct log_input *input, int error);

/**
 * Log everything up to the end of the input, in a task. When that is cancelled: what is there already, and no
 * more.
 *
 * Returns: 0, or what ended it.
 */
int log_input_run(struct log_input *input);

#endif
