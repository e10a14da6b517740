/* SPDX-License-Identifier: MIT */
/*
 * Every operation on files and names, with the results and errors of its system call.
 */
#include <sys/stat.h>

#include "../support/engine.h"

static struct engine engine;

static int run(nw_op *op)
{
    return engine_run(&engine, op);
}

static int do_open(int directory, const char *path, int flags, mode_t mode)
{
    nw_op op;

    nw_op_open(&op, directory, path, flags, mode);
    return run(&op);
}

static int do_close(int fd)
{
    nw_op op;

    nw_op_close(&op, fd);
    return run(&op);
}

static void opening(void)
{
    int fd = CHECK_SYS(do_open(AT_FDCWD, "new", O_RDWR | O_CREAT | O_EXCL, 0640));
    struct stat status;

    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
    CHECK_SYS(fstat(fd, &status));
    CHECK_EQ(status.st_mode & 0777, 0640);
    CHECK_EQ(do_close(fd), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), -1);
    CHECK_EQ(do_close(fd), -EBADF);
    CHECK_EQ(do_close(-1), -EBADF);
    CHECK_EQ(do_open(AT_FDCWD, "new", O_RDWR | O_CREAT | O_EXCL, 0640), -EEXIST);
    CHECK_EQ(do_open(AT_FDCWD, "nowhere", O_RDONLY, 0), -ENOENT);
    CHECK_EQ(do_open(AT_FDCWD, "new/below", O_RDONLY, 0), -ENOTDIR);
    CHECK_EQ(do_open(AT_FDCWD, ".", O_WRONLY, 0), -EISDIR);
    CHECK_EQ(do_open(12345, "new", O_RDONLY, 0), -EBADF);
    CHECK_EQ(do_open(AT_FDCWD, NULL, O_RDONLY, 0), -EFAULT);

    fd = CHECK_SYS(do_open(AT_FDCWD, "new", O_RDONLY, 0));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
    CHECK_EQ(do_close(fd), 0);
}

static void names(void)
{
    nw_op op;
    char target[16] = {0};

    nw_op_mkdir(&op, AT_FDCWD, "folder", 0750);
    CHECK_EQ(run(&op), 0);
    nw_op_mkdir(&op, AT_FDCWD, "folder", 0750);
    CHECK_EQ(run(&op), -EEXIST);
    int folder = CHECK_SYS(do_open(AT_FDCWD, "folder", O_RDONLY | O_DIRECTORY, 0));
    nw_op_rename(&op, AT_FDCWD, "new", folder, "moved", 0);
    CHECK_EQ(run(&op), 0);
    nw_op_rename(&op, AT_FDCWD, "new", folder, "moved", 0);
    CHECK_EQ(run(&op), -ENOENT);
    nw_op_link(&op, folder, "moved", AT_FDCWD, "linked", 0);
    CHECK_EQ(run(&op), 0);
    nw_op_rename(&op, AT_FDCWD, "linked", folder, "moved", 1 /* RENAME_NOREPLACE */);
    CHECK_EQ(run(&op), -EEXIST);
    nw_op_symlink(&op, "folder/moved", AT_FDCWD, "pointer");
    CHECK_EQ(run(&op), 0);
    CHECK_EQ(readlink("pointer", target, sizeof target), 12);
    CHECK_MEM(target, "folder/moved", 12);
    nw_op_unlink(&op, AT_FDCWD, "pointer", 0);
    CHECK_EQ(run(&op), 0);
    nw_op_unlink(&op, AT_FDCWD, "folder", AT_REMOVEDIR);
    CHECK_EQ(run(&op), -ENOTEMPTY);
    nw_op_unlink(&op, folder, "moved", 0);
    CHECK_EQ(run(&op), 0);
    CHECK_EQ(do_close(folder), 0);
    nw_op_unlink(&op, AT_FDCWD, "folder", AT_REMOVEDIR);
    CHECK_EQ(run(&op), 0);
    nw_op_unlink(&op, AT_FDCWD, "linked", 0);
    CHECK_EQ(run(&op), 0);
    CHECK_EQ(check_count_entries("."), 0);
}

static void contents(void)
{
    nw_op op;
    struct statx status;
    int fd = CHECK_SYS(do_open(AT_FDCWD, "file", O_RDWR | O_CREAT, 0600));

    nw_op_fallocate(&op, fd, 0, 0, 8192);
    CHECK_EQ(run(&op), 0);
    nw_op_statx(&op, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &status);
    CHECK_EQ(run(&op), 0);
    CHECK_EQ(status.stx_size, 8192);
    CHECK_EQ(status.stx_mode, S_IFREG | 0600);
    nw_op_truncate(&op, fd, 100);
    CHECK_EQ(run(&op), 0);
    nw_op_statx(&op, fd, "", AT_EMPTY_PATH, STATX_SIZE, &status);
    CHECK_EQ(run(&op), 0);
    CHECK_EQ(status.stx_size, 100);
    nw_op_statx(&op, AT_FDCWD, "nowhere", 0, STATX_SIZE, &status);
    CHECK_EQ(run(&op), -ENOENT);
    nw_op_truncate(&op, fd, -1);
    CHECK_EQ(run(&op), -EINVAL);
    nw_op_sync(&op, fd, false);
    CHECK_EQ(run(&op), 0);
    nw_op_sync(&op, fd, true);
    CHECK_EQ(run(&op), 0);
    nw_op_sync(&op, -1, true);
    CHECK_EQ(run(&op), -EBADF);
    nw_op_fadvise(&op, fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    CHECK_EQ(run(&op), 0);
    nw_op_fadvise(&op, fd, 0, (int64_t)1 << 40, POSIX_FADV_WILLNEED);
    CHECK_EQ(run(&op), 0);
    nw_op_fadvise(&op, fd, 0, 0, 99);
    CHECK_EQ(run(&op), -EINVAL);
    CHECK_EQ(do_close(fd), 0);
}

int main(void)
{
    umask(022);
    engine = engine_open();
    check_enter_folder();
    int fds_before = check_open_fds();
    opening();
    names();
    contents();
    CHECK_EQ(check_open_fds(), fds_before);
    engine_close(&engine);
    return 0;
}
