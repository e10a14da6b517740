/* SPDX-License-Identifier: MIT */
/*
 * Options as large as can be: a limit of entries that is none leaves a good end of a file alone and cuts off
 * a torn one, and an interval that is for ever syncs when it is asked to, and at the close.
 */
#include "../support/runtime.h"

static nw_logger *logger;

static void check_repair(size_t entry_limit_bytes)
{
    nw_log_options options = {.time_format = "", .entry_limit_bytes = entry_limit_bytes};
    char torn[10000] = "one\n";

    check_write_file("log", "one\n", 4);
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_file_holds("log", "one\ntwo\n", 8);

    memset(torn + 4, 'x', sizeof torn - 4);
    check_write_file("log", torn, sizeof torn);
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_file_holds("log", "one\n", 4);
}

static void interval(void)
{
    nw_log_options options = {.sync = NW_LOG_SYNC_INTERVAL, .sync_interval_ns = NW_FOREVER};
    nw_log_counters counters = {0};

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "one"), 0);
    while (counters.writes == 0) {
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    }
    CHECK_EQ(nw_log(logger, "two"), 0);
    while (counters.writes == 1) {
        CHECK_EQ(nw_yield(), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    }
    CHECK_EQ(counters.syncs, 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log_stats(logger, &counters), 0);
    CHECK_EQ(counters.syncs, 1);
    CHECK_EQ(nw_log(logger, "three"), 0);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.syncs, 2);
}

static int first(void *arg)
{
    (void)arg;
    check_repair(SIZE_MAX);
    check_repair(INT64_MAX);
    check_repair((size_t)INT64_MAX + 1);
    interval();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
