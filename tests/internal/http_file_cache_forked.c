/* SPDX-License-Identifier: MIT */
/*
 * A task that serves files forks: the child lets go of its copy of the cache, and the parent serves on.
 *
 * ctest: no-tsan (it takes the child's threads for the parent's)
 */
#include <check.h>
#include <nowait.h>
#include <sys/wait.h>

#include "http/file_cache.h"

static struct nw__file_root root = {AT_FDCWD, 0};
static struct nw__file_caches caches;

static void touch(struct nw__file_cache *cache)
{
    struct nw__file *file;

    CHECK_EQ(nw__file_get(cache, &root, "file", false, &file), 0);
    nw__file_release(file);
}

static int fork_within(void *arg)
{
    touch(nw__file_caches_here(&caches));
    *(pid_t *)arg = CHECK_SYS(fork());
    if (*(pid_t *)arg > 0)
        touch(nw__file_caches_here(&caches));
    return 0;
}

static void a_forked_child_has_its_own(void)
{
    const struct nw__file_limits limits = {4, NW_SEC(1000)};
    int status;
    pid_t child;

    nw__file_caches_init(&caches, &limits);
    int rc = nw_run(fork_within, &child);
    nw__file_caches_finish(&caches);
    if (child == 0)
        _exit(rc == NW_EFORKED ? 0 : 1);
    CHECK_EQ(rc, 0);
    CHECK_SYS(waitpid(child, &status, 0));
    CHECK_EQ(status, 0);
}

int main(void)
{
    static char data[NW__FILE_KEPT_BYTES + 1];

    check_enter_folder();
    check_write_file("file", data, sizeof data);
    a_forked_child_has_its_own();
    return 0;
}
