/* SPDX-License-Identifier: MIT */
/*
 * Standard input into a log: blocks are read, lines are cut off, and what is no whole line yet waits.
 * Owns one buffer, of a fixed size. Must lose nothing that it has read, except where it says so.
 */
#include "log_input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

#define BLOCK_BYTES ((size_t)128 * 1024)
#define GRACE_NS    NW_SEC(5) /* for what is left, after a signal has ended the input */

void log_input_report(struct log_input *input, int error)
{
    tool_path_error(input->name, error);
    output_flush(&tool_err);
    input->status = STATUS_FAILED;
}

/* How long the next line is, without its end; -1: it is not there yet. `*end_out`: with it. */
static ssize_t next_line(const struct log_input *input, bool last, size_t *end_out)
{
    const char *data = input->data + input->begin;
    size_t size = input->end - input->begin, limit = input->line_limit_bytes;
    const char *newline = memchr(data, '\n', size <= limit ? size : limit + 1);

    if (newline) {
        *end_out = (size_t)(newline - data) + 1;
        return newline - data;
    }
    if (size <= limit && (!last || size == 0))
        return -1;
    *end_out = size <= limit ? size : limit;
    return (ssize_t)*end_out;
}

/* A failed write is told, and the entry stays in the queue; a cancelled call has not taken it. */
static int log_lines(struct log_input *input, bool last)
{
    size_t end;
    ssize_t size;

    while ((size = next_line(input, last, &end)) >= 0) {
        int rc = nw_log_text(input->logger, input->data + input->begin, (size_t)size);
        if (rc == -ECANCELED || rc == -ETIMEDOUT)
            return rc;
        if (rc < 0)
            log_input_report(input, rc);
        input->begin += end;
    }
    memmove(input->data, input->data + input->begin, input->end - input->begin);
    input->end -= input->begin;
    input->begin = 0;
    return 0;
}

static void copy_to_output(struct log_input *input, const char *data, size_t size)
{
    nw_shield shield;

    nw_shield_begin(&shield); /* what is logged is copied, too */
    while (size > 0) {
        ssize_t n = nw_fd_write(STDOUT_FILENO, data, size);
        if (n < 0) {
            tool_error("standard output: %s", nw_strerror((int)n));
            output_flush(&tool_err);
            input->status = STATUS_FAILED;
            input->tee = false; /* the log goes on */
            break;
        }
        data += n;
        size -= (size_t)n;
    }
    nw_shield_end(&shield);
}

static int read_block(struct log_input *input)
{
    ssize_t n = nw_fd_read(STDIN_FILENO, input->data + input->end, input->capacity - input->end);

    if (n < 0)
        return (int)n;
    input->at_end = n == 0;
    if (input->tee)
        copy_to_output(input, input->data + input->end, (size_t)n);
    input->end += (size_t)n;
    return 0;
}

static int log_block(struct log_input *input)
{
    int rc = log_lines(input, input->at_end);

    if (rc < 0 || !input->flush)
        return rc;
    rc = nw_log_flush(input->logger);
    if (rc < 0 && rc != -ECANCELED && rc != -ETIMEDOUT) {
        log_input_report(input, rc);
        rc = 0;
    }
    return rc;
}

/* Of a pipe, what is in it; of a file there is always more. */
static bool more_is_there(void)
{
    struct stat status;
    int bytes = 0;

    return fstat(STDIN_FILENO, &status) == 0 && !S_ISREG(status.st_mode) &&
           ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0;
}

/* The end of the input was not reached: what is there is logged, within reason. */
static int drain(struct log_input *input)
{
    nw_shield shield;
    nw_deadline deadline;
    int rc;

    nw_shield_begin(&shield);
    nw_deadline_begin(&deadline, GRACE_NS);
    rc = log_lines(input, false);
    while (rc == 0 && !input->at_end && more_is_there()) {
        rc = read_block(input);
        if (rc == 0)
            rc = log_lines(input, false);
    }
    if (rc == 0)
        rc = log_lines(input, true);
    (void)nw_deadline_end(&deadline);
    nw_shield_end(&shield);
    return rc;
}

int log_input_run(struct log_input *input)
{
    int rc = 0;

    input->capacity = input->line_limit_bytes + BLOCK_BYTES;
    input->data = malloc(input->capacity);
    if (!input->data)
        return -ENOMEM;
    while (rc == 0 && !input->at_end) {
        rc = read_block(input);
        if (rc == 0)
            rc = log_block(input);
    }
    if (rc < 0) {
        if (drain(input) < 0) {
            tool_error("%zu bytes that were read were not logged in time", input->end - input->begin);
            input->status = STATUS_FAILED;
        }
        if (rc == -ECANCELED)
            rc = 0;
    }
    free(input->data);
    return rc;
}
