/* SPDX-License-Identifier: MIT */
/*
 * Several tasks write to one stream through a small buffer: what one call writes stays in one piece, also of
 * the calls that write several things; several tasks read lines from it: each line goes to one of them,
 * whole.
 */
#include "check.h"
#include <nowait.h>
#include <sys/uio.h>

#define WRITERS 4
#define READERS 3
#define ROUNDS  300
#define LINE    27

static nw_stream *in, *out;
static int lines_read;

static const char *const parts[WRITERS][3] = {
    {"aaaaaaaaaaaaa", "aaaaaaaaaaaaa", "\n"},
    {"b", "bbbbbbbbbbbbbbbbbbbbbbbbb", "\n"},
    {"ccccccccccccccccccccccccc", "c", "\n"},
    {"dddd", "dddddddddddddddddddddd", "\n"},
};

static ssize_t write_one(int kind, const char *const text[3])
{
    struct iovec vectors[3];
    char line[LINE + 1];

    if (kind == 0)
        return nw_write_lines(out, text, 3);
    for (int i = 0; i < 3; i++)
        vectors[i] = (struct iovec){(char *)(uintptr_t)text[i], strlen(text[i])};
    if (kind == 1)
        return nw_writev(out, vectors, 3);
    if (kind == 2)
        return nw_printf(out, "%s%s%s", text[0], text[1], text[2]);
    snprintf(line, sizeof line, "%s%s%s", text[0], text[1], text[2]);
    return nw_write(out, line, LINE);
}

static int write_lines(void *arg)
{
    const char *const *text = arg;

    for (int i = 0; i < ROUNDS; i++)
        CHECK_EQ(write_one(i % 4, text), LINE);
    return 0;
}

static int read_lines(void *arg)
{
    nw_slice line;
    ssize_t size;

    (void)arg;
    while ((size = nw_read_line(in, &line)) > 0) {
        CHECK_EQ(size, LINE);
        for (int i = 1; i < LINE - 1; i++)
            CHECK_EQ(line.data[i], line.data[0]);
        lines_read++;
    }
    return (int)size;
}

static int first(void *arg)
{
    nw_open_options options = {.buffer_bytes = 10, .pieces = 1};
    nw_task *readers[READERS], *writers[WRITERS];
    int ends[2];

    (void)arg;
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_SYS(fcntl(ends[1], F_SETPIPE_SZ, 4096));
    CHECK_EQ(nw_open_fd_with(&options, ends[0], "r", &in), 0);
    CHECK_EQ(nw_open_fd_with(&options, ends[1], "w", &out), 0);
    for (int i = 0; i < WRITERS; i++)
        writers[i] = nw_spawn(write_lines, (void *)(uintptr_t)parts[i]);
    for (int i = 0; i < READERS; i++)
        readers[i] = nw_spawn(read_lines, NULL);
    CHECK_EQ(nw_gather(writers, WRITERS), 0);
    CHECK_EQ(nw_close(out), 0);
    CHECK_EQ(nw_gather(readers, READERS), 0);
    CHECK_EQ(nw_close(in), 0);
    CHECK_EQ(lines_read, WRITERS * ROUNDS);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
