/* SPDX-License-Identifier: MIT */
/* A link to a folder opens as the folder, with O_DIRECTORY too; with O_NOFOLLOW it is none. */
#include <check.h>
#include <nowait.h>

static int open_through_link(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_mkdir("folder", 0700), 0);
    CHECK_EQ(nw_symlink("folder", "link"), 0);
    CHECK_EQ(nw_write_file("file", "x", 1, 0), 0);

    for (int turn = 0; turn < 3; turn++) { /* the kernel knows the names better each time */
        int fd = nw_fd_open("link", O_RDONLY | O_DIRECTORY, 0);
        CHECK(fd >= 0);
        CHECK_EQ(nw_fd_close(fd), 0);
        fd = nw_fd_open("link", O_RDONLY, 0);
        CHECK(fd >= 0);
        CHECK_EQ(nw_fd_close(fd), 0);
        CHECK_EQ(nw_fd_open("link", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0), -ENOTDIR);
        CHECK_EQ(nw_fd_open("link", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
        CHECK_EQ(nw_fd_open("file", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(open_through_link, NULL), 0);
    return 0;
}
