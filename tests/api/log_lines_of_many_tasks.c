/* SPDX-License-Identifier: MIT */
/*
 * A thousand tasks log: each line is whole, none is lost, each task's come in order. With a queue far too
 * small, too, in which all wait for room.
 */
#include "../support/runtime.h"

#define TASKS 1000

static nw_logger *logger;
static int each;

static int log_many(void *arg)
{
    int id = *(int *)arg;

    for (int i = 0; i < each; i++)
        CHECK_EQ(nw_log(logger, "task %d entry %d of some length", id, i), 0);
    return 0;
}

static void check_file(void)
{
    static int next[TASKS];
    char line[256];
    int id, number, lines = 0, end;
    FILE *file = fopen("log", "re");

    CHECK(file);
    memset(next, 0, sizeof next);
    while (fgets(line, sizeof line, file)) {
        CHECK_EQ(sscanf(line, "task %d entry %d of some length%n", &id, &number, &end), 2);
        CHECK_STR(line + end, "\n");
        CHECK(id >= 0 && id < TASKS);
        CHECK_EQ(number, next[id]++);
        lines++;
    }
    fclose(file);
    CHECK_EQ(lines, TASKS * each);
}

static int first(void *arg)
{
    static int ids[TASKS];
    nw_log_options options = {.time_format = "", .queue_bytes = *(size_t *)arg};
    nw_log_counters counters;

    unlink("log");
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    for (int i = 0; i < TASKS; i++)
        ids[i] = i;
    CHECK_EQ(nw_each(ids, TASKS, sizeof *ids, 0, log_many), 0);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.entries, TASKS * each);
    CHECK_EQ(counters.dropped, 0);
    CHECK_EQ(counters.queued_bytes, 0);
    CHECK_EQ(counters.syncs, 0);
    CHECK(counters.writes > 0 && counters.writes <= counters.entries);
    check_file();
    return 0;
}

int main(void)
{
    size_t queue_bytes = 0, few = 1000;

    check_enter_folder();
    each = scaled(200);
    CHECK_EQ(nw_run(first, &queue_bytes), 0);
    each = scaled(20);
    CHECK_EQ(nw_run(first, &few), 0);
    return 0;
}
