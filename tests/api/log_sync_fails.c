/* SPDX-License-Identifier: MIT */
/*
 * A sync fails: each whose entry it was for is told, also when the file was rotated in between; the entries
 * are in the file, and are not written twice.
 *
 * ctest: no-qemu
 */
#include "../support/runtime.h"
#include "../support/seccomp.h"

static nw_logger *logger;

static int log_one(void *arg)
{
    return nw_log(logger, "%s", (const char *)arg);
}

static void each(int64_t rotate_bytes)
{
    static char text[] = "entry";
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH, .rotate_bytes = rotate_bytes};
    nw_log_counters counters;
    nw_task *tasks[6];

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    for (int i = 0; i < 6; i++)
        tasks[i] = nw_spawn(log_one, text);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(nw_await(tasks[i]), -EIO);
    CHECK_EQ(nw_log_flush(logger), 0); /* it was told */
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.bytes, 36);
    CHECK_EQ(counters.queued_bytes, 0);
    CHECK_EQ(counters.rotations, rotate_bytes ? 5 : 0);
}

/* Nobody waits: whoever comes next is told, once. */
static void interval(void)
{
    nw_log_options options = {.sync = NW_LOG_SYNC_INTERVAL, .sync_interval_ns = 1};
    nw_log_counters counters = {0};

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "one"), 0);
    while (counters.syncs == 0) {
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    }
    CHECK_EQ(nw_log_flush(logger), -EIO);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_close(logger), -EIO);
}

static int first(void *arg)
{
    (void)arg;
    each(0);
    CHECK_EQ(nw_unlink("log"), 0);
    each(6);
    interval();
    return 0;
}

int main(void)
{
    check_enter_folder();
    if (seccomp_forbid(__NR_fdatasync, EIO) < 0)
        check_skip("no seccomp: %s", strerror(errno));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
