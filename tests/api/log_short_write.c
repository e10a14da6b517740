/* SPDX-License-Identifier: MIT */
/*
 * A write that stops in the middle of a line, here at the limit for the size of files: the torn part is cut
 * off, the error is told once, everything stays in the queue, and gets into the file as soon as it can.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

#define LINES 50

static nw_logger *logger;

static void allow(rlim_t bytes)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_FSIZE, &limit));
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &limit));
}

/* The file holds so many of the lines, whole. */
static void check_lines(int count)
{
    char text[LINES * 23 + 16] = "";

    for (int i = 0; i < count; i++)
        snprintf(text + 23 * i, sizeof text - 23 * (size_t)i, "this is line number %02d\n", i);
    check_file_holds("log", text, strlen(text));
}

static int log_lines(void *arg)
{
    (void)arg;
    for (int i = 0; i < LINES; i++)
        CHECK_EQ(nw_log(logger, "this is line number %02d", i), 0);
    return 0;
}

static void queue_keeps(void)
{
    nw_log_options options = {.time_format = ""};
    nw_log_counters counters;

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    allow(500);
    log_lines(NULL);
    CHECK_EQ(nw_log_flush(logger), -EFBIG);
    check_lines(500 / 23);
    CHECK_EQ(nw_log_stats(logger, &counters), 0);
    CHECK_EQ(counters.queued_bytes, (LINES - 500 / 23) * 23);
    allow(600);
    CHECK_EQ(nw_log_flush(logger), -EFBIG);
    check_lines(600 / 23);
    allow(RLIM_INFINITY);
    CHECK_EQ(nw_log_flush(logger), 0);
    check_lines(LINES);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(unlink("log"));
}

/* Nobody asks: it is tried again by itself, and the error goes to whoever comes next, once. */
static void tried_again(void)
{
    nw_log_options options = {.time_format = ""};
    nw_log_counters counters;
    int rc;

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    allow(0);
    CHECK_EQ(nw_log(logger, "one"), 0);
    while ((rc = nw_log(logger, "two")) == 0)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    CHECK_EQ(rc, -EFBIG);
    CHECK_EQ(nw_log(logger, "three"), 0);
    allow(RLIM_INFINITY);
    do {
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    } while (counters.queued_bytes > 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(unlink("log"));
}

static int log_one(void *arg)
{
    return nw_log(arg, "line");
}

/* All who wait for the disk are told. */
static void each_is_told(void)
{
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH};
    nw_task *tasks[3];

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    allow(0);
    for (int i = 0; i < 3; i++)
        tasks[i] = nw_spawn(log_one, logger);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), -EFBIG);
    allow(RLIM_INFINITY);
    CHECK_EQ(nw_log(logger, "line"), 0);
    check_file_holds("log", "line\nline\nline\nline\n", 20);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(unlink("log"));
}

/* Closed while nothing can be written: at once, and it is known what was lost. */
static void closed(void)
{
    nw_log_options options = {.time_format = ""};
    nw_log_counters counters;

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    allow(500);
    log_lines(NULL);
    CHECK_EQ(nw_log_flush(logger), -EFBIG);
    CHECK_EQ(nw_log_close_with(logger, &counters), -EFBIG);
    CHECK_EQ(counters.queued_bytes, (LINES - 500 / 23) * 23);
    CHECK_EQ(counters.bytes, 500 / 23 * 23);
    allow(RLIM_INFINITY);
    check_lines(500 / 23);
    CHECK_SYS(unlink("log"));
}

static int first(void *arg)
{
    (void)arg;
    queue_keeps();
    tried_again();
    each_is_told();
    closed();
    return 0;
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
