/* SPDX-License-Identifier: MIT */
/* No descriptor is left to look at a path with: that is an error, and not that nothing matches. */
#include "../support/runtime.h"
#include <sys/resource.h>

static int match(void *arg)
{
    static const char *const patterns[] = {"tree/a/file", "tree/a/", "tree/*/file", "tree/*", "tree/**", "*"};
    nw_paths paths;

    (void)arg;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        CHECK_EQ(nw_glob(patterns[i], 0, 0, &paths), -EMFILE);
    return 0;
}

static int match_again(void *arg)
{
    nw_paths paths;

    (void)arg;
    CHECK_EQ(nw_glob("tree/*/file", 0, 0, &paths), 0);
    CHECK_EQ(paths.count, 1);
    CHECK_STR(paths.items[0], "tree/a/file");
    nw_paths_finish(&paths);
    return 0;
}

static int first(void *arg)
{
    struct rlimit limit, none;

    (void)arg;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    none = limit;
    none.rlim_cur = 0;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &none));
    int rc = match(NULL);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    return rc < 0 ? rc : match_again(NULL);
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(mkdir("tree/a", 0700));
    check_write_file("tree/a/file", "x", 1);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
