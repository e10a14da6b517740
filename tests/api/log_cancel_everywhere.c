/* SPDX-License-Identifier: MIT */
/*
 * Every call of a log is cancelled after k turns of the loop, k = 0, 1, 2, ...: nothing leaks, an entry is
 * accepted or not, and a log that was opened is whole and can be used.
 */
#include "../support/runtime.h"

static nw_logger *logger;
static int accepted, attempts;

static int open_close(void *arg)
{
    nw_logger *own;
    nw_log_options options = {.sync = NW_LOG_SYNC_EACH};
    int rc = nw_log_open(&options, "own", &own);

    (void)arg;
    if (rc < 0)
        return rc;
    rc = nw_log(own, "entry");
    int closed = nw_log_close(own);
    CHECK_EQ(closed, 0);
    return rc;
}

static int add(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < 30 && rc == 0; i++) {
        attempts++;
        rc = nw_log(logger, "an entry that fills the queue fast");
        accepted += rc == 0;
    }
    return rc;
}

static int flush(void *arg)
{
    int rc = add(arg);

    return rc < 0 ? rc : nw_log_flush(logger);
}

static int rotate(void *arg)
{
    int rc = add(arg);

    return rc < 0 ? rc : nw_log_rotate(logger);
}

static nw_task_fn *const scenarios[] = {open_close, add, flush, rotate};

static int cancel_after(nw_task_fn *fn, int turns)
{
    nw_task *task = nw_spawn(fn, NULL);

    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
    nw_cancel(task);
    int rc = nw_await(task);
    CHECK(rc == 0 || rc == -ECANCELED);
    return rc == -ECANCELED;
}

static int lines_of(const char *path)
{
    FILE *file = fopen(path, "re");
    int c, lines = 0;

    while (file && (c = fgetc(file)) != EOF)
        lines += c == '\n';
    if (file)
        fclose(file);
    return lines;
}

static void with(enum nw_log_sync sync)
{
    nw_log_options options = {.queue_bytes = 200, .keep = 500};
    int open_before = check_open_fds();

    options.sync = sync;
    accepted = attempts = 0;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        int cancelled = 0;
        for (int turns = 0; turns < scaled(40); turns++)
            cancelled += cancel_after(scenarios[i], turns);
        CHECK(cancelled > 0);
    }
    nw_log_counters counters;
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    if (sync == NW_LOG_SYNC_NEVER)
        CHECK_EQ(counters.entries, accepted);
    CHECK(counters.entries >= (uint64_t)accepted && counters.entries <= (uint64_t)attempts);
    int lines = lines_of("log");
    char name[32];
    for (int i = 1; i < 500; i++) {
        snprintf(name, sizeof name, "log.%d", i);
        lines += lines_of(name);
        unlink(name);
    }
    CHECK_EQ(lines, counters.entries);
    CHECK_EQ(check_open_fds(), open_before);
    unlink("log");
    unlink("own");
    CHECK_EQ(check_count_entries("."), 0);
}

/* The one who closes is cancelled: all is written all the same. */
static int close_cancelled(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_log_open(NULL, "log", &logger), 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(nw_log(logger, "entry"), 0);
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_log(logger, "there is room"), 0);
    CHECK_EQ(nw_log_flush(logger), -ECANCELED);
    CHECK_EQ(nw_log_rotate(logger), -ECANCELED);
    CHECK_EQ(nw_log_reopen(logger), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_EQ(lines_of("log"), 101);
    return nw_interrupted();
}

static int first(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_exists("log"), 0);
    with(NW_LOG_SYNC_NEVER);
    with(NW_LOG_SYNC_INTERVAL);
    with(NW_LOG_SYNC_EACH);
    CHECK_EQ(nw_await(nw_spawn(close_cancelled, NULL)), -ECANCELED);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
