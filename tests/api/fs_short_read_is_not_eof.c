/* SPDX-License-Identifier: MIT */
/* A file of which only a part is cached is read whole by one call; so is one with offsets beyond 4 GiB. */
#include "check.h"
#include <nowait.h>
#include <sys/uio.h>

#define SIZE (3 * 1024 * 1024 + 17)
#define FAR  (INT64_C(5) << 30)

static unsigned char *expected, *found;

static int make_file(void)
{
    int fd;

    expected = malloc(SIZE);
    found = malloc(SIZE + 1);
    CHECK(expected && found);
    for (size_t i = 0; i < SIZE; i++)
        expected[i] = (unsigned char)(i * 2654435761u >> 13);
    check_write_file("file", expected, SIZE);
    fd = CHECK_SYS(open("file", O_RDWR | O_CLOEXEC));
    CHECK_SYS(fsync(fd));
    return fd;
}

/* Drop every other stretch of 64 KiB from the cache, beginning with the second. */
static void make_partly_cached(int fd)
{
    for (off_t at = 65536; at < SIZE; at += 131072)
        CHECK_EQ(posix_fadvise(fd, at, 65536, POSIX_FADV_DONTNEED), 0);
}

static int first(void *arg)
{
    int fd = make_file();
    struct iovec halves[2] = {{found, SIZE / 2}, {found + SIZE / 2, SIZE - SIZE / 2 + 1}};

    (void)arg;
    make_partly_cached(fd);
    CHECK_EQ(nw_fd_pread(fd, found, SIZE + 1, 0), SIZE);
    CHECK_MEM(found, expected, SIZE);

    make_partly_cached(fd);
    memset(found, 0, SIZE);
    CHECK_EQ(nw_fd_read(fd, found, SIZE + 1), SIZE);
    CHECK_MEM(found, expected, SIZE);

    make_partly_cached(fd);
    memset(found, 0, SIZE);
    CHECK_EQ(nw_fd_preadv(fd, halves, 2, 0), SIZE);
    CHECK_MEM(found, expected, SIZE);

    CHECK_EQ(nw_fd_pwrite(fd, "far", 3, FAR), 3);
    memset(found, 1, SIZE);
    CHECK_EQ(nw_fd_pread(fd, found, SIZE, FAR - SIZE + 3), SIZE);
    CHECK_EQ(found[0], 0);
    CHECK_MEM(found + SIZE - 3, "far", 3);
    CHECK_EQ(nw_file_size("file"), FAR + 3);
    CHECK_EQ(nw_fd_close(fd), 0);
    free(expected);
    free(found);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
