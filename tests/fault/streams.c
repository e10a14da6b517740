/* SPDX-License-Identifier: MIT */
/*
 * Streams, while one request for memory or for a thread fails: the call says so, the next attempt succeeds,
 * and no byte is lost or comes twice.
 *
 * ctest: cost=5
 */
#include <nowait.h>

#include "fault.h"

#define SIZE 600000

static char content[SIZE], found[SIZE];

static void write_all(nw_stream *stream)
{
    size_t done = 0;
    int64_t n;

    while (done < SIZE) {
        size_t left = SIZE - done;
        if (done % 3)
            TWICE(n, nw_write(stream, content + done, left < 7001 ? left : 7001));
        else
            TWICE(n, nw_printf(stream, "%.*s", (int)(left < 5003 ? left : 5003), content + done));
        CHECK(n > 0);
        done += (size_t)n;
    }
    TWICE(n, nw_flush(stream));
    CHECK_EQ(n, 0);
}

static void read_all_lines(nw_stream *stream)
{
    size_t size = 0;
    nw_slice line;
    int64_t n;

    for (;;) {
        TWICE(n, nw_read_line(stream, &line));
        CHECK(n >= 0);
        if (n == 0)
            break;
        memcpy(found + size, line.data, line.size);
        size += line.size;
    }
    CHECK_EQ(size, SIZE);
    CHECK_MEM(found, content, SIZE);
}

static void use_file(const nw_open_options *options)
{
    nw_stream *stream, *copy;
    nw_bytes bytes;
    int64_t rc;

    TWICE(rc, nw_open_with(options, "file", "w+", &stream));
    CHECK_EQ(rc, 0);
    write_all(stream);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    read_all_lines(stream);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    TWICE(rc, nw_open_memory(0, &copy));
    CHECK_EQ(rc, 0);
    rc = nw_copy(copy, stream, 0, NULL);
    if (failed(rc))
        rc = nw_copy(copy, stream, 0, NULL);
    CHECK(rc >= 0);
    TWICE(rc, nw_memory_take(copy, &bytes));
    CHECK_EQ(rc, 0);
    CHECK_EQ(bytes.size, SIZE);
    CHECK_MEM(bytes.data, content, SIZE);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_close(copy), 0);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    TWICE(rc, nw_read_all(stream, 0, &bytes));
    CHECK_EQ(rc, 0);
    CHECK_EQ(bytes.size, SIZE);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("file", content, SIZE);
}

static int use_streams(void *arg)
{
    static const nw_open_options small = {.buffer_bytes = 5000},
                                 direct = {.direct = true, .buffer_bytes = 65536};
    nw_stream *stream;
    int64_t rc;

    (void)arg;
    use_file(NULL);
    use_file(&small);
    use_file(&direct);
    TWICE(rc, nw_open_slice((nw_slice){content, SIZE}, &stream));
    CHECK_EQ(rc, 0);
    read_all_lines(stream);
    CHECK_EQ(nw_close(stream), 0);
    stream = nw_stderr();
    if (!stream)
        stream = nw_stderr();
    CHECK(stream);
    TWICE(rc, nw_write(stream, "", 0));
    CHECK_EQ(rc, 0);
    TWICE(rc, nw_open("file", "r", &stream));
    CHECK_EQ(rc, 0); /* and left open */
    return 0;
}

int main(void)
{
    for (int i = 0; i < SIZE; i++)
        content[i] = i % 71 == 70 && (i < 100000 || i > 300000) ? '\n' : (char)('!' + i % 90);
    fault_run(use_streams);
    return 0;
}
