/* SPDX-License-Identifier: MIT */
/*
 * nw_remove_tree: deep beyond any path length and with few descriptors left, wide, links not followed, two at
 * the same tree; what it refuses.
 */
#include "check.h"
#include <nowait.h>
#include <sys/resource.h>

#define DEPTH 3000
#define WIDTH 3000

static void make_deep(void)
{
    int fd = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    for (int i = 0; i < DEPTH; i++) {
        CHECK_SYS(mkdirat(fd, "deep", 0700));
        int next = CHECK_SYS(openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        close(CHECK_SYS(openat(next, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        close(fd);
        fd = next;
    }
    close(fd);
}

static void make_wide(void)
{
    char name[64];

    CHECK_SYS(mkdir("wide", 0700));
    for (int i = 0; i < WIDTH; i++) {
        snprintf(name, sizeof name, "wide/entry-with-a-long-name-%d", i);
        if (i % 3 == 0)
            CHECK_SYS(mkdir(name, 0700));
        else
            check_write_file(name, "x", 1);
        if (i % 6 == 0) {
            snprintf(name, sizeof name, "wide/entry-with-a-long-name-%d/file", i);
            check_write_file(name, "x", 1);
        }
    }
}

static int remove_wide(void *arg)
{
    (void)arg;
    return nw_remove_tree("wide");
}

static void links(void)
{
    CHECK_SYS(mkdir("keep", 0700));
    check_write_file("keep/file", "kept", 4);
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(symlink("../keep", "tree/link"));
    CHECK_SYS(symlink("..", "tree/up"));
    CHECK_SYS(symlink("keep", "link"));
    CHECK_SYS(mkfifo("tree/fifo", 0600));
    CHECK_EQ(nw_remove_tree("link/"), -ENOTDIR);
    CHECK_EQ(nw_remove_tree("link"), 0);
    CHECK_EQ(nw_remove_tree("tree/"), 0);
    check_file_holds("keep/file", "kept", 4);
    CHECK_EQ(nw_remove_tree("keep/file"), 0);
    CHECK_EQ(nw_remove_tree("keep"), 0);
}

static void refused(void)
{
    CHECK_EQ(nw_remove_tree("none"), -ENOENT);
    CHECK_EQ(nw_remove_tree("."), -EINVAL);
    CHECK_EQ(nw_remove_tree("./"), -EINVAL);
    CHECK_EQ(nw_remove_tree("x/.."), -EINVAL);
    CHECK_EQ(nw_remove_tree("x/..//"), -EINVAL);
    CHECK_EQ(nw_remove_tree(""), -ENOENT);
    CHECK_EQ(nw_remove_tree("/"), -EBUSY);
    CHECK_EQ(nw_remove_tree(NULL), -EINVAL);
    CHECK_SYS(mkdir("...", 0700)); /* just a name */
    CHECK_EQ(nw_remove_tree("..."), 0);
}

static int first(void *arg)
{
    int open_before = check_open_fds();
    struct rlimit limit;
    nw_task *two[2];

    (void)arg;
    refused();
    links();
    make_deep();
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 64;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQ(nw_remove_tree("deep"), 0);
    make_wide();
    two[0] = nw_spawn(remove_wide, NULL);
    two[1] = nw_spawn(remove_wide, NULL);
    int a = nw_await(two[0]), b = nw_await(two[1]);
    CHECK(a == 0 || a == -ENOENT);
    CHECK(b == 0 || b == -ENOENT);
    CHECK(a == 0 || b == 0);
    CHECK_EQ(check_count_entries("."), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
