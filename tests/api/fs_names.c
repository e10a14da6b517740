/* SPDX-License-Identifier: MIT */
/* Names are made, changed, resolved and removed. */
#include "check.h"
#include <nowait.h>

static void make_and_remove(void)
{
    struct stat status;

    CHECK_EQ(nw_mkdir("d", 0700), 0);
    CHECK_SYS(stat("d", &status));
    CHECK_EQ(status.st_mode & 0777, 0700);
    CHECK_EQ(nw_write_file("d/a", "A", 1, 0), 0);
    CHECK_EQ(nw_link("d/a", "d/b"), 0);
    CHECK_EQ(nw_stat("d/b", &status), 0);
    CHECK_EQ(status.st_nlink, 2);
    CHECK_EQ(nw_rename("d/b", "d/c"), 0);
    CHECK_EQ(nw_exists("d/b"), 0);
    CHECK_EQ(nw_exists("d/c"), 1);
    CHECK_EQ(nw_rmdir("d"), -ENOTEMPTY);
    CHECK_EQ(nw_remove("d"), -ENOTEMPTY);
    CHECK_EQ(nw_unlink("d/a"), 0);
    CHECK_EQ(nw_remove("d/c"), 0);
    CHECK_EQ(nw_remove("d"), 0);
    CHECK_EQ(nw_remove("d"), -ENOENT);
}

static void links(void)
{
    char here[PATH_MAX], target[PATH_MAX];
    nw_bytes bytes;

    memset(target, 't', sizeof target);
    target[4000] = '\0';
    CHECK_EQ(nw_symlink("some/where", "link"), 0);
    CHECK_EQ(nw_readlink("link", &bytes), 0);
    CHECK_STR(bytes.data, "some/where");
    CHECK_EQ(bytes.size, 10);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_symlink(target, "long"), 0);
    CHECK_EQ(nw_readlink("long", &bytes), 0);
    CHECK_STR(bytes.data, target);
    nw_bytes_finish(&bytes);

    CHECK(realpath(".", here));
    CHECK_EQ(nw_symlink(".", "dot"), 0);
    CHECK_EQ(nw_realpath("dot/./dot//dot", &bytes), 0);
    CHECK_STR(bytes.data, here);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_unlink("link"), 0);
    CHECK_EQ(nw_unlink("long"), 0);
    CHECK_EQ(nw_unlink("dot"), 0);
}

static int first(void *arg)
{
    (void)arg;
    make_and_remove();
    links();
    CHECK_EQ(check_count_entries("."), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
