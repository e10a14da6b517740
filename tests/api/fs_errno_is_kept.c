/* SPDX-License-Identifier: MIT */
/* The library never changes the task's errno, whether a call is inline, through the engine, or fails. */
#include "check.h"
#include <nowait.h>

#define KEPT(call)                                                                                           \
    do {                                                                                                     \
        errno = 4242;                                                                                        \
        (void)!(call);                                                                                       \
        CHECK_EQ(errno, 4242);                                                                               \
    } while (0)

static int first(void *arg)
{
    char data[16];
    struct stat status;
    struct statvfs room;
    nw_bytes bytes;
    int fd, ends[2];

    (void)arg;
    CHECK_SYS(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    for (int round = 0; round < 2; round++) { /* what is not cached the first time is the second */
        KEPT(fd = nw_fd_open("file", O_RDWR, 0));
        KEPT(nw_fd_read(fd, data, 16));
        KEPT(nw_fd_pread(fd, data, 4, 0));
        KEPT(nw_fd_pwrite(fd, "x", 1, 0));
        KEPT(nw_fd_pread(fd, data, 4, -1));
        KEPT(nw_fd_pread(ends[0], data, 4, 0));
        KEPT(nw_fd_write(ends[1], "y", 1));
        KEPT(nw_fd_read(ends[0], data, 4));
        KEPT(nw_fd_stat(fd, &status));
        KEPT(nw_fd_sync(fd));
        KEPT(nw_fd_close(fd));
        KEPT(nw_fd_close(fd));
        KEPT(nw_fd_read(fd, data, 4));
        KEPT(nw_fd_open("none", O_RDONLY, 0));
        KEPT(nw_fd_open("file", O_RDONLY | O_DIRECTORY, 0));
        KEPT(nw_stat("file", &status));
        KEPT(nw_stat("none", &status));
        KEPT(nw_exists("file/none"));
        KEPT(nw_access("none", R_OK));
        KEPT(nw_chmod("none", 0));
        KEPT(nw_statvfs(".", &room));
        KEPT(nw_write_file("new", "z", 1, NW_ATOMIC));
        KEPT(nw_write_file("file/none", "z", 1, 0));
        KEPT(nw_copy_file("new", "copy", 0));
        KEPT(nw_mkdirs("a/b/c", 0755));
        KEPT(nw_remove_tree("a"));
        KEPT(nw_remove_tree("a"));
        errno = 4242;
        CHECK_EQ(nw_read_file("file", 0, &bytes), 0);
        CHECK_EQ(errno, 4242);
        nw_bytes_finish(&bytes);
        KEPT(nw_read_file(".", 0, &bytes));
    }
    close(ends[0]);
    close(ends[1]);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("file", "content", 7);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
