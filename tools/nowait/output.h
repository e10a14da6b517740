/* SPDX-License-Identifier: MIT */
/*
 * Buffered output that never blocks the loop: text gathers in memory and leaves through nw_fd_write().
 * Owns its buffer; a failure sticks, so that callers look at it once, at a flush.
 * Used by one thread; several tasks may append and flush, their bytes keep their order.
 */
#ifndef NOWAIT_TOOL_OUTPUT_H
#define NOWAIT_TOOL_OUTPUT_H

#include <nowait.h>
#include <stdarg.h>

struct output {
    int fd;
    int error;     /* the first failure; nothing is kept or written after it */
    bool flushing; /* a task is writing: it also writes what is appended meanwhile */
    char *data;
    size_t size;
    size_t capacity;
};

void output_append(struct output *output, const void *data, size_t size_bytes);
void output_text(struct output *output, const char *text);
void output_printf(struct output *output, const char *format, ...) NW_PRINTF(2, 3);
void output_vprintf(struct output *output, const char *format, va_list arguments) NW_PRINTF(2, 0);

/**
 * Write everything out, in a task; what a cancelled task was writing is lost.
 *
 * Returns: 0, or the first error that this output has met.
 */
int output_flush(struct output *output);

/** Write what is left with plain write(2), outside of the loop, and free the buffer. */
int output_finish(struct output *output);

#endif
