/* SPDX-License-Identifier: MIT */
/*
 * Directories and trees, read, walked, measured, matched and removed, while one request for memory or for a
 * thread fails: the failure comes back as an error, nothing is left open, and the next run works.
 */
#include <nowait.h>

#include "fault.h"

static void make_tree(void)
{
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(mkdir("tree/a", 0700));
    CHECK_SYS(mkdir("tree/a/b", 0700));
    check_write_file("tree/file", "1", 1);
    check_write_file("tree/a/file", "1", 1);
    CHECK_SYS(link("tree/file", "tree/a/b/link"));
}

static int iterate(void)
{
    nw_dir_entry entry;
    nw_dir *dir;
    int rc = nw_dir_open("tree", &dir);

    if (rc < 0)
        return rc;
    while ((rc = nw_dir_next(dir, &entry)) > 0)
        ;
    nw_dir_close(dir);
    return rc;
}

static int list_and_match(void)
{
    nw_paths paths = {0};
    int rc = nw_dir_list("tree", 0, &paths);

    CHECK(rc < 0 || paths.count == 2);
    nw_paths_finish(&paths);
    if (rc >= 0)
        rc = nw_glob("tree/**/f*", 0, 0, &paths);
    CHECK(rc < 0 || paths.count == 2);
    nw_paths_finish(&paths);
    return rc;
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    if (!entry->leaving)
        ++*(int *)arg;
    return entry->error;
}

static int walk(unsigned flags)
{
    nw_walk_options options = {.flags = flags, .parallel = 2};
    int count = 0, rc = nw_walk(&options, "tree", visit, &count);

    CHECK(rc < 0 || count == 6);
    return rc;
}

static int ignore(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    (void)path, (void)depth, (void)usage, (void)arg;
    return 0;
}

static int measure(unsigned flags)
{
    nw_usage_options options = {
        .flags = flags, .parallel = 2, .on_directory = ignore, .on_file = flags ? ignore : NULL};
    nw_usage usage = {0};
    int rc = nw_disk_usage(&options, "tree", &usage);

    CHECK(rc < 0 || (usage.files == 2 && usage.directories == 3 && usage.errors == 0));
    return rc;
}

static int everything(void *arg)
{
    int rc = iterate();

    (void)arg;
    if (rc >= 0)
        rc = list_and_match();
    if (rc >= 0)
        rc = walk(0);
    if (rc >= 0)
        rc = walk(NW_WALK_STAT | NW_WALK_ORDERED | NW_WALK_LEAVING);
    if (rc >= 0)
        rc = measure(0);
    if (rc >= 0)
        rc = measure(NW_WALK_ORDERED);
    return rc < 0 ? rc : nw_remove_tree("tree");
}

int main(void)
{
    int before;

    check_enter_folder();
    make_tree();
    before = check_open_fds();
    fault_run_once(everything);
    CHECK_EQ(check_open_fds(), before);
    CHECK_SYS(mkdir("again", 0700)); /* of the first tree a part may be gone */
    CHECK_SYS(chdir("again"));
    make_tree();
    CHECK_EQ(nw_run(everything, NULL), 0);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}
