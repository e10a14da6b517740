/* SPDX-License-Identifier: MIT */
/* Outside a task every call says NW_ENOTASK, and does nothing. */
#include "check.h"
#include <nowait.h>

int main(void)
{
    char data[4];
    nw_bytes bytes;
    struct stat status;
    int fd;

    check_enter_folder();
    check_write_file("file", "abc", 3);
    fd = CHECK_SYS(open("file", O_RDWR | O_CLOEXEC));
    CHECK_EQ(nw_fd_open("file", O_RDONLY, 0), NW_ENOTASK);
    CHECK_EQ(nw_fd_read(fd, data, 4), NW_ENOTASK);
    CHECK_EQ(nw_fd_pread(fd, data, 4, 0), NW_ENOTASK);
    CHECK_EQ(nw_fd_write(fd, "x", 1), NW_ENOTASK);
    CHECK_EQ(nw_fd_stat(fd, &status), NW_ENOTASK);
    CHECK_EQ(nw_fd_sync(fd), NW_ENOTASK);
    CHECK_EQ(nw_fd_poll(fd, 1), NW_ENOTASK);
    CHECK_EQ(nw_fd_close(fd), NW_ENOTASK);
    CHECK_SYS(fcntl(fd, F_GETFD));
    CHECK_EQ(nw_sendfile(fd, fd, 0, 1), NW_ENOTASK);
    CHECK_EQ(nw_stat("file", &status), NW_ENOTASK);
    CHECK_EQ(nw_exists("file"), NW_ENOTASK);
    CHECK_EQ(nw_unlink("file"), NW_ENOTASK);
    CHECK_EQ(nw_chmod("file", 0), NW_ENOTASK);
    CHECK_EQ(nw_read_file("file", 0, &bytes), NW_ENOTASK);
    CHECK_EQ(nw_write_file("file", "x", 1, 0), NW_ENOTASK);
    CHECK_EQ(nw_write_file("file", "x", 1, NW_ATOMIC), NW_ENOTASK);
    CHECK_EQ(nw_copy_file("file", "copy", 0), NW_ENOTASK);
    CHECK_EQ(nw_mkdirs("a/b", 0755), NW_ENOTASK);
    CHECK_EQ(nw_remove_tree("file"), NW_ENOTASK);
    CHECK_EQ(nw_temp_unnamed(NULL), NW_ENOTASK);
    check_file_holds("file", "abc", 3);
    CHECK_EQ(check_count_entries("."), 1);
    return 0;
}
