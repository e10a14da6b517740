/* SPDX-License-Identifier: MIT */
/*
 * log.h on a file system that takes its time: no call makes the loop wait for it. See support/slow.h.
 *
 * ctest: cost=4 timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

static int with_log(const nw_log_options *options, int (*use)(nw_logger *logger))
{
    nw_logger *logger;
    int rc = nw_log_open(options, "slow/new", &logger);

    if (rc < 0)
        return rc;
    rc = use(logger);
    CHECK_EQ(nw_log_close(logger), 0);
    return rc;
}

static int use_log(nw_logger *logger)
{
    int rc = nw_log(logger, "%s", "text");

    if (rc == 0)
        rc = nw_log_flush(logger);
    return rc < 0 ? rc : nw_log_text(logger, "more", 4);
}

static int use_rotate(nw_logger *logger)
{
    int rc = nw_log(logger, "%s", "old");

    if (rc == 0)
        rc = nw_log_rotate(logger);
    return rc < 0 ? rc : nw_log(logger, "%s", "new");
}

static int use_reopen(nw_logger *logger)
{
    int rc = nw_log(logger, "%s", "old");

    if (rc == 0)
        rc = nw_log_reopen(logger);
    return rc < 0 ? rc : nw_log(logger, "%s", "new");
}

static int use_much(nw_logger *logger)
{
    for (int i = 0; i < 100; i++) {
        int rc = nw_log(logger, "entry %d of a hundred", i);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int call_log(void)
{
    return with_log(NULL, use_log);
}

static int call_each(void)
{
    const nw_log_options options = {.sync = NW_LOG_SYNC_EACH};

    return with_log(&options, use_log);
}

static int call_rotate(void)
{
    return with_log(NULL, use_rotate);
}

static int call_reopen(void)
{
    return with_log(NULL, use_reopen);
}

/* The queue is full again and again, and so are the files. */
static int call_much(void)
{
    const nw_log_options options = {
        .queue_bytes = 1024, .entry_limit_bytes = 512, .rotate_bytes = 2048, .keep = 1};

    return with_log(&options, use_much);
}

static const struct slow_call calls[] = {
    {"nw_log_open, nw_log, nw_log_flush, nw_log_close", call_log},
    {"nw_log, NW_LOG_SYNC_EACH", call_each},
    {"nw_log_rotate", call_rotate},
    {"nw_log_reopen", call_reopen},
    {"nw_log with a full queue and full files", call_much},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
