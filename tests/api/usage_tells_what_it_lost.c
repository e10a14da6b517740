/* SPDX-License-Identifier: MIT */
/*
 * A directory that is read in parts cannot be opened again for the rest of it: that is told, and counted as
 * an error.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

#define LEVELS    12   /* more than stay open */
#define BIG_FILES 3000 /* on either side of the way down: more than are read at a time */
#define TOLD      1200 /* at the bottom: so many that no worker goes on before the first one was told */

static struct rlimit limit;
static bool closed;

static void make_files(const char *directory, int first, int count)
{
    char path[256];

    for (int i = first; i < first + count; i++) {
        snprintf(path, sizeof path, "%s/%x", directory, i);
        CHECK_SYS(mknod(path, S_IFREG | 0600, 0));
    }
}

static void make_tree(void)
{
    char path[128] = "tree/big";

    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(mkdir(path, 0700));
    make_files(path, 0, BIG_FILES);
    for (int i = 0; i < LEVELS; i++) {
        strcat(path, "/down");
        CHECK_SYS(mkdir(path, 0700));
    }
    make_files(path, 0, TOLD);
    make_files("tree/big", BIG_FILES, BIG_FILES);
}

static int on_file(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    const struct rlimit none = {0, limit.rlim_max};

    (void)path, (void)usage, (void)arg;
    if (depth > LEVELS && !closed) {
        closed = true;
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &none));
    }
    return 0;
}

static int on_error(const char *path, int error, void *arg)
{
    CHECK_STR(path, "tree/big");
    CHECK_EQ(error, -EMFILE);
    ++*(int *)arg;
    return 0;
}

static void rest_of_a_directory(void)
{
    int errors = 0;
    const nw_usage_options options = {
        .parallel = 1, .on_file = on_file, .on_error = on_error, .arg = &errors};
    nw_usage usage = {0};

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQ(nw_disk_usage(&options, "tree", &usage), 0);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK(closed);
    CHECK_EQ(usage.errors, errors);
    CHECK(errors > 0 || usage.files == 2 * BIG_FILES + TOLD);
}

static int first(void *arg)
{
    (void)arg;
    rest_of_a_directory();
    return 0;
}

int main(void)
{
    check_enter_folder();
    make_tree();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
