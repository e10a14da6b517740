/* SPDX-License-Identifier: MIT */
/*
 * Each system call that a worker makes for a whole-file call fails once, in turn: the error is reported, no
 * descriptor and no temporary is left, what is replaced atomically is the old or the new content, whole.
 * The calls of the C library are replaced by those below, which count and, when it is their turn, fail.
 * ctest: no-sanitizer
 */
#include "../api/check.h"
#include <dlfcn.h>
#include <nowait.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

static pthread_t loop_thread;
static atomic_int calls_left = -1; /* before the one that fails; < 0: none does */
static atomic_bool has_failed;

/* Is it this call's turn? Those of the loop's own thread are left alone. */
static bool fails(void)
{
    if (pthread_equal(pthread_self(), loop_thread) || atomic_load(&calls_left) < 0)
        return false;
    if (atomic_fetch_sub(&calls_left, 1) > 0)
        return false;
    atomic_store(&has_failed, true);
    errno = EIO;
    return true;
}

/* Define `name` so that it fails in its turn, and calls the C library's otherwise. */
#define REPLACE(type, name, parameters, arguments)                                                           \
    type name parameters;                                                                                    \
    type name parameters                                                                                     \
    {                                                                                                        \
        static type(*real) parameters;                                                                       \
        if (!real)                                                                                           \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                       \
        return fails() ? -1 : real arguments;                                                                \
    }

REPLACE(int, fsync, (int fd), (fd))
REPLACE(int, fchmod, (int fd, mode_t mode), (fd, mode))
REPLACE(int, ftruncate, (int fd, off_t size), (fd, size))
REPLACE(int, mkdir, (const char *path, mode_t mode), (path, mode))
REPLACE(int, rmdir, (const char *path), (path))
REPLACE(int, renameat2, (int from_fd, const char *from, int to_fd, const char *to, unsigned flags),
        (from_fd, from, to_fd, to, flags))
REPLACE(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
REPLACE(int, fstat, (int fd, struct stat *status), (fd, status))
REPLACE(int, fstatat, (int fd, const char *path, struct stat *status, int flags), (fd, path, status, flags))
REPLACE(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
REPLACE(ssize_t, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
REPLACE(ssize_t, copy_file_range, (int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags),
        (in, in_at, out, out_at, size, flags))
REPLACE(ssize_t, readlink, (const char *path, char *target, size_t size), (path, target, size))
REPLACE(ssize_t, getrandom, (void *data, size_t size, unsigned flags), (data, size, flags))

/* A worker also writes 8 bytes to wake the loop: not ours. */
ssize_t write(int fd, const void *data, size_t size)
{
    static ssize_t (*real)(int, const void *, size_t);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    return size != 8 && fails() ? -1 : real(fd, data, size);
}

/* A close that reports an error has closed all the same. */
int close(int fd)
{
    static int (*real)(int);
    int rc;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "close");
    rc = real(fd);
    return fails() ? -1 : rc;
}

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int openat(int folder, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    va_list arguments;
    mode_t mode;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "openat");
    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return fails() ? -1 : real(folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return openat(AT_FDCWD, path, flags, mode);
}

/* -- */

static char content[10000];

static int write_atomic(void)
{
    return nw_write_file("link", content, sizeof content, NW_ATOMIC);
}

static int write_atomic_new(void)
{
    return nw_write_file("new", content, sizeof content, NW_ATOMIC | NW_EXCL);
}

static int write_synced(void)
{
    return nw_write_file("new", content, sizeof content, NW_SYNC | NW_EXCL);
}

static int copy(void)
{
    return nw_copy_file("source", "copy", 0);
}

static int make_temporary(void)
{
    nw_bytes path;
    int fd, rc = nw_temp_file(".", "temporary", &path, &fd);

    if (rc == 0) {
        close(fd);
        CHECK_EQ(remove(path.data), 0);
        nw_bytes_finish(&path);
    }
    return rc;
}

static int make_and_remove(void)
{
    int rc = nw_mkdirs("tree/a/b/c", 0700);
    int removed = nw_remove_tree("tree");

    return rc < 0 ? rc : removed;
}

static void is_old_or_new(const char *path)
{
    struct stat status;

    CHECK_SYS(stat(path, &status));
    if (status.st_size == 3)
        check_file_holds(path, "old", 3);
    else
        check_file_holds(path, content, sizeof content);
}

/* Nothing but what there was before, and the target if it was made, which is whole then. */
static void verify(const char *target)
{
    nw_remove_tree("tree");
    is_old_or_new("file");
    if (access(target, F_OK) == 0) {
        is_old_or_new(target);
        CHECK_EQ(remove(target), 0);
    }
    CHECK_EQ(check_count_entries("."), 3);
}

static void fail_each_call_of(const char *name, int (*call)(void), const char *target)
{
    int count = 0, reported = 0, rc;

    do {
        int open_before = check_open_fds();
        check_write_file("file", "old", 3);
        atomic_store(&has_failed, false);
        atomic_store(&calls_left, count);
        rc = call();
        atomic_store(&calls_left, -1);
        if (check_open_fds() != open_before)
            check_fail(__FILE__, __LINE__, "%s, call %d failed: a descriptor leaks", name, count);
        if (rc != 0 && rc != -EIO)
            check_fail(__FILE__, __LINE__, "%s, call %d failed: %s", name, count, nw_strerror(rc));
        reported += rc == -EIO;
        verify(target);
        count++;
    } while (atomic_load(&has_failed));
    CHECK_EQ(rc, 0);
    printf("%s: %d calls, %d failures reported\n", name, count - 1, reported);
    CHECK(reported > 0);
}

static int first(void *arg)
{
    (void)arg;
    fail_each_call_of("atomic", write_atomic, "none");
    fail_each_call_of("atomic, new", write_atomic_new, "new");
    fail_each_call_of("synced", write_synced, "new");
    fail_each_call_of("copy", copy, "copy");
    fail_each_call_of("temporary", make_temporary, "none");
    fail_each_call_of("trees", make_and_remove, "none");
    return 0;
}

int main(void)
{
    loop_thread = pthread_self();
    memset(content, 'n', sizeof content);
    check_enter_folder();
    check_write_file("file", "old", 3);
    check_write_file("source", content, sizeof content);
    CHECK_EQ(symlink("file", "link"), 0);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
