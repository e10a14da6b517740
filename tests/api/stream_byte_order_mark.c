/* SPDX-License-Identifier: MIT */
/*
 * A byte order mark at the beginning is not read when it is to be skipped, by no call; half of one is, and so
 * is one that stands elsewhere. Positions count it.
 */
#include "check.h"
#include <nowait.h>

#define MARK "\xef\xbb\xbf"

static nw_stream *open_skipping(const char *text, size_t size, size_t buffer_bytes)
{
    nw_open_options options = {.buffer_bytes = buffer_bytes, .skip_bom = true};
    nw_stream *stream;

    check_write_file("text", text, size);
    CHECK_EQ(nw_open_with(&options, "text", "r", &stream), 0);
    return stream;
}

static void content_is(const char *text, size_t size, const char *content)
{
    for (size_t buffer_bytes = 0; buffer_bytes < 8; buffer_bytes++) {
        nw_stream *stream = open_skipping(text, size, buffer_bytes);
        nw_bytes bytes;
        nw_slice line;

        CHECK_EQ(nw_read_all(stream, 0, &bytes), 0);
        CHECK_STR(bytes.data, content);
        nw_bytes_finish(&bytes);
        CHECK_EQ(nw_tell(stream), size);
        CHECK_EQ(nw_close(stream), 0);

        stream = open_skipping(text, size, buffer_bytes);
        CHECK_EQ(nw_read_line(stream, &line), strlen(content));
        CHECK_MEM(line.data, content, line.size);
        CHECK_EQ(nw_close(stream), 0);
    }
}

static void first_by_each_call(void)
{
    char data[8];
    nw_slice view;
    nw_stream *stream = open_skipping(MARK "text\n", 8, 0);

    CHECK_EQ(nw_read(stream, data, 2), 2);
    CHECK_MEM(data, "te", 2);
    CHECK_EQ(nw_tell(stream), 5);
    CHECK_EQ(nw_close(stream), 0);

    stream = open_skipping(MARK "text\n", 8, 0);
    CHECK_EQ(nw_peek(stream, 5, &view), 5);
    CHECK_MEM(view.data, "text\n", 5);
    CHECK_EQ(nw_close(stream), 0);

    stream = open_skipping(MARK "text\n", 8, 0);
    CHECK_EQ(nw_read_exactly(stream, data, 5), 5);
    CHECK_MEM(data, "text\n", 5);
    CHECK_EQ(nw_close(stream), 0);

    stream = open_skipping(MARK "text\n", 8, 0);
    CHECK_EQ(nw_skip(stream, 1), 1);
    CHECK_EQ(nw_read_until(stream, 'x', 10, &view), 2);
    CHECK_MEM(view.data, "ex", 2);
    CHECK_EQ(nw_close(stream), 0);
}

/* As Python's utf-8-sig: who goes back to the beginning finds it there again, and skips it again. */
static void from_the_beginning_again(void)
{
    nw_stream *stream = open_skipping(MARK "text\n", 8, 0);
    nw_slice line;

    for (int i = 0; i < 3; i++) {
        CHECK_EQ(nw_read_line(stream, &line), 5);
        CHECK_MEM(line.data, "text\n", 5);
        CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    }
    CHECK_EQ(nw_close(stream), 0);
}

static int write_bytes(void *arg)
{
    int fd = *(int *)arg;

    for (size_t i = 0; i < 6; i++) {
        CHECK_EQ(nw_fd_write(fd, &(MARK "ab\n")[i], 1), 1);
        CHECK_EQ(nw_yield(), 0);
    }
    return nw_fd_close(fd);
}

static void through_a_pipe(void)
{
    nw_open_options options = {.skip_bom = true};
    nw_stream *stream;
    nw_slice line;
    nw_task *writer;
    int ends[2];

    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_EQ(nw_open_fd_with(&options, ends[0], "r", &stream), 0);
    writer = nw_spawn(write_bytes, &ends[1]);
    CHECK_EQ(nw_read_line(stream, &line), 3);
    CHECK_MEM(line.data, "ab\n", 3);
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static int first(void *arg)
{
    (void)arg;
    content_is("", 0, "");
    content_is(MARK, 3, "");
    content_is(MARK "text\n", 8, "text\n");
    content_is(MARK MARK "text\n", 11, MARK "text\n");
    content_is("\xef\xbbtext\n", 7, "\xef\xbbtext\n");
    content_is("\xef\xbb", 2, "\xef\xbb");
    content_is("\xef", 1, "\xef");
    content_is("a" MARK, 4, "a" MARK);
    first_by_each_call();
    from_the_beginning_again();
    through_a_pipe();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
