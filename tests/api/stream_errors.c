/* SPDX-License-Identifier: MIT */
/*
 * Errors of writes that were under way: told once, at the next call or at the close; what was not written
 * stays, and is written when there is room again; nw_written() counts without a gap. (A tmpfs of 1 MiB, which
 * needs root.)
 */
#include <sys/resource.h>

#include "../support/disk.h"
#include "../support/runtime.h"

#define SIZE (3 * 1024 * 1024)

static char data[SIZE];

static void fill_disk(int64_t but_bytes)
{
    int fd = CHECK_SYS(open("disk/ballast", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

    CHECK_SYS(ftruncate(fd, 0));
    CHECK_EQ(posix_fallocate(fd, 0, 1024 * 1024 - but_bytes), 0);
    close(fd);
}

/* All in one call: what went in before the disk was full is its result. */
static void told_once(const nw_open_options *options, const char *mode)
{
    nw_stream *stream;
    int64_t taken, more;

    fill_disk(512 * 1024);
    CHECK_EQ(nw_open_with(options, "disk/file", mode, &stream), 0);
    taken = nw_write(stream, data, SIZE);
    CHECK(taken >= 512 * 1024 && taken < SIZE);
    CHECK_EQ(nw_flush(stream), -ENOSPC); /* the first of which nobody was told */
    CHECK(nw_written(stream) <= 512 * 1024);
    CHECK(nw_written(stream) > 0);
    CHECK_EQ(nw_flush(stream), -ENOSPC); /* tried again */
    if (mode[0] == 'w')
        CHECK_EQ(nw_tell(stream), taken);
    more = nw_write(stream, data + taken, SIZE - (size_t)taken);
    CHECK(more == -ENOSPC || more >= 0);
    if (more < 0)
        more = 0;

    CHECK_SYS(unlink("disk/ballast")); /* room for another 512 KiB */
    taken += more;
    if (taken <= 1024 * 1024) {
        int rc = nw_flush(stream);
        CHECK(rc == 0 || rc == -ENOSPC); /* one that nobody was told of yet */
        CHECK_EQ(nw_flush(stream), 0);
        CHECK_EQ(nw_written(stream), taken);
        CHECK_EQ(nw_close(stream), 0);
        check_file_holds("disk/file", data, (size_t)taken);
    } else {
        CHECK_EQ(nw_close(stream), -ENOSPC);
    }
    CHECK_SYS(unlink("disk/file"));
}

/* Small writes: none of them waits, and one of them tells. The close tells no second time. */
static void told_by_a_later_call(void)
{
    const nw_open_options options = {.buffer_bytes = 64 * 1024};
    nw_stream *stream;
    int64_t taken = 0;
    ssize_t n = 0;

    fill_disk(256 * 1024);
    CHECK_EQ(nw_open_with(&options, "disk/file", "w", &stream), 0);
    for (int i = 0; i < 1024 && n >= 0; i++) {
        n = nw_write(stream, data + taken, 1024);
        taken += n > 0 ? n : 0;
        CHECK_EQ(nw_yield(), 0);
    }
    CHECK_EQ(n, -ENOSPC);
    CHECK_SYS(unlink("disk/ballast"));
    CHECK_EQ(nw_close(stream), 0);
    check_file_holds("disk/file", data, (size_t)taken);
    CHECK_SYS(unlink("disk/file"));

    fill_disk(0);
    CHECK_EQ(nw_open("disk/file", "w", &stream), 0);
    CHECK_EQ(nw_write(stream, data, 100), 100);
    CHECK_EQ(nw_close(stream), -ENOSPC);
    CHECK_SYS(unlink("disk/ballast"));
    CHECK_SYS(unlink("disk/file"));
}

static void devices(void)
{
    nw_stream *stream;
    char c;

    CHECK_EQ(nw_open("/dev/full", "w", &stream), 0);
    CHECK_EQ(nw_write(stream, "x", 1), 1);
    CHECK_EQ(nw_flush(stream), -ENOSPC);
    CHECK_EQ(nw_printf(stream, "%s", "y"), 1);
    CHECK_EQ(nw_written(stream), 0);
    CHECK_EQ(nw_close(stream), -ENOSPC);
    CHECK_EQ(nw_open("/dev/full", "w+", &stream), 0);
    CHECK_EQ(nw_read(stream, &c, 1), 1);
    CHECK_EQ(c, 0);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_open("/proc/self/mem", "r", &stream), 0);
    CHECK_EQ(nw_read(stream, &c, 1), -EIO);
    CHECK_EQ(nw_read(stream, &c, 1), -EIO);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_open("/proc/self/smaps", "r", &stream), 0);
    int64_t size = nw_skip(stream, INT64_MAX);
    CHECK_EQ(size > 4096 && size < 10000000 ? 1 : size, 1); /* in many short reads */
    CHECK_EQ(nw_close(stream), 0);
}

static void no_descriptors(void)
{
    struct rlimit limit, few;
    nw_stream *stream, *memory;
    nw_slice line;
    int fds[64], count = 0;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    few = (struct rlimit){64, limit.rlim_max};
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &few));
    while ((fds[count] = dup(0)) >= 0)
        count++;
    CHECK_EQ(nw_open("disk/none", "w", &stream), -EMFILE);
    CHECK_EQ(nw_open("/etc/passwd", "r", &stream), -EMFILE);
    CHECK_EQ(nw_open_memory(0, &memory), 0);
    CHECK_EQ(nw_write(memory, "x\n", 2), 2);
    CHECK_EQ(nw_seek(memory, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read_line(memory, &line), 2);
    CHECK_EQ(nw_close(memory), 0);
    while (count > 0)
        close(fds[--count]);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static int first(void *arg)
{
    static const nw_open_options small = {.buffer_bytes = 16 * 1024, .pieces = 3}, one = {.pieces = 1};
    int before;

    (void)arg;
    CHECK_EQ(nw_exists("disk"), 1);
    before = check_open_fds();
    told_once(NULL, "w");
    told_once(&small, "w");
    told_once(&one, "w");
    told_once(&small, "a");
    told_by_a_later_call();
    devices();
    no_descriptors();
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 13 + (i >> 10));
    CHECK_SYS(mkdir("disk", 0700));
    disk_need("disk", "size=1m");
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_SYS(umount("disk"));
    return 0;
}
