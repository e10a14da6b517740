/* SPDX-License-Identifier: MIT */
/*
 * A full disk (a tmpfs of 1 MiB, which needs root): -ENOSPC, progress that was made is reported, an atomic
 * write leaves the old content and no temporary, a copy leaves no partial target.
 */
#include "../support/disk.h"
#include <nowait.h>

#define SIZE (2 * 1024 * 1024)

static int first(void *arg)
{
    const char *data = arg;
    int fd, open_before = check_open_fds();
    ssize_t n;

    CHECK_EQ(nw_write_file("disk/file", "old", 3, NW_ATOMIC), 0);
    CHECK_EQ(nw_write_file("disk/file", data, SIZE, NW_ATOMIC), -ENOSPC);
    check_file_holds("disk/file", "old", 3);
    CHECK_EQ(check_count_entries("disk"), 1);

    CHECK_EQ(nw_write_file("disk/new", data, SIZE, NW_EXCL), -ENOSPC);
    CHECK_EQ(nw_exists("disk/new"), 0);
    CHECK_EQ(nw_write_file("disk/new", data, SIZE, 0), -ENOSPC);
    CHECK_EQ(nw_unlink("disk/new"), 0);

    CHECK_EQ(nw_write_file("source", data, SIZE, 0), 0);
    CHECK_EQ(nw_copy_file("source", "disk/copy", 0), -ENOSPC);
    CHECK_EQ(check_count_entries("disk"), 1);

    fd = nw_fd_open("disk/partly", O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0);
    n = nw_fd_write(fd, data, SIZE);
    CHECK(n > 0 && n < SIZE);
    CHECK_EQ(nw_file_size("disk/partly"), n);
    CHECK_EQ(nw_fd_write(fd, data, SIZE), -ENOSPC);
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_EQ(nw_mkdirs("disk/a/b/c", 0700), 0); /* a tmpfs has inodes left */
    CHECK_EQ(nw_remove_tree("disk/partly"), 0);
    CHECK_EQ(check_open_fds(), open_before);

    fd = nw_fd_open("/dev/full", O_WRONLY, 0);
    CHECK(fd >= 0);
    CHECK_EQ(nw_fd_write(fd, "x", 1), -ENOSPC);
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

int main(void)
{
    static char data[SIZE];

    check_enter_folder();
    CHECK_SYS(mkdir("disk", 0700));
    disk_need("disk", "size=1m");
    CHECK_EQ(nw_run(first, data), 0);
    CHECK_SYS(umount("disk"));
    return 0;
}
