/* SPDX-License-Identifier: MIT */
/*
 * Files as streams: each mode, lines, mixed reading and writing, positions. What is written is what a plain
 * reader finds.
 */
#include "../support/runtime.h"

static int write_and_read(void *arg)
{
    nw_stream *stream;
    nw_slice line;
    char data[64];

    (void)arg;
    CHECK_EQ(nw_open("file", "w", &stream), 0);
    CHECK_EQ(nw_write(stream, "one\ntwo\n", 8), 8);
    CHECK_EQ(nw_printf(stream, "%s %d", "three", 3), 7);
    CHECK_EQ(nw_tell(stream), 15);
    CHECK_EQ(nw_written(stream), 0);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_written(stream), 15);
    CHECK_EQ(nw_read(stream, data, 1), -EBADF);
    CHECK_EQ(nw_read_line(stream, &line), -EBADF);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("file", "one\ntwo\nthree 3", 15);

    CHECK_EQ(nw_open("file", "rb", &stream), 0);
    CHECK_EQ(nw_read_line(stream, &line), 4);
    CHECK_MEM(line.data, "one\n", 4);
    CHECK_EQ(nw_tell(stream), 4);
    CHECK_EQ(nw_read_line(stream, &line), 4);
    CHECK_EQ(nw_read_line(stream, &line), 7);
    CHECK_MEM(line.data, "three 3", 7);
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_write(stream, "x", 1), -EBADF);
    CHECK_EQ(nw_seek(stream, -7, SEEK_END), 8);
    CHECK_EQ(nw_read(stream, data, sizeof data), 7);
    CHECK_MEM(data, "three 3", 7);
    CHECK_EQ(nw_read(stream, data, sizeof data), 0);
    CHECK_EQ(nw_seek(stream, 4, SEEK_SET), 4);
    CHECK_EQ(nw_read_exactly(stream, data, 3), 3);
    CHECK_MEM(data, "two", 3);
    CHECK_EQ(nw_seek(stream, -3, SEEK_CUR), 4);
    CHECK_EQ(nw_read_exactly(stream, data, 60), NW_EINCOMPLETE);
    CHECK_EQ(nw_tell(stream), 4);
    CHECK_EQ(nw_seek(stream, -100, SEEK_CUR), -EINVAL);
    CHECK_EQ(nw_tell(stream), 4);
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}

static void refused_modes(void)
{
    nw_stream *stream;

    CHECK_EQ(nw_open("absent", "r", &stream), -ENOENT);
    CHECK_EQ(nw_open("absent", "r+", &stream), -ENOENT);
    CHECK_EQ(nw_open(".", "r", &stream), -EISDIR);
    CHECK_EQ(nw_open(".", "w", &stream), -EISDIR);
    CHECK_EQ(nw_open("file", "", &stream), -EINVAL);
    CHECK_EQ(nw_open("file", "q", &stream), -EINVAL);
    CHECK_EQ(nw_open("file", "rw", &stream), -EINVAL);
    CHECK_EQ(nw_open("file", "r++", &stream), -EINVAL);
    CHECK_EQ(nw_open("file", NULL, &stream), -EINVAL);
    CHECK_EQ(nw_open(NULL, "r", &stream), -EINVAL);
    CHECK_EQ(nw_open("file", "r", NULL), -EINVAL);
    check_write_file("file", "0123456789", 10);
    CHECK_EQ(nw_open("file", "x", &stream), -EEXIST);
}

static void read_and_change(void)
{
    nw_stream *stream;
    char data[64];

    CHECK_EQ(nw_open("file", "r+", &stream), 0);
    CHECK_EQ(nw_read(stream, data, 2), 2);
    CHECK_EQ(nw_write(stream, "AB", 2), 2);
    CHECK_EQ(nw_tell(stream), 4);
    CHECK_EQ(nw_read(stream, data, 2), 2);
    CHECK_MEM(data, "45", 2);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(stream, data, 64), 10);
    CHECK_MEM(data, "01AB456789", 10);
    CHECK_EQ(nw_seek(stream, 12, SEEK_SET), 12);
    CHECK_EQ(nw_write(stream, "Z", 1), 1);
    CHECK_EQ(nw_seek(stream, 5, SEEK_SET), 5);
    CHECK_EQ(nw_truncate(stream, -1), 5);
    CHECK_EQ(nw_tell(stream), 5);
    CHECK_EQ(nw_truncate(stream, 7), 7);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("file", "01AB4\0\0", 7);
}

static void append_and_write_anew(void)
{
    nw_stream *stream;
    char data[64];

    CHECK_EQ(nw_open("file", "a+", &stream), 0);
    CHECK_EQ(nw_tell(stream), 7);
    CHECK_EQ(nw_write(stream, "end", 3), 3);
    CHECK_EQ(nw_tell(stream), 10);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(stream, data, 3), 3);
    CHECK_EQ(nw_write(stream, "END", 3), 3);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(nw_tell(stream), 13);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("file", "01AB4\0\0endEND", 13);

    CHECK_EQ(nw_open("file", "w+", &stream), 0);
    CHECK_EQ(nw_write(stream, "new", 3), 3);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(stream, data, 64), 3);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("file", "new", 3);
    CHECK_EQ(nw_close(NULL), 0);
}

/* Each goes on with the file that the one before has left. */
static int modes(void *arg)
{
    (void)arg;
    refused_modes();
    read_and_change();
    append_and_write_anew();
    return 0;
}

/* Bigger than all buffers together, in steps that do not divide them. */
static int big(void *arg)
{
    enum { SIZE = 5 * 1024 * 1024 + 17 };
    char *data = malloc(SIZE), *found = malloc(SIZE + 1);
    const nw_open_options *options = arg;
    nw_stream *stream;
    nw_bytes bytes;

    CHECK(data && found);
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 7 + (i >> 9));
    CHECK_EQ(nw_open_with(options, "big", "w+", &stream), 0);
    for (int at = 0; at < SIZE; at += 1001) {
        int step = SIZE - at < 1001 ? SIZE - at : 1001;
        CHECK_EQ(nw_write(stream, data + at, (size_t)step), step);
    }
    CHECK_EQ(nw_tell(stream), SIZE);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_written(stream), SIZE);
    CHECK_EQ(nw_read(stream, found, SIZE + 1), SIZE);
    CHECK_MEM(found, data, SIZE);
    CHECK_EQ(nw_seek(stream, 12345, SEEK_SET), 12345);
    CHECK_EQ(nw_write(stream, data, 300000), 300000);
    memcpy(data + 12345, found, 300000);
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("big", data, SIZE);

    int fd = CHECK_SYS(open("big", O_RDONLY | O_CLOEXEC)); /* cold */
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    CHECK_EQ(nw_open_with(options, "big", "r", &stream), 0);
    for (int at = 0; at < SIZE; at += 4099)
        CHECK_EQ(nw_read(stream, found + at, 4099), SIZE - at < 4099 ? SIZE - at : 4099);
    CHECK_MEM(found, data, SIZE);
    CHECK_EQ(nw_seek(stream, 3, SEEK_SET), 3);
    CHECK_EQ(nw_read_all(stream, 0, &bytes), 0);
    CHECK_EQ(bytes.size, SIZE - 3);
    CHECK_MEM(bytes.data, data + 3, SIZE - 3);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_seek(stream, 3, SEEK_SET), 3);
    CHECK_EQ(nw_read_all(stream, 1000, &bytes), -EFBIG);
    CHECK_EQ(nw_tell(stream), 3);
    CHECK_EQ(nw_skip(stream, 1000000), 1000000);
    CHECK_EQ(nw_read(stream, found, 10), 10);
    CHECK_MEM(found, data + 1000003, 10);
    CHECK_EQ(nw_skip(stream, SIZE), SIZE - 1000013);
    CHECK_EQ(nw_close(stream), 0);
    free(data);
    free(found);
    return 0;
}

static int first(void *arg)
{
    static const nw_open_options small = {.buffer_bytes = 1000, .pieces = 3}, one = {.buffer_bytes = 1},
                                 direct = {.direct = true, .buffer_bytes = 65536}, single = {.pieces = 1};
    int before = check_open_fds();

    (void)arg;
    CHECK_EQ(write_and_read(NULL), 0);
    CHECK_EQ(modes(NULL), 0);
    CHECK_EQ(big(NULL), 0);
    CHECK_EQ(big((void *)(uintptr_t)&small), 0);
    CHECK_EQ(big((void *)(uintptr_t)&single), 0);
    CHECK_EQ(big((void *)(uintptr_t)&direct), 0);
    (void)one;
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
