/* SPDX-License-Identifier: MIT */
/*
 * stream.h on a file system that takes its time: no call makes the loop wait for it. See support/slow.h.
 *
 * ctest: cost=6 timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

#include <sys/uio.h>

/* Open, `use`, close: what went wrong first. */
static int with_options(const nw_open_options *options, const char *path, const char *mode,
                        int (*use)(nw_stream *stream))
{
    nw_stream *stream;
    int rc = nw_open_with(options, path, mode, &stream);

    if (rc < 0)
        return rc;
    rc = use(stream);
    CHECK_EQ(nw_close(stream), 0);
    return rc;
}

static int with_stream(const char *path, const char *mode, int (*use)(nw_stream *stream))
{
    return with_options(NULL, path, mode, use);
}

static int failure(int64_t n)
{
    return n < 0 ? (int)n : 0;
}

static int use_nothing(nw_stream *stream)
{
    (void)stream;
    return 0;
}

static int use_read(nw_stream *stream)
{
    char data[5000];
    ssize_t n;

    while ((n = nw_read(stream, data, sizeof data)) > 0)
        CHECK_EQ(data[0], 'f');
    return failure(n);
}

/* What it reads ahead is under way when it is closed. */
static int use_read_a_little(nw_stream *stream)
{
    char data[10];

    return failure(nw_read_exactly(stream, data, sizeof data));
}

static int use_read_all(nw_stream *stream)
{
    nw_bytes bytes;
    int rc = nw_read_all(stream, 0, &bytes);

    if (rc < 0)
        return rc;
    CHECK_EQ(bytes.size, SLOW_FILE_BYTES);
    nw_bytes_finish(&bytes);
    return 0;
}

static int use_read_line(nw_stream *stream)
{
    nw_slice line;
    ssize_t n;

    while ((n = nw_read_line(stream, &line)) > 0)
        CHECK_MEM(line.data, "leaf\n", 5);
    return failure(n);
}

static int use_peek(nw_stream *stream)
{
    nw_slice view;
    int rc = failure(nw_peek(stream, 10, &view));

    if (rc == 0)
        rc = failure(nw_skip(stream, 200000));
    return rc < 0 ? rc : failure(nw_read_until(stream, 'f', 10, &view));
}

static int use_seek(nw_stream *stream)
{
    char byte;
    int rc = failure(nw_seek(stream, -1, SEEK_END));

    if (rc == 0)
        rc = failure(nw_tell(stream));
    if (rc == 0)
        rc = failure(nw_read(stream, &byte, 1));
    if (rc == 0)
        rc = failure(nw_seek(stream, 100, SEEK_SET));
    if (rc == 0)
        rc = failure(nw_read(stream, &byte, 1));
    return rc < 0 ? rc : failure(nw_seek(stream, 250000, SEEK_CUR));
}

static int use_write(nw_stream *stream)
{
    int rc = failure(nw_write(stream, "text", 4));

    return rc < 0 ? rc : nw_flush(stream);
}

/* More than the buffer: pieces are written behind. */
static int use_write_much(nw_stream *stream)
{
    static char data[SLOW_FILE_BYTES];

    for (int i = 0; i < 3; i++) {
        int rc = failure(nw_write(stream, data, sizeof data));
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int use_write_kinds(nw_stream *stream)
{
    static const char *const lines[] = {"one\n", "two\n"};
    char three[] = "three";
    const struct iovec vectors[] = {{three, 5}, {three, 5}};
    int rc = failure(nw_writev(stream, vectors, 2));

    if (rc == 0)
        rc = failure(nw_write_lines(stream, lines, 2));
    return rc < 0 ? rc : failure(nw_printf(stream, "%d\n", 4));
}

static int use_sync(nw_stream *stream)
{
    int rc = failure(nw_write(stream, "text", 4));

    return rc < 0 ? rc : nw_sync(stream);
}

static int use_truncate(nw_stream *stream)
{
    int rc = failure(nw_write(stream, "text", 4));

    if (rc == 0)
        rc = failure(nw_truncate(stream, -1));
    return rc < 0 ? rc : failure(nw_truncate(stream, 1000));
}

static int use_mixed(nw_stream *stream)
{
    char data[10];
    int rc = failure(nw_read(stream, data, sizeof data));

    if (rc == 0)
        rc = failure(nw_write(stream, "text", 4));
    if (rc == 0)
        rc = failure(nw_read(stream, data, sizeof data));
    if (rc == 0)
        rc = failure(nw_seek(stream, 0, SEEK_SET));
    return rc < 0 ? rc : failure(nw_write(stream, "text", 4));
}

static nw_stream *shared;

static int member_read(void *arg)
{
    char data[1000];

    (void)arg;
    return failure(nw_read(shared, data, sizeof data));
}

static int member_write(void *arg)
{
    (void)arg;
    return failure(nw_write(shared, "text", 4));
}

static int member_flush(void *arg)
{
    (void)arg;
    return nw_flush(shared);
}

static int member_seek(void *arg)
{
    (void)arg;
    return failure(nw_seek(shared, 1, SEEK_CUR));
}

static int use_by_many(nw_stream *stream)
{
    static nw_task_fn *const members[] = {member_read, member_write, member_flush, member_seek, member_read};
    nw_group group;

    shared = stream;
    nw_group_init(&group, 0);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (nw_group_spawn(&group, members[i], NULL) < 0)
            break;
    return nw_group_finish(&group);
}

static int call_open(void)
{
    return with_stream("slow/link", "r", use_nothing);
}

static int call_open_write(void)
{
    return with_stream("slow/file", "w", use_nothing);
}

static int call_open_new(void)
{
    return with_stream("slow/new", "x", use_nothing);
}

static int call_open_append(void)
{
    return with_stream("slow/file", "a+", use_nothing);
}

static int call_open_fd(void)
{
    nw_stream *stream;
    int rc, fd = nw_fd_open("slow/file", O_RDWR, 0);

    if (fd < 0)
        return fd;
    rc = nw_open_fd(fd, "r+", &stream);
    if (rc < 0) {
        CHECK_EQ(nw_fd_close(fd), 0);
        return rc;
    }
    rc = use_mixed(stream);
    CHECK_EQ(nw_close(stream), 0);
    return rc;
}

static int call_read(void)
{
    return with_stream("slow/file", "r", use_read);
}

static int call_read_a_little(void)
{
    return with_stream("slow/file", "r", use_read_a_little);
}

static int call_read_direct(void)
{
    const nw_open_options options = {.direct = true};

    return with_options(&options, "slow/file", "r", use_read);
}

static int call_read_all(void)
{
    return with_stream("slow/file", "r", use_read_all);
}

static int call_read_line(void)
{
    return with_stream("slow/dir/sub/leaf", "r", use_read_line);
}

static int call_peek(void)
{
    return with_stream("slow/file", "r", use_peek);
}

static int call_seek(void)
{
    return with_stream("slow/file", "r", use_seek);
}

static int call_write(void)
{
    return with_stream("slow/new", "w", use_write);
}

static int call_write_much(void)
{
    return with_stream("slow/new", "w", use_write_much);
}

static int call_write_direct(void)
{
    const nw_open_options options = {.direct = true};

    return with_options(&options, "slow/new", "w", use_write_much);
}

static int call_append(void)
{
    return with_stream("slow/file", "a", use_write_much);
}

static int call_write_kinds(void)
{
    return with_stream("slow/new", "w", use_write_kinds);
}

static int call_write_lines(void)
{
    const nw_open_options options = {.line_buffered = true};

    return with_options(&options, "slow/new", "w", use_write_kinds);
}

static int call_sync(void)
{
    return with_stream("slow/new", "w", use_sync);
}

static int call_truncate(void)
{
    return with_stream("slow/file", "r+", use_truncate);
}

static int call_mixed(void)
{
    return with_stream("slow/file", "r+", use_mixed);
}

static int call_by_many(void)
{
    return with_stream("slow/file", "r+", use_by_many);
}

static int copy_from(nw_stream *from)
{
    nw_stream *to;
    int rc = nw_open("slow/new", "w", &to);

    if (rc < 0)
        return rc;
    rc = failure(nw_copy(to, from, 0, NULL));
    CHECK_EQ(nw_close(to), 0);
    return rc;
}

static int call_copy(void)
{
    return with_stream("slow/file", "r", copy_from);
}

static int call_spooled(void)
{
    char data[4000] = {0};
    nw_stream *stream;
    int rc = nw_temp_spooled("slow", 100, &stream);

    if (rc < 0)
        return rc;
    rc = failure(nw_write(stream, data, sizeof data));
    if (rc == 0)
        rc = failure(nw_seek(stream, 0, SEEK_SET));
    if (rc == 0)
        rc = failure(nw_read(stream, data, sizeof data));
    CHECK_EQ(nw_close(stream), 0);
    return rc;
}

static const struct slow_call calls[] = {
    {"nw_open, r", call_open},
    {"nw_open, w", call_open_write},
    {"nw_open, x", call_open_new},
    {"nw_open, a+", call_open_append},
    {"nw_open_fd", call_open_fd},
    {"nw_read", call_read},
    {"nw_read_exactly, and close", call_read_a_little},
    {"nw_read, direct", call_read_direct},
    {"nw_read_all", call_read_all},
    {"nw_read_line", call_read_line},
    {"nw_peek, nw_skip, nw_read_until", call_peek},
    {"nw_seek, nw_tell", call_seek},
    {"nw_write, nw_flush", call_write},
    {"nw_write of much", call_write_much},
    {"nw_write, direct", call_write_direct},
    {"nw_write, a", call_append},
    {"nw_writev, nw_write_lines, nw_printf", call_write_kinds},
    {"the same, line buffered", call_write_lines},
    {"nw_sync", call_sync},
    {"nw_truncate", call_truncate},
    {"nw_read and nw_write, r+", call_mixed},
    {"one stream, many tasks", call_by_many},
    {"nw_copy", call_copy},
    {"nw_temp_spooled", call_spooled},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
