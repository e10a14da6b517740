/* SPDX-License-Identifier: MIT */
/*
 * A stream can be used on the loop on which it was opened, and in a task: elsewhere every call refuses,
 * nothing happens to the stream, and outputs stay as they are.
 */
#include "check.h"
#include <nowait.h>
#include <sys/uio.h>

static nw_stream *shared;
static nw_event event;

static void all_refuse(nw_stream *stream, int error)
{
    struct iovec vector = {(char[]){'x'}, 1};
    static const char *const lines[] = {"x"};
    char data[4] = "abc";
    nw_slice view = {"abc", 3};
    nw_bytes bytes = {data, 3};

    CHECK_EQ(nw_read(stream, data, 3), error);
    CHECK_EQ(nw_read_exactly(stream, data, 3), error);
    CHECK_EQ(nw_read_all(stream, 0, &bytes), error);
    CHECK_EQ(nw_read_line(stream, &view), error);
    CHECK_EQ(nw_read_until(stream, 'x', 10, &view), error);
    CHECK_EQ(nw_peek(stream, 1, &view), error);
    CHECK_EQ(nw_skip(stream, 1), error);
    CHECK_EQ(nw_write(stream, "x", 1), error);
    CHECK_EQ(nw_writev(stream, &vector, 1), error);
    CHECK_EQ(nw_write_lines(stream, lines, 1), error);
    CHECK_EQ(nw_printf(stream, "x"), error);
    CHECK_EQ(nw_flush(stream), error);
    CHECK_EQ(nw_sync(stream), error);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), error);
    CHECK_EQ(nw_tell(stream), error);
    CHECK_EQ(nw_truncate(stream, 0), error);
    CHECK_STR(data, "abc");
    CHECK(view.size == 3 && bytes.size == 3 && bytes.data == data);
}

static int elsewhere(void *arg)
{
    (void)arg;
    all_refuse(shared, -EINVAL);
    CHECK_EQ(nw_close(shared), -EINVAL);
    nw_event_set(&event);
    return 0;
}

static int first(void *arg)
{
    char data[8];

    (void)arg;
    all_refuse(NULL, -EINVAL);
    CHECK_EQ(nw_written(NULL), -EINVAL);
    CHECK_EQ(nw_stream_fd(NULL), -EINVAL);
    CHECK_EQ(nw_close(NULL), 0);
    CHECK_EQ(nw_open("file", "r+", &shared), 0);
    CHECK_EQ(nw_read(shared, data, 3), 3);
    nw_event_init(&event);
    CHECK_EQ(nw_loop_call(nw_loop_at(1), elsewhere, NULL), 0);
    CHECK_EQ(nw_event_wait(&event), 0);
    nw_event_finish(&event);
    CHECK_EQ(nw_tell(shared), 3);
    CHECK_EQ(nw_read(shared, data, sizeof data), 4);
    CHECK_MEM(data, "tent", 4);
    CHECK_EQ(nw_close(shared), 0);
    return 0;
}

/* A stream over memory can be made before there is a loop, and is that of the loop which uses it first. */
static int use_slice(void *arg)
{
    char data[8];

    (void)arg;
    CHECK_EQ(nw_read(shared, data, sizeof data), 5);
    CHECK_MEM(data, "slice", 5);
    CHECK_EQ(nw_close(shared), 0);
    return 0;
}

int main(void)
{
    nw_run_options options = {.loops = 2};
    nw_stream *stream = NULL;

    check_enter_folder();
    check_write_file("file", "content", 7);
    CHECK_EQ(nw_run_with(&options, first, NULL), 0);
    check_file_holds("file", "content", 7);

    CHECK_EQ(nw_open("file", "r", &stream), NW_ENOTASK);
    CHECK_EQ(nw_open("new", "w", &stream), NW_ENOTASK);
    CHECK_EQ(check_count_entries("."), 1);
    CHECK(!stream);
    CHECK_EQ(nw_open_slice(nw_slice_of("slice"), &shared), 0);
    all_refuse(shared, NW_ENOTASK);
    CHECK_EQ(nw_run(use_slice, NULL), 0);
    return 0;
}
