/* SPDX-License-Identifier: MIT */
/*
 * fs.h on a file system that takes its time: no call makes the loop wait for it. See support/slow.h.
 *
 * ctest: cost=6 timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

#include <sys/uio.h>

/* Open, `use`, close: what went wrong first. */
static int with_file(const char *path, int flags, int (*use)(int fd))
{
    int rc, fd = nw_fd_open(path, flags, 0600);

    if (fd < 0)
        return fd;
    rc = use(fd);
    CHECK_EQ(nw_fd_close(fd), 0);
    return rc;
}

/* A count is no error, and what came before a cancellation may be less. */
static int counted(ssize_t n)
{
    return n < 0 ? (int)n : 0;
}

static int use_nothing(int fd)
{
    (void)fd;
    return 0;
}

static int use_read(int fd)
{
    static char data[SLOW_FILE_BYTES];

    return counted(nw_fd_read(fd, data, sizeof data));
}

static int use_pread(int fd)
{
    char data[4096];
    ssize_t n = nw_fd_pread(fd, data, sizeof data, 100000);

    if (n > 0)
        CHECK_EQ(data[0], 'f');
    return counted(n);
}

static int use_readv(int fd)
{
    char a[1000], b[1000];
    const struct iovec vectors[] = {{a, sizeof a}, {b, sizeof b}};
    int rc = counted(nw_fd_readv(fd, vectors, 2));

    return rc < 0 ? rc : counted(nw_fd_preadv(fd, vectors, 2, 5000));
}

static int use_write(int fd)
{
    int rc = counted(nw_fd_write(fd, "0123456789", 10));

    return rc < 0 ? rc : counted(nw_fd_pwrite(fd, "0123456789", 10, 4090));
}

static int use_writev(int fd)
{
    char a[] = "01234", b[] = "56789";
    const struct iovec vectors[] = {{a, 5}, {b, 5}};
    int rc = counted(nw_fd_writev(fd, vectors, 2));

    return rc < 0 ? rc : counted(nw_fd_pwritev(fd, vectors, 2, 4090));
}

static int use_sync(int fd)
{
    int rc = counted(nw_fd_write(fd, "x", 1));

    if (rc == 0)
        rc = nw_fd_datasync(fd);
    return rc < 0 ? rc : nw_fd_sync(fd);
}

static int use_truncate(int fd)
{
    return nw_fd_truncate(fd, 10);
}

static int use_allocate(int fd)
{
    return nw_fd_allocate(fd, 0, 0, 8192);
}

static int use_advise(int fd)
{
    int rc = nw_fd_advise(fd, 0, 65536, POSIX_FADV_WILLNEED);

    if (rc == 0)
        rc = nw_fd_advise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return rc < 0 ? rc : nw_fd_advise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int use_stat(int fd)
{
    struct stat status;

    return nw_fd_stat(fd, &status);
}

static int use_poll(int fd)
{
    int rc = nw_fd_poll(fd, POLLIN);

    if (rc > 0)
        CHECK_EQ(rc, POLLIN);
    return rc < 0 ? rc : 0;
}

static int call_open(void)
{
    return with_file("slow/file", O_RDONLY, use_nothing);
}

static int call_open_link(void)
{
    return with_file("slow/link", O_RDWR, use_nothing);
}

static int call_open_folder(void)
{
    return with_file("slow/dir/sub", O_RDONLY | O_DIRECTORY, use_nothing);
}

static int call_open_new(void)
{
    return with_file("slow/new", O_RDWR | O_CREAT | O_TRUNC, use_nothing);
}

static int call_read(void)
{
    return with_file("slow/file", O_RDONLY, use_read);
}

static int call_pread(void)
{
    return with_file("slow/file", O_RDONLY, use_pread);
}

static int call_read_direct(void)
{
    return with_file("slow/file", O_RDONLY | O_DIRECT, use_pread);
}

static int call_readv(void)
{
    return with_file("slow/file", O_RDONLY, use_readv);
}

static int call_write(void)
{
    return with_file("slow/new", O_RDWR | O_CREAT, use_write);
}

static int call_write_append(void)
{
    return with_file("slow/file", O_RDWR | O_APPEND, use_write);
}

static int call_writev(void)
{
    return with_file("slow/new", O_RDWR | O_CREAT, use_writev);
}

static int call_sync(void)
{
    return with_file("slow/new", O_RDWR | O_CREAT, use_sync);
}

static int call_truncate(void)
{
    return with_file("slow/file", O_RDWR, use_truncate);
}

static int call_allocate(void)
{
    return with_file("slow/new", O_RDWR | O_CREAT, use_allocate);
}

static int call_advise(void)
{
    return with_file("slow/file", O_RDONLY, use_advise);
}

static int call_fd_stat(void)
{
    return with_file("slow/file", O_RDONLY, use_stat);
}

static int call_poll(void)
{
    return with_file("slow/file", O_RDONLY, use_poll);
}

/* -- between two -- */

static int send(const char *from, const char *to)
{
    int rc, in = nw_fd_open(from, O_RDONLY, 0), out;

    if (in < 0)
        return in;
    out = nw_fd_open(to, O_WRONLY | O_CREAT, 0600);
    rc = out < 0 ? out : counted(nw_sendfile(out, in, 0, SLOW_FILE_BYTES));
    if (out >= 0)
        CHECK_EQ(nw_fd_close(out), 0);
    CHECK_EQ(nw_fd_close(in), 0);
    return rc;
}

static int call_sendfile(void)
{
    return send("slow/file", "slow/new");
}

static int read_away(void *arg)
{
    static char data[64 * 1024];
    ssize_t n;

    while ((n = nw_fd_read(*(int *)arg, data, sizeof data)) > 0) {
    }
    return (int)n;
}

static int send_to_pipe(int fd)
{
    int pipes[2], rc;
    nw_task *reader;

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    reader = nw_spawn(read_away, &pipes[0]);
    rc = counted(nw_sendfile(pipes[1], fd, -1, SLOW_FILE_BYTES));
    CHECK_EQ(nw_fd_close(pipes[1]), 0);
    int read_rc = nw_await(reader);
    CHECK_EQ(nw_fd_close(pipes[0]), 0);
    return rc < 0 ? rc : read_rc;
}

static int call_sendfile_pipe(void)
{
    return with_file("slow/file", O_RDONLY, send_to_pipe);
}

static int call_copy(void)
{
    return nw_copy_file("slow/file", "slow/new", 0);
}

static int call_copy_away(void)
{
    return nw_copy_file("slow/file", "out/new", 0);
}

/* -- paths -- */

static int call_stat(void)
{
    struct stat status;
    int rc = nw_stat("slow/link", &status);

    return rc < 0 ? rc : nw_lstat("slow/dir/sub/leaf", &status);
}

static int call_exists(void)
{
    int rc = nw_exists("slow/absent");

    if (rc >= 0)
        rc = nw_exists("slow/link");
    if (rc >= 0)
        rc = nw_is_file("slow/file");
    if (rc >= 0)
        rc = nw_is_dir("slow/dir");
    return rc < 0 ? rc : 0;
}

static int call_file_size(void)
{
    int64_t size = nw_file_size("slow/file");

    return size < 0 ? (int)size : 0;
}

static int call_access(void)
{
    return nw_access("slow/file", R_OK);
}

static int call_attributes(void)
{
    static const struct timespec times[2] = {{1, 0}, {2, 0}};
    int rc = nw_chmod("slow/file", 0640);

    if (rc == 0)
        rc = nw_chown("slow/file", (uid_t)-1, getgid());
    return rc < 0 ? rc : nw_utime("slow/file", times);
}

static int call_statvfs(void)
{
    struct statvfs found;

    return nw_statvfs("slow/dir", &found);
}

static int call_truncate_path(void)
{
    return nw_truncate_path("slow/file", 5);
}

static int call_rename(void)
{
    return nw_rename("slow/file", "slow/new");
}

static int call_remove(void)
{
    int rc = nw_remove("slow/empty");

    if (rc == 0)
        rc = nw_remove("slow/link");
    return rc < 0 ? rc : nw_unlink("slow/file");
}

static int call_folders(void)
{
    int rc = nw_mkdir("slow/new", 0700);

    if (rc == 0)
        rc = nw_rmdir("slow/new");
    return rc < 0 ? rc : nw_mkdirs("slow/new/a/b", 0700);
}

static int call_remove_tree(void)
{
    return nw_remove_tree("slow/dir");
}

static int call_links(void)
{
    int rc = nw_link("slow/file", "slow/new-hard");

    return rc < 0 ? rc : nw_symlink("file", "slow/new-soft");
}

static int call_resolve(void)
{
    nw_bytes bytes;
    int rc = nw_readlink("slow/link", &bytes);

    if (rc < 0)
        return rc;
    nw_bytes_finish(&bytes);
    rc = nw_realpath("slow/link", &bytes);
    if (rc == 0)
        nw_bytes_finish(&bytes);
    return rc;
}

/* -- whole files -- */

static int call_read_file(void)
{
    nw_bytes bytes;
    int rc = nw_read_file("slow/link", 0, &bytes);

    if (rc < 0)
        return rc;
    CHECK_EQ(bytes.size, SLOW_FILE_BYTES);
    nw_bytes_finish(&bytes);
    return 0;
}

static int call_write_file(void)
{
    return nw_write_file("slow/new", "text", 4, 0);
}

static int call_append_file(void)
{
    return nw_write_file("slow/file", "text", 4, NW_APPEND | NW_SYNC);
}

static int call_write_atomic(void)
{
    return nw_write_file("slow/link", "text", 4, NW_ATOMIC);
}

static int call_temp_file(void)
{
    nw_bytes path;
    int fd, rc = nw_temp_file("slow", "new-", &path, &fd);

    if (rc < 0)
        return rc;
    nw_bytes_finish(&path);
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

static int call_temp_unnamed(void)
{
    int fd = nw_temp_unnamed("slow");

    if (fd < 0)
        return fd;
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

static int call_temp_dir(void)
{
    nw_bytes path;
    int rc = nw_temp_dir("slow", "new-", &path);

    if (rc == 0)
        nw_bytes_finish(&path);
    return rc;
}

static const struct slow_call calls[] = {
    {"nw_fd_open", call_open},
    {"nw_fd_open of a link", call_open_link},
    {"nw_fd_open of a folder", call_open_folder},
    {"nw_fd_open of a new file", call_open_new},
    {"nw_fd_read", call_read},
    {"nw_fd_pread", call_pread},
    {"nw_fd_pread, O_DIRECT", call_read_direct},
    {"nw_fd_readv, nw_fd_preadv", call_readv},
    {"nw_fd_write, nw_fd_pwrite", call_write},
    {"nw_fd_write, O_APPEND", call_write_append},
    {"nw_fd_writev, nw_fd_pwritev", call_writev},
    {"nw_fd_sync, nw_fd_datasync", call_sync},
    {"nw_fd_truncate", call_truncate},
    {"nw_fd_allocate", call_allocate},
    {"nw_fd_advise", call_advise},
    {"nw_fd_stat", call_fd_stat},
    {"nw_fd_poll", call_poll},
    {"nw_sendfile", call_sendfile},
    {"nw_sendfile to a pipe", call_sendfile_pipe},
    {"nw_copy_file", call_copy},
    {"nw_copy_file to another file system", call_copy_away},
    {"nw_stat, nw_lstat", call_stat},
    {"nw_exists, nw_is_file, nw_is_dir", call_exists},
    {"nw_file_size", call_file_size},
    {"nw_access", call_access},
    {"nw_chmod, nw_chown, nw_utime", call_attributes},
    {"nw_statvfs", call_statvfs},
    {"nw_truncate_path", call_truncate_path},
    {"nw_rename", call_rename},
    {"nw_remove, nw_unlink", call_remove},
    {"nw_mkdir, nw_rmdir, nw_mkdirs", call_folders},
    {"nw_remove_tree", call_remove_tree},
    {"nw_link, nw_symlink", call_links},
    {"nw_readlink, nw_realpath", call_resolve},
    {"nw_read_file", call_read_file},
    {"nw_write_file", call_write_file},
    {"nw_write_file, NW_APPEND", call_append_file},
    {"nw_write_file, NW_ATOMIC", call_write_atomic},
    {"nw_temp_file", call_temp_file},
    {"nw_temp_unnamed", call_temp_unnamed},
    {"nw_temp_dir", call_temp_dir},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
