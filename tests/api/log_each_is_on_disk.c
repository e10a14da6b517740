/* SPDX-License-Identifier: MIT */
/*
 * NW_LOG_SYNC_EACH: an entry is in the file when its call returns, and one sync serves all who wait. At an
 * interval: a sync comes by itself, and nw_log_flush() does not wait for it.
 */
#include "../support/runtime.h"
#include <fcntl.h>

#define TASKS 200

static nw_logger *logger;
static int each;

static bool file_has(const char *line)
{
    static char text[1 << 20];
    int fd = CHECK_SYS(open("log", O_RDONLY | O_CLOEXEC));
    ssize_t n = read(fd, text, sizeof text - 1);

    CHECK(n >= 0);
    close(fd);
    text[n] = '\0';
    return strstr(text, line);
}

static int log_some(void *arg)
{
    char line[64];

    for (int i = 0; i < each; i++) {
        snprintf(line, sizeof line, "<task %d entry %d>", *(int *)arg, i);
        CHECK_EQ(nw_log(logger, "%s", line), 0);
        CHECK(file_has(line));
    }
    return 0;
}

static void sync_each(void)
{
    static int ids[TASKS];
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH};
    nw_log_counters counters;

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    for (int i = 0; i < TASKS; i++)
        ids[i] = i;
    CHECK_EQ(nw_each(ids, TASKS, sizeof *ids, 0, log_some), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.entries, TASKS * each);
    CHECK(counters.syncs >= 1 && counters.syncs <= counters.entries / 10);
}

static void sync_at_an_interval(void)
{
    nw_log_options options = {.sync = NW_LOG_SYNC_INTERVAL, .sync_interval_ns = 1};
    nw_log_counters counters = {0};

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "one"), 0);
    while (counters.syncs == 0) { /* nobody asks for it */
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    }
    CHECK_EQ(nw_log_close(logger), 0);

    options.sync_interval_ns = NW_FOREVER / 4;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "two"), 0);
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
    sync_each();
    sync_at_an_interval();
    return 0;
}

int main(void)
{
    check_enter_folder();
    each = scaled(20);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
