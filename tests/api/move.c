/* SPDX-License-Identifier: MIT */
/*
 * nw_move: within a file system and to another one (two of tmpfs, which need root): attributes are kept,
 * targets replaced or not, a failure or a cancellation leaves the source whole and no copy.
 */
#include "../support/disk.h"
#include <nowait.h>

#define BIG (3 * 1024 * 1024)

static const nw_copy_options exclusive = {.flags = NW_COPY_EXCL};
static char big[BIG];

static void make_tree(const char *root)
{
    const struct timespec times[2] = {{1000, 1}, {2000, 2}};
    char path[128];

    CHECK_SYS(mkdir(root, 0755));
    snprintf(path, sizeof path, "%s/sub", root);
    CHECK_SYS(mkdir(path, 0700));
    snprintf(path, sizeof path, "%s/sub/file", root);
    check_write_file(path, "content", 7);
    snprintf(path, sizeof path, "%s/link", root);
    CHECK_SYS(symlink("sub/file", path));
    CHECK_SYS(utimensat(AT_FDCWD, root, times, 0));
}

static void is_moved(const char *from, const char *to)
{
    struct stat status;
    char path[128];

    CHECK(access(from, F_OK) < 0);
    snprintf(path, sizeof path, "%s/sub/file", to);
    check_file_holds(path, "content", 7);
    snprintf(path, sizeof path, "%s/link", to);
    CHECK_SYS(lstat(path, &status));
    CHECK(S_ISLNK(status.st_mode));
    CHECK_SYS(stat(to, &status));
    CHECK_EQ(status.st_mtim.tv_sec, 2000);
}

/* `a` and `b` may be one file system, or two. */
static void moves(const char *a, const char *b)
{
    char from[64], to[64], folder[64];

    snprintf(from, sizeof from, "%s/from", a);
    snprintf(to, sizeof to, "%s/to", b);
    snprintf(folder, sizeof folder, "%s/folder", b);
    check_write_file(from, "file", 4);
    CHECK_EQ(nw_move(NULL, from, to), 0);
    check_file_holds(to, "file", 4);
    CHECK(access(from, F_OK) < 0);
    check_write_file(from, "newer", 5);
    CHECK_EQ(nw_move(&exclusive, from, to), -EEXIST);
    CHECK_EQ(nw_move(NULL, from, to), 0);
    check_file_holds(to, "newer", 5);

    make_tree(from);
    CHECK_EQ(nw_move(NULL, from, to), -ENOTDIR);
    CHECK_SYS(unlink(to));
    CHECK_EQ(nw_move(&exclusive, from, to), 0);
    is_moved(from, to);
    make_tree(from);
    CHECK_EQ(nw_move(NULL, from, to), -ENOTEMPTY);
    CHECK_SYS(mkdir(folder, 0755));
    CHECK_EQ(nw_move(NULL, from, folder), 0);
    is_moved(from, folder);
    check_write_file(from, "file", 4);
    CHECK_EQ(nw_move(NULL, from, to), -EISDIR);
    CHECK_EQ(nw_remove_tree(to), 0);
    CHECK_EQ(nw_remove_tree(folder), 0);
    CHECK_EQ(nw_remove_tree(from), 0);
    CHECK_EQ(nw_move(NULL, from, to), -ENOENT);
}

/* A link with a slash behind its name is no folder, and what it leads to is not copied. */
static void slashes(const char *a, const char *b)
{
    char link[64], from[64], to[64];

    snprintf(from, sizeof from, "%s/from//", a);
    snprintf(link, sizeof link, "%s/link/", a);
    snprintf(to, sizeof to, "%s/to/", b);
    make_tree(from);
    link[strlen(link) - 1] = '\0';
    CHECK_SYS(symlink("from", link));
    strcat(link, "/");
    CHECK_EQ(nw_move(NULL, link, to), -ENOTDIR);
    CHECK(access(to, F_OK) < 0);
    CHECK_EQ(nw_move(NULL, from, to), 0);
    link[strlen(link) - 1] = '\0';
    CHECK_EQ(nw_move(NULL, link, to), -ENOTDIR);
    is_moved(from, to);
    CHECK_EQ(nw_remove_tree(to), 0);
    CHECK_EQ(nw_move(NULL, link, to), -ENOTDIR);
    CHECK_SYS(unlink(link));
}

static void a_full_disk(void)
{
    CHECK_SYS(mkdir("one/tree", 0755));
    check_write_file("one/tree/a", "small", 5);
    check_write_file("one/tree/b", big, BIG);
    CHECK_EQ(nw_move(NULL, "one/tree", "two/tree"), -ENOSPC);
    CHECK_EQ(check_count_entries("two"), 0);
    check_file_holds("one/tree/b", big, BIG);
    check_file_holds("one/tree/a", "small", 5);
}

static int move_tree(void *arg)
{
    (void)arg;
    return nw_move(NULL, "one/tree", "two/tree");
}

static void cancelled_anywhere(void)
{
    CHECK_EQ(nw_truncate_path("one/tree/b", 900 * 1024), 0);
    for (int turns = 0; turns < 100; turns++) {
        nw_task *task = nw_spawn(move_tree, NULL);
        for (int i = 0; i < turns && !nw_done(task); i++)
            CHECK_EQ(nw_sleep(i % 2 ? NW_US(30) : 0), 0);
        nw_cancel(task);
        int rc = nw_await(task);
        CHECK(rc == 0 || rc == -ECANCELED);
        bool moved = access("two/tree/b", F_OK) == 0;
        CHECK_EQ(check_count_entries("two"), moved); /* no half of it, no temporary */
        if (!moved)
            check_file_holds("one/tree/b", big, 900 * 1024);
        else
            check_file_holds("two/tree/b", big, 900 * 1024);
        if (rc == 0)
            break;
        if (moved) { /* cancelled while the source was being removed */
            CHECK_EQ(nw_remove_tree("two/tree"), 0);
            CHECK(nw_remove_tree("one/tree") != -EIO);
            CHECK_SYS(mkdir("one/tree", 0755));
            check_write_file("one/tree/b", big, 900 * 1024);
        }
    }
}

static int bad_arguments(void)
{
    const nw_copy_options wrong = {.flags = NW_COPY_TIMES};

    CHECK_EQ(nw_move(NULL, NULL, "x"), -EINVAL);
    CHECK_EQ(nw_move(NULL, "x", NULL), -EINVAL);
    CHECK_EQ(nw_move(&wrong, "x", "y"), -EINVAL);
    return 0;
}

static int first(void *two)
{
    int open_before = check_open_fds();

    bad_arguments();
    moves(".", ".");
    slashes(".", ".");
    if (two) {
        moves("one", "two");
        slashes("one", "two");
        a_full_disk();
        cancelled_anywhere();
    }
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    bool two;

    check_enter_folder();
    memset(big, 'b', BIG);
    CHECK_SYS(mkdir("one", 0700));
    CHECK_SYS(mkdir("two", 0700));
    two = disk_mount("one", "size=8m") && mount("tmpfs", "two", "tmpfs", 0, "size=1m") == 0;
    CHECK_EQ(nw_run(first, two ? big : NULL), 0);
    if (!two)
        check_skip("no two file systems here");
    CHECK_SYS(umount("one"));
    CHECK_SYS(umount("two"));
    return 0;
}
