/* SPDX-License-Identifier: MIT */
/*
 * Every call is cancelled after k turns of the loop, k = 0, 1, 2, ...: no descriptor and no temporary stays
 * behind, what is replaced is whole, and the buffers are the caller's again when the call returns (they are
 * freed at once; the address sanitizer watches).
 */
#include "../support/runtime.h"

#define SIZE (6 * 1024 * 1024)

struct scenario {
    const char *name;
    nw_task_fn *fn;
    void (*verify)(void);
};

static char *old_content, *new_content;

/* A descriptor that a call gave although it was cancelled is its result. */
static int close_result(int fd)
{
    if (fd < 0)
        return fd;
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

static int open_plain(void *arg)
{
    (void)arg;
    return close_result(nw_fd_open("file", O_RDONLY, 0));
}

static int open_new(void *arg)
{
    (void)arg;
    return close_result(nw_fd_open("new", O_RDWR | O_CREAT | O_TRUNC, 0600));
}

static int read_cold(void *arg)
{
    int fd = open("file", O_RDONLY | O_CLOEXEC);
    char *data = malloc(SIZE);
    ssize_t n;

    (void)arg;
    CHECK(data && fd >= 0);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    n = nw_fd_pread(fd, data, SIZE, 0);
    if (n > 0)
        CHECK_MEM(data, old_content, (size_t)n);
    memset(data, 0xee, SIZE);
    free(data);
    CHECK_EQ(nw_fd_close(fd), 0);
    return n < 0 ? (int)n : 0;
}

static int write_some(void *arg)
{
    int fd = open("new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char *data = malloc(SIZE);
    ssize_t n;

    (void)arg;
    CHECK(data && fd >= 0);
    memcpy(data, new_content, SIZE);
    n = nw_fd_write(fd, data, SIZE);
    memset(data, 0xee, SIZE);
    free(data);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), n < 0 ? 0 : n);
    CHECK_EQ(nw_fd_close(fd), 0);
    return n < 0 ? (int)n : 0;
}

static int read_whole(void *arg)
{
    nw_bytes bytes;
    int rc = nw_read_file("file", 0, &bytes);

    (void)arg;
    if (rc < 0)
        return rc;
    CHECK_EQ(bytes.size, SIZE);
    CHECK_MEM(bytes.data, old_content, SIZE);
    nw_bytes_finish(&bytes);
    return 0;
}

static int write_whole(unsigned flags)
{
    char *data = malloc(SIZE);
    int rc;

    CHECK(data);
    memcpy(data, new_content, SIZE);
    rc = nw_write_file("replaced", data, SIZE, flags);
    memset(data, 0xee, SIZE);
    free(data);
    return rc;
}

static int write_plain(void *arg)
{
    (void)arg;
    return write_whole(0);
}

static int write_atomic(void *arg)
{
    (void)arg;
    return write_whole(NW_ATOMIC);
}

/* The old or the new content, whole. */
static void replaced_is_whole(void)
{
    char *found = malloc(SIZE + 1);
    int fd = CHECK_SYS(open("replaced", O_RDONLY | O_CLOEXEC));
    ssize_t n;

    CHECK(found);
    n = read(fd, found, SIZE + 1);
    if (n == 3)
        CHECK_MEM(found, "old", 3);
    else
        CHECK(n == SIZE && memcmp(found, new_content, SIZE) == 0);
    close(fd);
    free(found);
}

static int copy(void *arg)
{
    (void)arg;
    return nw_copy_file("file", "copy", 0);
}

static void copy_is_whole(void)
{
    if (access("copy", F_OK) == 0)
        check_file_holds("copy", old_content, SIZE);
}

static int send(void *arg)
{
    int in = open("file", O_RDONLY | O_CLOEXEC),
        out = open("new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = nw_sendfile(out, in, 0, SIZE);

    (void)arg;
    CHECK_EQ(nw_fd_close(in), 0);
    CHECK_EQ(nw_fd_close(out), 0);
    return n < 0 ? (int)n : 0;
}

static int trees(void *arg)
{
    int rc = nw_mkdirs("tree/a/b/c/d", 0700);

    (void)arg;
    if (rc == 0)
        rc = nw_write_file("tree/a/b/file", "x", 1, 0);
    return rc < 0 ? rc : nw_remove_tree("tree");
}

static int names(void *arg)
{
    struct stat status;
    nw_bytes bytes;
    int rc = nw_stat("/proc/self/fd", &status); /* not cached as a path */

    (void)arg;
    if (rc == 0)
        rc = nw_rename("renamed", "renamed");
    if (rc == 0)
        rc = nw_chmod("file", 0600);
    if (rc == 0)
        rc = nw_realpath("file", &bytes);
    if (rc == 0)
        nw_bytes_finish(&bytes);
    return rc == -ENOENT ? 0 : rc;
}

static int temporary(void *arg)
{
    nw_bytes path;
    int fd, rc = nw_temp_file(".", "temporary-", &path, &fd);

    (void)arg;
    if (rc < 0)
        return rc;
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_SYS(unlink(path.data));
    nw_bytes_finish(&path);
    return close_result(nw_temp_unnamed("."));
}

static const struct scenario scenarios[] = {
    {"open", open_plain, NULL},
    {"open new", open_new, NULL},
    {"read cold", read_cold, NULL},
    {"write", write_some, NULL},
    {"read file", read_whole, NULL},
    {"write file", write_plain, NULL},
    {"write atomic", write_atomic, replaced_is_whole},
    {"copy file", copy, copy_is_whole},
    {"sendfile", send, NULL},
    {"trees", trees, NULL},
    {"names", names, NULL},
    {"temporary", temporary, NULL},
};

static void clean(void)
{
    check_write_file("replaced", "old", 3);
    unlink("copy");
    unlink("new");
    CHECK(nw_remove_tree("tree") != -EIO);
    CHECK_EQ(check_count_entries("."), 2); /* "file" and "replaced": nothing else was left */
}

/* Returns: whether it was cancelled before its end. */
static bool cancel_after(const struct scenario *scenario, int turns)
{
    int open_before, rc;
    nw_task *task;

    clean();
    open_before = check_open_fds();
    task = nw_spawn(scenario->fn, NULL);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
    nw_cancel(task);
    rc = nw_await(task);
    if (rc != 0 && rc != -ECANCELED)
        check_fail(__FILE__, __LINE__, "%s after %d turns: %s", scenario->name, turns, nw_strerror(rc));
    if (check_open_fds() != open_before)
        check_fail(__FILE__, __LINE__, "%s after %d turns: descriptors leak", scenario->name, turns);
    if (scenario->verify)
        scenario->verify();
    return rc == -ECANCELED;
}

static int first(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_exists("file"), 1);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        int cancelled = 0;
        for (int turns = 0; turns < scaled(40); turns++)
            cancelled += cancel_after(&scenarios[i], turns);
        CHECK(cancelled > 0); /* before it began, at least */
    }
    clean();
    return 0;
}

int main(void)
{
    check_enter_folder();
    old_content = malloc(SIZE);
    new_content = malloc(SIZE);
    CHECK(old_content && new_content);
    memset(old_content, 'o', SIZE);
    memset(new_content, 'n', SIZE);
    check_write_file("file", old_content, SIZE);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(old_content);
    free(new_content);
    return 0;
}
