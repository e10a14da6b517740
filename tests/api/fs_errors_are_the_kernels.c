/* SPDX-License-Identifier: MIT */
/* Bad paths, bad descriptors, bad buffers: the error that the system call would give, or -EINVAL. errno
 * stays. */
#include "check.h"
#include <nowait.h>

static char long_name[257];

static void paths(void)
{
    struct stat status = {.st_size = 4711};
    nw_bytes bytes = {(char *)1, 2};

    CHECK_EQ(nw_fd_open("", O_RDONLY, 0), -ENOENT);
    CHECK_EQ(nw_fd_open("none", O_RDONLY, 0), -ENOENT);
    CHECK_EQ(nw_fd_open("none/x", O_RDONLY, 0), -ENOENT);
    CHECK_EQ(nw_fd_open("file/x", O_RDONLY, 0), -ENOTDIR);
    CHECK_EQ(nw_fd_open("folder", O_WRONLY, 0), -EISDIR);
    CHECK_EQ(nw_fd_open("file", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
    CHECK_EQ(nw_fd_open("file", O_WRONLY | O_CREAT | O_EXCL, 0600), -EEXIST);
    CHECK_EQ(nw_fd_open("loop", O_RDONLY, 0), -ELOOP);
    CHECK_EQ(nw_fd_open("link", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
    CHECK_EQ(nw_fd_open(long_name, O_RDONLY, 0), -ENAMETOOLONG);
    CHECK_EQ(nw_fd_open(NULL, O_RDONLY, 0), -EINVAL);
    CHECK_EQ(nw_stat("none", &status), -ENOENT);
    CHECK_EQ(nw_stat("", &status), -ENOENT);
    CHECK_EQ(nw_stat("loop", &status), -ELOOP);
    CHECK_EQ(nw_stat(long_name, &status), -ENAMETOOLONG);
    CHECK_EQ(status.st_size, 4711);
    CHECK_EQ(nw_stat("file", NULL), -EINVAL);
    CHECK_EQ(nw_read_file("folder", 0, &bytes), -EISDIR);
    CHECK_EQ(nw_read_file("none", 0, &bytes), -ENOENT);
    CHECK_EQ(nw_readlink("file", &bytes), -EINVAL);
    CHECK_EQ(nw_realpath("loop", &bytes), -ELOOP);
    CHECK_EQ(bytes.size, 2);
    CHECK_EQ(nw_rename("none", "other"), -ENOENT);
    CHECK_EQ(nw_unlink("folder"), -EISDIR);
    CHECK_EQ(nw_rmdir("file"), -ENOTDIR);
    CHECK_EQ(nw_mkdir("folder", 0700), -EEXIST);
    CHECK_EQ(nw_link("none", "other"), -ENOENT);
    CHECK_EQ(nw_symlink("x", "file"), -EEXIST);
    CHECK_EQ(nw_chmod("none", 0600), -ENOENT);
    CHECK_EQ(nw_access("none", R_OK), -ENOENT);
    CHECK_EQ(nw_truncate_path("folder", 0), -EISDIR);
    CHECK_EQ(nw_truncate_path("file", -1), -EINVAL);
    CHECK_EQ(nw_write_file("folder", "x", 1, 0), -EISDIR);
    CHECK_EQ(nw_write_file("", "x", 1, 0), -ENOENT);
    CHECK_EQ(nw_copy_file("none", "other", 0), -ENOENT);
    CHECK_EQ(nw_copy_file("folder", "other", 0), -EISDIR);
    CHECK_EQ(nw_exists("file/x"), 0);
    CHECK_EQ(nw_exists("loop"), -ELOOP);
}

static void descriptors(void)
{
    char data[8];
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    int folder = CHECK_SYS(open("folder", O_RDONLY | O_CLOEXEC));

    CHECK_EQ(nw_fd_read(-1, data, 1), -EBADF);
    CHECK_EQ(nw_fd_read(123456, data, 1), -EBADF);
    CHECK_EQ(nw_fd_write(fd, data, 1), -EBADF);
    CHECK_EQ(nw_fd_read(folder, data, 1), -EISDIR);
    CHECK_EQ(nw_fd_read(fd, (void *)8, 4), -EFAULT);
    CHECK_EQ(nw_fd_read(fd, data, SIZE_MAX), -EINVAL);
    CHECK_EQ(nw_fd_pread(fd, data, 1, -1), -EINVAL);
    CHECK_EQ(nw_fd_pwrite(fd, data, 1, -5), -EINVAL);
    CHECK_EQ(nw_fd_truncate(fd, -1), -EINVAL);
    CHECK_EQ(nw_fd_truncate(fd, 1), -EINVAL);
    CHECK_EQ(nw_fd_allocate(fd, 0, 0, 0), -EINVAL);
    CHECK_EQ(nw_fd_sync(-1), -EBADF);
    CHECK_EQ(nw_fd_poll(-1, 1), -EBADF);
    CHECK_EQ(nw_fd_stat(-1, &(struct stat){0}), -EBADF);
    CHECK_EQ(nw_fd_close(-1), -EBADF);
    CHECK_EQ(nw_sendfile(-1, fd, 0, 1), -EBADF);
    CHECK_EQ(nw_fd_openat(fd, "x", O_RDONLY, 0), -ENOTDIR);
    close(fd);
    close(folder);
}

/* A name is any bytes but '/' and NUL, up to 255 of them. */
static void odd_names(void)
{
    const char *name = "\xff\xfe\x80 \n\x01";
    nw_bytes bytes;

    CHECK_EQ(nw_write_file(name, "odd", 3, NW_ATOMIC), 0);
    CHECK_EQ(nw_read_file(name, 0, &bytes), 0);
    CHECK_STR(bytes.data, "odd");
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_remove(name), 0);

    long_name[255] = '\0';
    CHECK_EQ(nw_write_file(long_name, "long", 4, NW_ATOMIC), 0);
    CHECK_EQ(nw_is_file(long_name), 1);
    CHECK_EQ(nw_unlink(long_name), 0);
}

static int first(void *arg)
{
    (void)arg;
    errno = 12345;
    paths();
    CHECK_EQ(errno, 12345);
    descriptors();
    odd_names();
    return 0;
}

int main(void)
{
    check_enter_folder();
    memset(long_name, 'n', 256);
    check_write_file("file", "content", 7);
    CHECK_SYS(mkdir("folder", 0755));
    CHECK_SYS(symlink("loop", "loop"));
    CHECK_SYS(symlink("file", "link"));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
