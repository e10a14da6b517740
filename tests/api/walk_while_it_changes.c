/* SPDX-License-Identifier: MIT */
/*
 * Trees in which folders and files come, go and change their kind while they are walked, measured and
 * matched: that is no error, and what stays is come to once each time.
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>

#define KEPT 300

static atomic_bool stop;
static atomic_uint turns;

/* Another thread: what it makes it takes away, and puts something else in its place. */
static void *change(void *arg)
{
    (void)arg;
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        char folder[64], inner[80], file[96];
        snprintf(folder, sizeof folder, "tree/%u/new", i % 7);
        snprintf(inner, sizeof inner, "%s/inner", folder);
        snprintf(file, sizeof file, "%s/file", inner);
        mkdir(folder, 0700);
        mkdir(inner, 0700);
        close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        unlink(file);
        rmdir(inner);
        close(open(inner, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        unlink(inner);
        rmdir(folder);
        if (symlink("..", folder) == 0)
            unlink(folder);
        atomic_fetch_add(&turns, 1);
    }
    return NULL;
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    unsigned char *seen = arg;

    if (entry->error)
        check_fail(__FILE__, __LINE__, "%s: %s", entry->path, nw_strerror(entry->error));
    if (!entry->leaving && strncmp(entry->name, "kept-", 5) == 0)
        CHECK_EQ(seen[atoi(entry->name + 5)]++, 0);
    return 0;
}

static void walk(unsigned flags)
{
    nw_walk_options options = {.flags = flags};
    unsigned char seen[KEPT] = {0};

    CHECK_EQ(nw_walk(&options, "tree", visit, seen), 0);
    for (int i = 0; i < KEPT; i++)
        CHECK_EQ(seen[i], 1);
}

static void measure(unsigned flags)
{
    nw_usage_options options = {.flags = flags};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(&options, "tree", &usage), 0);
    CHECK_EQ(usage.errors, 0);
    CHECK(usage.files >= KEPT && usage.files < KEPT + 100);
}

static void match(void)
{
    nw_paths paths;

    CHECK_EQ(nw_glob("tree/**/kept-*", 0, 0, &paths), 0);
    CHECK_EQ(paths.count, KEPT);
    nw_paths_finish(&paths);
}

static int first(void *arg)
{
    unsigned until = (unsigned)scaled(2000);
    pthread_t thread;

    (void)arg;
    CHECK_EQ(pthread_create(&thread, NULL, change, NULL), 0);
    do {
        walk(0);
        walk(NW_WALK_STAT);
        walk(NW_WALK_ORDERED | NW_WALK_STAT);
        measure(0);
        measure(NW_WALK_ORDERED);
        match();
    } while (atomic_load(&turns) < until);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    walk(NW_WALK_LEAVING);
    return 0;
}

int main(void)
{
    char path[64];

    check_enter_folder();
    CHECK_SYS(mkdir("tree", 0700));
    for (unsigned i = 0; i < 7; i++) {
        snprintf(path, sizeof path, "tree/%u", i);
        CHECK_SYS(mkdir(path, 0700));
    }
    for (unsigned i = 0; i < KEPT; i++) {
        snprintf(path, sizeof path, "tree/%u/kept-%u", i % 7, i);
        check_write_file(path, "x", 1);
    }
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
