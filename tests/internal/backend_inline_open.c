/* SPDX-License-Identifier: MIT */
/*
 * What can be opened and closed without blocking is, and looks as if open(2) had been called; what cannot is
 * left alone.
 */
#include <sys/stat.h>

#include "../support/engine.h"

static int try_open(int directory, const char *path, int flags)
{
    nw_op op;

    nw_op_open(&op, directory, path, flags, 0);
    return nw__op_try(&op);
}

static int try_close(int fd)
{
    nw_op op;

    nw_op_close(&op, fd);
    return nw__op_try(&op);
}

int main(void)
{
    check_enter_folder();
    static char content[1000000];

    check_write_file("file", content, sizeof content);
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_SYS(symlink("file", "link"));
    int folder = CHECK_SYS(open("folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    int fd = try_open(AT_FDCWD, "file", O_RDONLY);
    if (fd == -EAGAIN)
        check_skip("no RESOLVE_CACHED here, or %s is not on a local file system", check_folder);
    CHECK_SYS(fd);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND), O_RDONLY);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(try_close(fd), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), -1);
    CHECK_EQ(try_close(fd), -EAGAIN); /* nothing is known of it any more */

    fd = CHECK_SYS(try_open(AT_FDCWD, "file", O_RDONLY | O_NONBLOCK | O_NOATIME));
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_NOATIME), O_NONBLOCK | O_NOATIME);
    CHECK_EQ(try_close(fd), 0);
    fd = CHECK_SYS(try_open(AT_FDCWD, "folder", O_RDONLY | O_DIRECTORY));
    CHECK_EQ(try_close(fd), 0);

    CHECK_EQ(try_open(AT_FDCWD, "file", O_RDONLY | O_DIRECTORY), -EAGAIN); /* could be a link to a folder */
    CHECK_EQ(try_open(AT_FDCWD, "link", O_RDONLY | O_NOFOLLOW), -ELOOP);
    CHECK_EQ(try_open(AT_FDCWD, "link", O_RDONLY), -EAGAIN); /* could lead anywhere */
    CHECK_EQ(try_open(AT_FDCWD, "file", O_WRONLY), -EAGAIN); /* may involve the journal */
    CHECK_EQ(try_open(AT_FDCWD, "new", O_RDONLY | O_CREAT), -EAGAIN);
    CHECK_EQ(try_open(AT_FDCWD, "file", O_RDONLY | O_PATH), -EAGAIN);
    CHECK_EQ(try_open(AT_FDCWD, "/dev/null", O_RDONLY), -EAGAIN); /* devices may take their time */
    CHECK_EQ(try_open(AT_FDCWD, NULL, O_RDONLY), -EAGAIN);
    CHECK_EQ(try_open(folder, "file", O_RDONLY) < 0, 1);

    fd = CHECK_SYS(try_open(AT_FDCWD, "file", O_RDONLY));
    CHECK_SYS(unlink("file"));
    CHECK_EQ(try_close(fd), -EAGAIN); /* the last link is gone: closing frees the blocks */
    CHECK_SYS(close(fd));
    return 0;
}
