/* SPDX-License-Identifier: MIT */
/* A file system mounted in a tree (which needs root): it is entered and counted, and it is not, if asked. */
#include "../support/disk.h"
#include "../support/runtime.h"

static int visit(const nw_walk_entry *entry, void *arg)
{
    CHECK_EQ(entry->error, 0);
    ++*(int *)arg;
    return 0;
}

static int walk(unsigned flags)
{
    nw_walk_options options = {.flags = flags};
    int count = 0;

    CHECK_EQ(nw_walk(&options, "tree", visit, &count), 0);
    return count;
}

static nw_usage measure(unsigned flags)
{
    nw_usage_options options = {.flags = flags};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(&options, "tree", &usage), 0);
    return usage;
}

static int first(void *arg)
{
    (void)arg;
    for (unsigned other = 0; other < 16; other++) {
        CHECK_EQ(walk(other & ~NW_WALK_LEAVING), 5);
        CHECK_EQ(walk((other & ~NW_WALK_LEAVING) | NW_WALK_ONE_FILE_SYSTEM), 3); /* the mount point, too */
    }
    CHECK_EQ(measure(0).directories, 3);
    CHECK_EQ(measure(0).apparent_bytes, 3);
    CHECK_EQ(measure(NW_WALK_ONE_FILE_SYSTEM).directories, 1); /* as du -x, without it */
    CHECK_EQ(measure(NW_WALK_ONE_FILE_SYSTEM).apparent_bytes, 1);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(mkdir("tree/disk", 0700));
    check_write_file("tree/file", "1", 1);
    disk_need("tree/disk", "size=1m");
    CHECK_SYS(mkdir("tree/disk/folder", 0700));
    check_write_file("tree/disk/file", "12", 2);
    int rc = nw_run(first, NULL);
    CHECK_SYS(umount("tree/disk"));
    CHECK_EQ(rc, 0);
    return 0;
}
