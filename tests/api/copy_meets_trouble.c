/* SPDX-License-Identifier: MIT */
/*
 * Copying while things go wrong: a full disk, folders that may not be read, no descriptors left, a source
 * that changes, folders swapped for links to places outside. Nothing half is left, nothing leaks, the rest is
 * copied, and nothing outside is touched.
 *
 * Needs root for a small tmpfs; what needs it is left out otherwise.
 */
#include "../support/disk.h"
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define BIG (3 * 1024 * 1024)

static char big[BIG];
static bool has_disk;

struct told {
    int count;
    int error;
};

static int on_error(const char *path, int error, void *arg)
{
    struct told *told = arg;

    (void)path;
    told->count++;
    told->error = error;
    return 0;
}

static int copy(struct told *told, const char *from, const char *to)
{
    const nw_copy_options options = {.flags = NW_COPY_ALL, .on_error = on_error, .arg = told};

    *told = (struct told){0};
    return nw_copy_tree(&options, from, to);
}

static void full_disk(void)
{
    struct told told;

    if (!has_disk)
        return;
    CHECK_SYS(mkdir("from", 0755));
    check_write_file("from/a", "small", 5);
    check_write_file("from/b", big, BIG);
    CHECK_EQ(copy(&told, "from", "disk/to"), -ENOSPC);
    CHECK_EQ(told.count, 1);
    check_file_holds("disk/to/a", "small", 5);
    CHECK(access("disk/to/b", F_OK) < 0);
    check_write_file("disk/to/b", "there before", 12);
    CHECK_EQ(copy(&told, "from", "disk/to"), -ENOSPC);
    CHECK(access("disk/to/b", F_OK) < 0); /* half of it is no better than nothing */
    CHECK_EQ(nw_copy_file("from/b", "disk/file", 0), -ENOSPC);
    CHECK(access("disk/file", F_OK) < 0);
    CHECK_EQ(nw_remove_tree("from"), 0);
    CHECK_EQ(nw_remove_tree("disk/to"), 0);
}

static void make_some(const char *root, int count)
{
    char path[64];

    CHECK_SYS(mkdir(root, 0755));
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%d", root, i);
        check_write_file(path, big, 3000);
    }
}

/* In a child that is nobody, forked before there are threads: what may not be read is told, not copied. */
static int as_nobody(void *arg)
{
    struct told told;

    (void)arg;
    CHECK_EQ(copy(&told, "from", "for all/to"), -EACCES);
    CHECK_EQ(told.count, 2);
    CHECK_EQ(check_count_entries("for all/to"), 5);
    CHECK(access("for all/to/closed", F_OK) < 0);
    CHECK(access("for all/to/3", F_OK) < 0);
    return 0;
}

static void not_allowed(void)
{
    int status;

    make_some("from", 5);
    CHECK_SYS(mkdir("from/closed", 0));
    CHECK_SYS(mkdir("from/open", 0555));
    check_write_file("from/open/file", "x", 1);
    CHECK_SYS(chmod("from/3", 0));
    CHECK_SYS(chmod(".", 0755));
    CHECK_SYS(mkdir("for all", 0777));
    CHECK_SYS(chmod("for all", 0777));
    pid_t child = CHECK_SYS(fork());
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
            _exit(1);
        _exit(nw_run(as_nobody, NULL) != 0);
    }
    CHECK_SYS(waitpid(child, &status, 0));
    CHECK_EQ(status, 0);
    CHECK_SYS(chmod("from/closed", 0700));
}

static void no_descriptors(void)
{
    struct rlimit before, limit;
    struct told told;

    make_some("from", 50);
    CHECK_SYS(mkdir("from/sub", 0755));
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &before));
    for (int left = 0; left < 12; left++) {
        int open_before = check_open_fds(), rc;
        limit = before;
        limit.rlim_cur = (rlim_t)(open_before + left);
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
        rc = copy(&told, "from", "to");
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &before));
        if (rc != 0 && rc != -EMFILE)
            check_fail(__FILE__, __LINE__, "with %d descriptors: %s", left, nw_strerror(rc));
        CHECK_EQ(check_open_fds(), open_before);
        CHECK(rc == 0 || told.count > 0);
        nw_remove_tree("to");
    }
    CHECK_EQ(copy(&told, "from", "to"), 0);
    CHECK_EQ(check_count_entries("to"), 51);
    CHECK_EQ(nw_remove_tree("from"), 0);
    CHECK_EQ(nw_remove_tree("to"), 0);
}

/* -- while somebody changes the tree -- */

static atomic_bool changing;

static void *make_and_remove(void *arg)
{
    char path[64];

    while (atomic_load(&changing)) {
        for (int i = 0; i < 100; i++) {
            snprintf(path, sizeof path, "from/%d", i);
            unlink(path);
        }
        for (int i = 0; i < 100; i++) {
            snprintf(path, sizeof path, "from/%d", i);
            close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
        }
        if (rename("from/sub", "from/other") < 0)
            rename("from/other", "from/sub");
    }
    return arg;
}

static void vanishing_source(void)
{
    pthread_t thread;
    struct told told;

    make_some("from", 100);
    CHECK_SYS(mkdir("from/sub", 0755));
    atomic_store(&changing, true);
    CHECK_EQ(pthread_create(&thread, NULL, make_and_remove, NULL), 0);
    for (int i = 0; i < scaled(100); i++) {
        CHECK_EQ(copy(&told, "from", "to"), 0);
        CHECK_EQ(nw_remove_tree("to"), 0);
    }
    atomic_store(&changing, false);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(nw_remove_tree("from"), 0);
}

/* "to/d" and "from/d" are now the folder and now a link to "outside". */
static void *swap_for_links(void *arg)
{
    while (atomic_load(&changing)) {
        renameat2(AT_FDCWD, "to/d", AT_FDCWD, "link", RENAME_EXCHANGE);
        renameat2(AT_FDCWD, "from/d", AT_FDCWD, "link to secret", RENAME_EXCHANGE);
    }
    return arg;
}

static void swapped_for_links(void)
{
    pthread_t thread;
    struct told told;

    CHECK_SYS(mkdir("outside", 0755));
    CHECK_SYS(mkdir("secret", 0755));
    check_write_file("secret/secret", "secret", 6);
    CHECK_SYS(mkdir("from", 0755));
    make_some("from/d", 20);
    CHECK_SYS(symlink("../outside", "link"));
    CHECK_SYS(symlink("../secret", "link to secret"));
    CHECK_SYS(mkdir("to", 0755));
    CHECK_SYS(mkdir("to/d", 0755));
    atomic_store(&changing, true);
    CHECK_EQ(pthread_create(&thread, NULL, swap_for_links, NULL), 0);
    for (int i = 0; i < scaled(300); i++) {
        (void)!copy(&told, "from", "to");
        CHECK_EQ(check_count_entries("outside"), 0);
        int fd = open("to/d", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); /* or a link, as it was */
        CHECK(fd < 0 || faccessat(fd, "secret", F_OK, 0) < 0);
        if (fd >= 0)
            close(fd);
    }
    atomic_store(&changing, false);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(nw_remove_tree("from"), 0);
    CHECK_EQ(nw_remove_tree("to"), 0);
    CHECK_EQ(nw_remove_tree("link"), 0);
    CHECK_EQ(nw_remove_tree("link to secret"), 0);
    CHECK_EQ(nw_remove_tree("outside"), 0);
    CHECK_EQ(nw_remove_tree("secret"), 0);
}

static void *append(void *arg)
{
    int fd = CHECK_SYS(open("log", O_WRONLY | O_APPEND | O_CLOEXEC));

    while (atomic_load(&changing))
        CHECK_EQ(write(fd, "entry;\n", 7), 7);
    close(fd);
    return arg;
}

static void growing_source(void)
{
    pthread_t thread;
    nw_bytes copied;

    check_write_file("log", big, 0);
    atomic_store(&changing, true);
    CHECK_EQ(pthread_create(&thread, NULL, append, NULL), 0);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(nw_copy_tree(NULL, "log", "to"), 0);
        CHECK_EQ(nw_read_file("to", 0, &copied), 0);
        CHECK(!memchr(copied.data, 0, copied.size)); /* no zeros in place of what came meanwhile */
        nw_bytes_finish(&copied);
    }
    atomic_store(&changing, false);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(nw_unlink("log"), 0);
    CHECK_EQ(nw_unlink("to"), 0);
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw_remove_tree("from"), 0);
    CHECK_EQ(nw_remove_tree("for all"), 0);
    full_disk();
    no_descriptors();
    vanishing_source();
    swapped_for_links();
    growing_source();
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(check_count_entries("."), 1);
    return 0;
}

int main(void)
{
    check_enter_folder();
    memset(big, 'b', BIG);
    CHECK_SYS(mkdir("disk", 0755));
    has_disk = disk_mount("disk", "size=1m");
    not_allowed();
    CHECK_EQ(nw_run(first, NULL), 0);
    if (has_disk)
        CHECK_SYS(umount("disk"));
    return 0;
}
