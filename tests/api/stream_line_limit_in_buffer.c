/* SPDX-License-Identifier: MIT */
/*
 * The limit of lines holds whether a line is in the buffer already or not: the default of 16 MiB, and
 * another.
 */
#include "check.h"
#include <nowait.h>

#define LIMIT_BYTES ((size_t)16 * 1024 * 1024)

static char content[2 + LIMIT_BYTES + LIMIT_BYTES + 1];

/* A short line, which fills the buffer, one of 16 MiB, one that is a byte longer. */
static int default_limit(void *arg)
{
    nw_open_options options = {.buffer_bytes = 4 * LIMIT_BYTES};
    nw_stream *stream;
    nw_slice line;

    (void)arg;
    memset(content, 'x', sizeof content);
    content[1] = content[1 + LIMIT_BYTES] = content[sizeof content - 1] = '\n';
    check_write_file("file", content, sizeof content);
    CHECK_EQ(nw_open_with(&options, "file", "r", &stream), 0);
    CHECK_EQ(nw_peek(stream, LIMIT_BYTES, &line) > 0, true);
    CHECK_EQ(nw_read_line(stream, &line), 2);
    CHECK_EQ(nw_read_line(stream, &line), LIMIT_BYTES);
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(nw_read_line(stream, &line), -EFBIG);
    CHECK_EQ(nw_skip(stream, 1), 1);
    CHECK_EQ(nw_read_line(stream, &line), LIMIT_BYTES);
    return nw_close(stream);
}

static int own_limit(void *arg)
{
    nw_open_options options = {.line_limit_bytes = 4};
    nw_stream *stream;
    nw_slice line;

    (void)arg;
    check_write_file("file", "123\n1234\n1\n", 11);
    CHECK_EQ(nw_open_with(&options, "file", "r", &stream), 0);
    CHECK_EQ(nw_read_line(stream, &line), 4);
    CHECK_EQ(nw_read_line(stream, &line), -EFBIG);
    CHECK_EQ(nw_skip(stream, 5), 5);
    CHECK_EQ(nw_read_line(stream, &line), 2);
    return nw_close(stream);
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(default_limit, NULL), 0);
    CHECK_EQ(nw_run(own_limit, NULL), 0);
    return 0;
}
