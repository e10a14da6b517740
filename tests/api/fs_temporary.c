/* SPDX-License-Identifier: MIT */
/* Temporary files and folders: where, with which mode, open how, and all of them different. */
#include "check.h"
#include <nowait.h>

static void named(void)
{
    nw_bytes path, other;
    struct stat status;
    char data[8];
    int fd, second;

    CHECK_EQ(nw_temp_file("folder", "pre-", &path, &fd), 0);
    CHECK_MEM(path.data, "folder/pre-", 11);
    CHECK_EQ(path.size, strlen(path.data));
    CHECK_SYS(stat(path.data, &status));
    CHECK_EQ(status.st_mode, S_IFREG | 0600);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(nw_fd_write(fd, "temp", 4), 4);
    CHECK_EQ(nw_fd_pread(fd, data, sizeof data, 0), 4);
    CHECK_EQ(nw_temp_file("folder", "pre-", &other, &second), 0);
    CHECK(strcmp(path.data, other.data) != 0);
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_EQ(nw_fd_close(second), 0);
    CHECK_EQ(nw_unlink(path.data), 0);
    CHECK_EQ(nw_unlink(other.data), 0);
    nw_bytes_finish(&path);
    nw_bytes_finish(&other);
}

static void folder(void)
{
    const char *parent = getenv("TMPDIR");
    nw_bytes path;
    struct stat status;

    CHECK_EQ(nw_temp_dir(NULL, "dir-", &path), 0);
    CHECK(strncmp(path.data, parent ? parent : "/tmp", strlen(parent ? parent : "/tmp")) == 0);
    CHECK_SYS(stat(path.data, &status));
    CHECK_EQ(status.st_mode & ~(mode_t)S_ISGID, S_IFDIR | 0700);
    CHECK_EQ(nw_rmdir(path.data), 0);
    nw_bytes_finish(&path);
}

static void unnamed(const char *where)
{
    struct stat status;
    int fd = nw_temp_unnamed(where);

    CHECK(fd >= 0);
    CHECK_SYS(fstat(fd, &status));
    CHECK_EQ(status.st_nlink, 0);
    CHECK_EQ(nw_fd_write(fd, "gone", 4), 4);
    CHECK_EQ(nw_fd_close(fd), 0);
}

static int first(void *arg)
{
    nw_bytes path;
    int fd;

    (void)arg;
    named();
    folder();
    unnamed("folder");
    unnamed(NULL);
    CHECK_EQ(nw_temp_file("none", "x", &path, &fd), -ENOENT);
    CHECK_EQ(nw_temp_file("folder", "a/b", &path, &fd), -EINVAL);
    CHECK_EQ(nw_temp_file("folder", NULL, &path, &fd), -EINVAL);
    CHECK_EQ(nw_temp_unnamed("none"), -ENOENT);
    CHECK_EQ(nw_temp_dir("folder", "x", NULL), -EINVAL);
    CHECK_EQ(check_count_entries("folder"), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
