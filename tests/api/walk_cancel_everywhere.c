/* SPDX-License-Identifier: MIT */
/*
 * Walks, listings, measuring and matching are cancelled after k turns of the loop, k = 0, 1, 2, ..., also
 * while the callback waits: no descriptor, no memory and no work of a thread stays behind.
 */
#include "../support/runtime.h"

#define DIRECTORIES 60
#define FILES       20

static void make_tree(void)
{
    char path[64];

    CHECK_SYS(mkdir("tree", 0700));
    for (int i = 0; i < DIRECTORIES; i++) {
        snprintf(path, sizeof path, "tree/%d", i);
        CHECK_SYS(mkdir(path, 0700));
        for (int j = 0; j < FILES; j++) {
            snprintf(path, sizeof path, "tree/%d/%d", i, j);
            check_write_file(path, "x", 1);
        }
    }
}

static int look(const nw_walk_entry *entry, void *arg)
{
    (void)arg;
    CHECK_EQ(entry->error, 0);
    CHECK_EQ(faccessat(entry->directory_fd, entry->name, F_OK, 0), 0);
    return 0;
}

static int look_and_wait(const nw_walk_entry *entry, void *arg)
{
    int rc = look(entry, arg);

    return rc < 0 || entry->name[0] != '7' ? rc : nw_yield();
}

static int walk(void *arg)
{
    nw_walk_options options = {.flags = *(unsigned *)arg};

    return nw_walk(&options, "tree", look, NULL);
}

static int walk_and_wait(void *arg)
{
    nw_walk_options options = {.flags = *(unsigned *)arg};

    return nw_walk(&options, "tree", look_and_wait, NULL);
}

static int list(void *arg)
{
    nw_paths names;
    int rc = nw_dir_list("tree", 0, &names);

    (void)arg;
    if (rc == 0)
        nw_paths_finish(&names);
    return rc;
}

static int iterate(void *arg)
{
    nw_dir_entry entry;
    nw_dir *dir;
    int rc = nw_dir_open("tree", &dir);

    (void)arg;
    if (rc < 0)
        return rc;
    while ((rc = nw_dir_next(dir, &entry)) > 0 && nw_yield() == 0)
        ;
    CHECK_EQ(nw_dir_close(dir), 0);
    return rc < 0 ? rc : 0;
}

static int tell(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    (void)path, (void)depth, (void)usage, (void)arg;
    return nw_yield();
}

static int measure(void *arg)
{
    unsigned flags = *(unsigned *)arg;
    nw_usage_options options = {.flags = flags & NW_WALK_ORDERED};
    nw_usage usage;

    if (flags)
        options.on_directory = options.on_file = tell;
    return nw_disk_usage(&options, "tree", &usage);
}

static int match(void *arg)
{
    nw_paths paths;
    int rc = nw_glob("**/[1-5]?/**", 0, 0, &paths);

    (void)arg;
    if (rc == 0)
        nw_paths_finish(&paths);
    return rc;
}

static nw_task_fn *const calls[] = {walk, walk_and_wait, list, iterate, measure, match};

static int cancel_after(nw_task_fn *fn, unsigned flags, int turns)
{
    int open_before = check_open_fds();
    nw_task *task = nw_spawn(fn, &flags);

    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
    nw_cancel(task);
    int rc = nw_await(task);
    CHECK(rc == 0 || rc == -ECANCELED);
    CHECK_EQ(check_open_fds(), open_before);
    return rc == -ECANCELED;
}

static int first(void *arg)
{
    static const unsigned flags[] = {0, NW_WALK_STAT | NW_WALK_LEAVING, NW_WALK_ORDERED};

    (void)arg;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (size_t j = 0; j < 3; j++) {
            int cancelled = 0;
            for (int turns = 0; turns < scaled(60); turns++)
                cancelled += cancel_after(calls[i], flags[j], turns);
            CHECK(cancelled > 0);
        }
    }
    return 0;
}

int main(void)
{
    check_enter_folder();
    make_tree();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
