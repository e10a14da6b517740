/* SPDX-License-Identifier: MIT */
/*
 * dir.h and watch.h on a file system that takes its time: no call makes the loop wait for it. See
 * support/slow.h.
 *
 * ctest: cost=5 timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

static int call_dir(void)
{
    nw_dir_entry entry;
    nw_dir *dir;
    int rc = nw_dir_open("slow", &dir), found = 0;

    if (rc < 0)
        return rc;
    while ((rc = nw_dir_next(dir, &entry)) > 0)
        found++;
    if (rc == 0) {
        CHECK_EQ(found, 4);
        rc = nw_dir_rewind(dir);
    }
    if (rc == 0)
        rc = nw_dir_next(dir, &entry);
    CHECK_EQ(nw_dir_close(dir), 0);
    return rc < 0 ? rc : 0;
}

static int call_dir_list(void)
{
    nw_paths names;
    int rc = nw_dir_list("slow", 0, &names);

    if (rc < 0)
        return rc;
    CHECK_EQ(names.count, 4);
    nw_paths_finish(&names);
    return 0;
}

static int see_entry(const nw_walk_entry *entry, void *arg)
{
    CHECK_EQ(entry->error, 0);
    ++*(int *)arg;
    return 0;
}

static int walk(unsigned flags, int expected)
{
    const nw_walk_options options = {.flags = flags};
    int seen = 0, rc = nw_walk(&options, "slow", see_entry, &seen);

    if (rc == 0)
        CHECK_EQ(seen, expected);
    return rc;
}

static int call_walk(void)
{
    return walk(0, 8);
}

static int call_walk_stat(void)
{
    return walk(NW_WALK_STAT | NW_WALK_ORDERED | NW_WALK_LEAVING, 12);
}

/* The callback makes calls of its own, from the directory that it is given. */
static int open_entry(const nw_walk_entry *entry, void *arg)
{
    int fd;

    (void)arg;
    if (!S_ISREG(entry->type))
        return 0;
    fd = nw_fd_openat(entry->directory_fd, entry->name, O_RDONLY, 0);
    if (fd < 0)
        return fd;
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

static int call_walk_open(void)
{
    return nw_walk(NULL, "slow", open_entry, NULL);
}

static int call_disk_usage(void)
{
    nw_usage usage;
    int rc = nw_disk_usage(NULL, "slow", &usage);

    if (rc == 0) {
        CHECK_EQ(usage.files, 4);
        CHECK_EQ(usage.directories, 4);
    }
    return rc;
}

static int call_glob(void)
{
    nw_paths paths;
    int rc = nw_glob("slow/**/*e*", 0, 0, &paths);

    if (rc < 0)
        return rc;
    CHECK_EQ(paths.count, 4); /* dir/other, dir/sub/leaf, empty, file */
    nw_paths_finish(&paths);
    return 0;
}

/* What is made below is told: from the kernel's own queue, which asks nobody. */
static int call_watch(void)
{
    const nw_watch_options options = {.recursive = true, .debounce_ns = -1};
    const nw_watch_event *events;
    size_t count;
    nw_watch *watch;
    int rc = nw_watch_open(&options, "slow", &watch);

    if (rc < 0)
        return rc;
    rc = nw_mkdir("slow/new", 0700);
    if (rc == 0)
        rc = nw_watch_next(watch, &events, &count);
    CHECK_EQ(nw_watch_close(watch), 0);
    return rc;
}

static const struct slow_call calls[] = {
    {"nw_dir_open, nw_dir_next, nw_dir_close", call_dir},
    {"nw_dir_list", call_dir_list},
    {"nw_walk", call_walk},
    {"nw_walk, stat and ordered", call_walk_stat},
    {"nw_walk that opens", call_walk_open},
    {"nw_disk_usage", call_disk_usage},
    {"nw_glob", call_glob},
    {"nw_watch", call_watch},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
