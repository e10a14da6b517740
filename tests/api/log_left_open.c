/* SPDX-License-Identifier: MIT */
/*
 * A log that is not closed before its loop ends: tasks log while they are cancelled, all of it is written,
 * threads that still log get an error, and nothing waits for ever. It can be closed afterwards.
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>

static nw_logger *logger;
static nw_loop *loop;

static int log_when_cancelled(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    CHECK_EQ(nw_log(logger, "cancelled"), 0);
    return 0;
}

static int first(void *arg)
{
    nw_log_options options = {.time_format = ""};

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    nw_detach(nw_spawn(log_when_cancelled, NULL));
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_log(logger, "last"), 0);
    return 0;
}

static void after_a_run(void)
{
    nw_log_counters counters;

    CHECK_EQ(nw_run(first, NULL), 0);
    check_file_holds("log", "last\ncancelled\n", 15);
    CHECK_EQ(nw_log(logger, "too late"), NW_ESHUTDOWN);
    CHECK_EQ(nw_log_flush(logger), NW_ESHUTDOWN);
    CHECK_EQ(nw_log_rotate(logger), NW_ESHUTDOWN);
    CHECK_EQ(nw_log_reopen(logger), NW_ESHUTDOWN);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.entries, 2);
    CHECK_EQ(counters.queued_bytes, 0);
    CHECK_SYS(unlink("log"));
}

static int open_here(void *arg)
{
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH};

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    return 0;
}

static atomic_int logged;

static void *log_until_refused(void *arg)
{
    int rc;

    (void)arg;
    while ((rc = nw_log(logger, "line")) == 0)
        atomic_fetch_add(&logged, 1);
    CHECK_EQ(rc, NW_ESHUTDOWN);
    return NULL;
}

/* Threads are in the middle of calls when the loop goes. */
static void while_threads_log(void)
{
    pthread_t threads[4];
    nw_log_counters counters;

    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK_EQ(nw_loop_call(loop, open_here, NULL), 0);
    while (!logger)
        CHECK(nw_loop_dispatch(loop) >= 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, log_until_refused, NULL), 0);
    while (atomic_load(&logged) < 100)
        CHECK(nw_loop_dispatch(loop) >= 0);
    nw_loop_destroy(loop);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK(counters.entries >= (uint64_t)atomic_load(&logged));
    CHECK_EQ(counters.bytes, counters.entries * 5);
}

int main(void)
{
    check_enter_folder();
    after_a_run();
    logger = NULL;
    while_threads_log();
    return 0;
}
