/* SPDX-License-Identifier: MIT */
/*
 * The scout: adds up the sizes of all files, so that the progress line can tell how much is left.
 * Owns a task, which may be ended at any time.
 * Must not report anything: what cannot be read is the work's business.
 */
#include "sum.h"

#include "paths.h"

#include <string.h>

struct tally {
    uint64_t bytes;
};

static int add_size(const char *path, int64_t size_bytes, int error, void *context)
{
    struct tally *tally = context;
    (void)path;
    if (error == 0)
        tally->bytes += (uint64_t)size_bytes;
    return 0;
}

static int size_of(const struct scout *scout, const char *name, struct tally *tally)
{
    struct stat status;
    if (strcmp(name, "-") == 0)
        return 0;
    int rc = nw_stat(name, &status);
    if (rc == 0 && S_ISREG(status.st_mode))
        tally->bytes += (uint64_t)status.st_size;
    else if (rc == 0 && S_ISDIR(status.st_mode) && scout->recurse)
        return walk_files(name, true, add_size, tally);
    return rc == -ECANCELED ? rc : 0;
}

static int add_up(void *arg)
{
    struct scout *scout = arg;
    struct tally tally = {0};
    for (size_t i = 0; i < scout->count; i++) {
        int rc = size_of(scout, scout->names[i], &tally);
        if (rc < 0)
            return rc;
    }
    scout->progress->total_bytes = tally.bytes;
    return 0;
}

void scout_begin(struct scout *scout, enum progress_mode mode)
{
    scout->task = progress_wanted(mode) ? nw_spawn(add_up, scout) : NULL;
}

void scout_end(struct scout *scout)
{
    if (!scout->task)
        return;
    nw_cancel(scout->task);
    nw_await(scout->task);
}
