/* SPDX-License-Identifier: MIT */
/*
 * With few descriptors left a walk needs less of them; with none, what cannot be read is told with -EMFILE,
 * and the walk goes on. Nothing is come to twice, and nothing leaks.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

#define LEVELS 40

struct count {
    int entries;
    int errors;
};

static void make_tree(void)
{
    char path[LEVELS * 2 + 32] = "tree";

    CHECK_SYS(mkdir(path, 0700));
    for (int i = 0; i < LEVELS; i++) {
        size_t length = strlen(path);
        strcpy(path + length, "/f");
        check_write_file(path, "x", 1);
        strcpy(path + length, "/z");
        CHECK_SYS(mkdir(path, 0700));
        strcpy(path + length, "/d");
        CHECK_SYS(mkdir(path, 0700));
    }
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    struct count *count = arg;

    if (entry->error) {
        CHECK_EQ(entry->error, -EMFILE);
        count->errors++;
    } else if (!entry->leaving) {
        count->entries++;
    }
    return 0;
}

static int on_error(const char *path, int error, void *arg)
{
    (void)path;
    CHECK_EQ(error, -EMFILE);
    ++*(int *)arg;
    return 0;
}

/* With `spare` descriptors. Returns: whether all was seen. */
static bool try_with(int spare, unsigned flags)
{
    nw_walk_options options = {.flags = flags, .parallel = 4};
    nw_usage_options usage_options = {.flags = flags & NW_WALK_ORDERED, .parallel = 4, .on_error = on_error};
    struct count count = {0};
    int errors = 0, open_before = check_open_fds();
    nw_usage usage = {0};
    struct rlimit limit, low;

    usage_options.arg = &errors;
    int lowest = CHECK_SYS(open("/", O_PATH | O_CLOEXEC));
    close(lowest);
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    low = limit;
    low.rlim_cur = (rlim_t)(lowest + spare);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &low));
    int walked = nw_walk(&options, "tree", visit, &count);
    int measured = nw_disk_usage(&usage_options, "tree", &usage);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));

    CHECK(walked == 0 || walked == -EMFILE);
    CHECK(measured == 0 || measured == -EMFILE);
    CHECK(count.entries <= 1 + 3 * LEVELS);
    CHECK_EQ(usage.errors, errors);
    CHECK_EQ(check_open_fds(), open_before);
    if (walked == 0 && count.errors == 0)
        CHECK_EQ(count.entries, 1 + 3 * LEVELS);
    if (measured == 0 && errors == 0)
        CHECK_EQ(usage.files + usage.directories, 1 + 3 * LEVELS);
    return walked == 0 && count.errors == 0 && measured == 0 && errors == 0;
}

static int first(void *arg)
{
    static const unsigned flags[] = {0, NW_WALK_STAT | NW_WALK_LEAVING, NW_WALK_ORDERED | NW_WALK_LEAVING};

    (void)arg;
    for (int i = 0; i < 3; i++) {
        CHECK(try_with(100, flags[i])); /* all threads are there afterwards */
        CHECK(!try_with(0, flags[i]));
        for (int spare = 1; spare < 30; spare++) {
            bool all = try_with(spare, flags[i]);
            CHECK(all || spare < 20); /* four workers with three each, and some at rest */
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
