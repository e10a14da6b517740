/* SPDX-License-Identifier: MIT */
/* The descriptor calls on a regular file: own position and given ones, plain and in several buffers. */
#include "check.h"
#include <nowait.h>
#include <sys/uio.h>

static void own_position(int fd)
{
    char data[16] = "";

    CHECK_EQ(nw_fd_write(fd, "hello ", 6), 6);
    CHECK_EQ(nw_fd_write(fd, "world", 5), 5);
    CHECK_EQ(nw_fd_write(fd, "", 0), 0);
    CHECK_EQ(nw_fd_read(fd, data, sizeof data), 0);
    CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
    CHECK_EQ(nw_fd_read(fd, data, 0), 0);
    CHECK_EQ(nw_fd_read(fd, data, 3), 3);
    CHECK_EQ(nw_fd_read(fd, data + 3, sizeof data - 3), 2);
    CHECK_MEM(data, "world", 5);
}

static void given_positions(int fd)
{
    char data[16] = "";

    CHECK_EQ(nw_fd_pwrite(fd, "HE", 2, 0), 2);
    CHECK_EQ(nw_fd_pread(fd, data, sizeof data, 0), 11);
    CHECK_MEM(data, "HEllo world", 11);
    CHECK_EQ(nw_fd_pread(fd, data, sizeof data, 11), 0);
    CHECK_EQ(nw_fd_pread(fd, data, sizeof data, INT64_C(1) << 40), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
}

static void several_buffers(int fd)
{
    char a[4] = "", b[4] = "", c[8] = "";
    struct iovec out[3] = {{(char[]){"abc"}, 3}, {NULL, 0}, {(char[]){"defgh"}, 5}};
    struct iovec in[3] = {{a, 2}, {b, 4}, {c, 8}};

    CHECK_EQ(nw_fd_pwritev(fd, out, 3, 0), 8);
    CHECK_EQ(out[0].iov_len, 3);
    CHECK_EQ(nw_fd_preadv(fd, in, 3, 0), 11);
    CHECK_MEM(a, "ab", 2);
    CHECK_MEM(b, "cdef", 4);
    CHECK_MEM(c, "ghrld", 5);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(nw_fd_readv(fd, in, 2), 6);
    CHECK_EQ(nw_fd_writev(fd, out, 2), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 9);
    CHECK_EQ(nw_fd_readv(fd, NULL, 0), 0);
}

static void size_and_disk(int fd)
{
    struct stat status;

    CHECK_EQ(nw_fd_truncate(fd, 100000), 0);
    CHECK_EQ(nw_fd_stat(fd, &status), 0);
    CHECK_EQ(status.st_size, 100000);
    CHECK(S_ISREG(status.st_mode));
    CHECK_EQ(nw_fd_datasync(fd), 0);
    CHECK_EQ(nw_fd_sync(fd), 0);
    CHECK_EQ(nw_fd_advise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
    CHECK_EQ(nw_fd_allocate(fd, 0, 0, 200000), 0);
    CHECK_EQ(nw_fd_stat(fd, &status), 0);
    CHECK_EQ(status.st_size, 200000);
}

static int first(void *arg)
{
    int open_before = check_open_fds();
    int fd = nw_fd_open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
    struct stat status;

    (void)arg;
    CHECK(fd >= 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_RDWR);
    own_position(fd);
    given_positions(fd);
    several_buffers(fd);
    size_and_disk(fd);
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_EQ(nw_fd_close(fd), -EBADF);

    fd = nw_fd_open("file", O_RDONLY, 0); /* cached: inline */
    CHECK(fd >= 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_RDONLY);
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_SYS(stat("file", &status));
    CHECK_EQ(status.st_mode & 0777, 0640);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    umask(022);
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
