/* SPDX-License-Identifier: MIT */
/*
 * A tree is measured by several workers, while one request for memory fails and the caller is busy with what
 * it was told: the failure is not lost between two looks at the workers. The sums are right, or an error.
 */
#define _GNU_SOURCE
#include <nowait.h>

#include "fault.h"

#define DIRECTORIES 12

static void make_tree(void)
{
    char path[32];

    CHECK_SYS(mkdir("tree", 0700));
    for (int i = 0; i < DIRECTORIES; i++) {
        snprintf(path, sizeof path, "tree/%d", i);
        CHECK_SYS(mkdir(path, 0700));
        snprintf(path, sizeof path, "tree/%d/a", i);
        check_write_file(path, "1", 1);
        snprintf(path, sizeof path, "tree/%d/b", i);
        check_write_file(path, "1", 1);
    }
}

/* Meanwhile workers come back, and nobody waits for them. */
static int on_file(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    (void)path, (void)depth, (void)usage, (void)arg;
    return nw_sleep(NW_MS(1));
}

static int measure(void *arg)
{
    const nw_usage_options options = {.parallel = 3, .on_file = on_file};
    nw_usage usage = {0};
    int rc = nw_disk_usage(&options, "tree", &usage);

    (void)arg;
    CHECK(rc < 0 || (usage.files == 2 * DIRECTORIES && usage.directories == 1 + DIRECTORIES));
    CHECK(rc < 0 || usage.errors == 0);
    return rc;
}

int main(void)
{
    check_enter_folder();
    make_tree();
    fault_run(measure);
    return 0;
}
