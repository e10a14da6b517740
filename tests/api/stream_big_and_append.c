/* SPDX-License-Identifier: MIT */
/*
 * 5 GiB (sparse) are skipped and searched, and 1 GiB of them read, in constant memory; appended writes no
 * longer than the buffer are whole beside those of others; direct I/O at any offset and of any size.
 */
#include <sys/resource.h>

#include "../support/runtime.h"

#define GIB (INT64_C(1) << 30)

static int64_t number_in(const char *path, const char *name)
{
    char text[8192], *at;
    int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t n = read(fd, text, sizeof text - 1);

    CHECK(n > 0);
    close(fd);
    text[n] = '\0';
    at = strstr(text, name);
    CHECK(at);
    return strtoll(at + strlen(name), NULL, 10);
}

static void make_sparse(const char *path, int64_t size)
{
    int fd = CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));

    CHECK_SYS(ftruncate(fd, size));
    CHECK_EQ(pwrite(fd, "x\nend", 5, size - 5), 5);
    close(fd);
}

static int big(void *arg)
{
    nw_stream *stream;
    nw_slice line;
    int64_t before;
    static char data[300000];
    bool quick = runtime_emulated() || RUNTIME_SLOWER > 1;
    int64_t size = 5 * GIB, sum = 0, much = quick ? GIB / 16 : GIB;

    (void)arg;
    make_sparse("big", size);
    before = number_in("/proc/self/status", "VmHWM:");
    CHECK_EQ(nw_open("big", "r", &stream), 0);
    for (; sum < much; sum += (int64_t)sizeof data)
        CHECK_EQ(nw_read(stream, data, sizeof data), sizeof data);
    CHECK_EQ(nw_seek(stream, 10, SEEK_SET), 10);
    CHECK_EQ(nw_read_line(stream, &line), -EFBIG); /* a line of 5 GiB */
    CHECK_EQ(nw_tell(stream), 10);
    CHECK_EQ(nw_skip(stream, size - 13), size - 13);
    CHECK_EQ(nw_read_line(stream, &line), 3);
    CHECK_MEM(line.data, "end", 3);
    CHECK_EQ(nw_seek(stream, -4, SEEK_END), size - 4);
    CHECK_EQ(nw_read_line(stream, &line), 1);
    CHECK_EQ(nw_skip(stream, 10), 3);
    CHECK_EQ(nw_skip(stream, 10), 0);
    CHECK_EQ(nw_close(stream), 0);
    if (!quick)
        CHECK(number_in("/proc/self/status", "VmHWM:") - before <
              64 * 1024); /* the limit of lines, grown twice */
    CHECK_SYS(unlink("big"));
    return 0;
}

static int append(void *arg)
{
    const nw_open_options options = {.buffer_bytes = 1000};
    struct iovec vectors[2];
    char line[1000], *found;
    nw_stream *streams[2];

    (void)arg;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(nw_open_with(&options, "log", "a", &streams[i]), 0);
    for (int i = 0; i < 300; i++) { /* of 2 to 1000 bytes: two never fit together by chance only */
        size_t size = (size_t)(i * 37 % 999) + 2;
        memset(line, 'a' + i % 26, size);
        line[size - 1] = '\n';
        vectors[0] = (struct iovec){line, size / 2};
        vectors[1] = (struct iovec){line + size / 2, size - size / 2};
        if (i % 3 == 0)
            CHECK_EQ(nw_writev(streams[i % 2], vectors, 2), size);
        else
            CHECK_EQ(nw_write(streams[i % 2], line, size), size);
    }
    for (int i = 0; i < 2; i++)
        CHECK_EQ(nw_close(streams[i]), 0);
    nw_bytes bytes;
    CHECK_EQ(nw_read_file("log", 0, &bytes), 0);
    int lines = 0;
    for (found = bytes.data; found < bytes.data + bytes.size; found = strchr(found, '\n') + 1) {
        CHECK_EQ(strspn(found, (char[2]){found[0], 0}), strcspn(found, "\n"));
        lines++;
    }
    CHECK_EQ(lines, 300);
    nw_bytes_finish(&bytes);
    return 0;
}

/* Beside a plain buffer that gets the same: whatever is asked for, the result is that of a file. */
static int direct(void *arg)
{
    enum { SIZE = 400000 };
    const nw_open_options options = {.direct = true, .buffer_bytes = 16384, .pieces = 3};
    static char model[SIZE], data[70000], found[70000];
    nw_stream *stream;
    size_t end = 0;

    (void)arg;
    random_seed();
    CHECK_EQ(nw_open_with(&options, "direct", "w+", &stream), 0);
    for (int i = 0; i < scaled(400); i++) {
        size_t at = random_below(SIZE - sizeof data);
        size_t size = random_below(3) ? random_below(5000) : random_below(sizeof data);
        if (random_below(3) == 0)
            at -= at % 4096;
        CHECK_EQ(nw_seek(stream, (int64_t)at, SEEK_SET), at);
        if (random_below(2)) {
            memset(data, (int)random_below(256), size);
            CHECK_EQ(nw_write(stream, data, size), size);
            memcpy(model + at, data, size);
            end = at + size > end && size ? at + size : end;
            if (random_below(3) == 0)
                CHECK_EQ(nw_flush(stream), 0);
        } else {
            size_t there = at >= end ? 0 : end - at < size ? end - at : size;
            CHECK_EQ(nw_read(stream, found, size), there);
            CHECK_MEM(found, model + at, there);
        }
    }
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("direct", model, end);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(append, NULL), 0);
    CHECK_EQ(nw_run(direct, NULL), 0);
    CHECK_EQ(nw_run(big, NULL), 0);
    return 0;
}
