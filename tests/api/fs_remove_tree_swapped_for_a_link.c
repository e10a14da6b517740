/* SPDX-License-Identifier: MIT */
/* The tree is moved away while it is removed, and a link has its name: an error, and nothing behind the link
 * is touched. */
#include "check.h"
#include <nowait.h>

#define FILES 20000

static int remove_it(void *arg)
{
    return nw_remove_tree(arg);
}

static int first(void *arg)
{
    static char tree[] = "tree";
    nw_task *removal = nw_spawn(remove_it, tree);

    (void)arg;
    while (access("tree/0", F_OK) == 0 && access("tree/19999", F_OK) == 0)
        CHECK_EQ(nw_yield(), 0);
    if (rename("tree", "moved") < 0)
        check_skip("all was removed in a moment");
    CHECK_SYS(symlink("elsewhere", "tree"));
    CHECK_EQ(nw_await(removal), -ENOTDIR);
    check_file_holds("elsewhere/file", "kept", 4);
    CHECK_EQ(nw_is_dir("tree"), 1);
    CHECK_EQ(nw_rmdir("moved"), 0); /* it is empty */
    CHECK_EQ(nw_remove_tree(tree), 0);
    CHECK_EQ(nw_exists("tree"), 0);
    check_file_holds("elsewhere/file", "kept", 4);
    return 0;
}

int main(void)
{
    char path[32];

    check_enter_folder();
    CHECK_SYS(mkdir("elsewhere", 0700));
    check_write_file("elsewhere/file", "kept", 4);
    CHECK_SYS(mkdir("tree", 0700));
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "tree/%d", i);
        CHECK_SYS(mknod(path, S_IFREG | 0600, 0));
    }
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
