/* SPDX-License-Identifier: MIT */
/*
 * No position is beyond INT64_MAX: a write takes what comes before, the next one is -EFBIG, and nw_tell()
 * counts on. What a file has there can be read.
 */
#include "check.h"
#include <nowait.h>
#include <sys/mman.h>

static void fill_up(nw_stream *stream)
{
    CHECK_EQ(nw_seek(stream, INT64_MAX - 3, SEEK_SET), INT64_MAX - 3);
    CHECK_EQ(nw_write(stream, "12", 2), 2);
    CHECK_EQ(nw_tell(stream), INT64_MAX - 1);
    CHECK_EQ(nw_write(stream, "345", 3), 1);
    CHECK_EQ(nw_tell(stream), INT64_MAX);
}

/* No memory is that large. */
static int memory(void *arg)
{
    nw_stream *stream;

    (void)arg;
    CHECK_EQ(nw_open_memory(0, &stream), 0);
    fill_up(stream);
    CHECK(nw_write(stream, "6", 1) < 0);
    CHECK_EQ(nw_flush(stream), -ENOMEM);
    CHECK_EQ(nw_close(stream), -ENOMEM);
    return 0;
}

static int file(void *arg)
{
    nw_stream *stream;
    char data[8];
    int fd = CHECK_SYS(memfd_create("file", MFD_CLOEXEC)), rc;

    (void)arg;
    CHECK(snprintf(data, sizeof data, "%d", fd) > 0);
    char path[64] = "/proc/self/fd/";
    strcat(path, data);
    rc = nw_open(path, "w+", &stream);
    CHECK_EQ(rc, 0);
    fill_up(stream);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_write(stream, "6", 1), -EFBIG);
    CHECK_EQ(nw_seek(stream, INT64_MAX - 3, SEEK_SET), INT64_MAX - 3);
    CHECK_EQ(nw_read(stream, data, sizeof data), 3);
    CHECK_MEM(data, "123", 3);
    CHECK_EQ(nw_read(stream, data, sizeof data), 0);
    CHECK_EQ(nw_tell(stream), INT64_MAX);
    CHECK_EQ(nw_close(stream), 0);
    close(fd);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(memory, NULL), 0);
    CHECK_EQ(nw_run(file, NULL), 0);
    return 0;
}
