/* SPDX-License-Identifier: MIT */
/*
 * A forked child's copy of a log is dead: each call says so and writes nothing, it can be closed, and a log
 * of the child's own works; the parent's goes on. Also when another thread held the log's lock at the fork.
 *
 * ctest: no-sanitizer (in the child TSan starts no threads, and the lock of ASan's allocator stays as it was
 * at the fork)
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static nw_logger *logger;
static atomic_bool enough;

static void *log_all_the_time(void *arg)
{
    (void)arg;
    while (!atomic_load(&enough))
        CHECK_EQ(nw_log(logger, "parent"), 0);
    return NULL;
}

static int log_own(void *arg)
{
    nw_logger *own;

    (void)arg;
    CHECK_EQ(nw_log_open(NULL, "child", &own), 0);
    CHECK_EQ(nw_log(own, "child"), 0);
    return nw_log_close(own);
}

static void child(void)
{
    nw_log_counters counters;

    CHECK_EQ(nw_log(logger, "child"), NW_EFORKED);
    CHECK_EQ(nw_log_flush(logger), NW_EFORKED);
    CHECK_EQ(nw_log_reopen(logger), NW_EFORKED);
    CHECK_EQ(nw_log_rotate(logger), NW_EFORKED);
    CHECK_EQ(nw_log_stats(logger, &counters), NW_EFORKED);
    CHECK_EQ(nw_log_close(logger), NW_EFORKED);
    CHECK_EQ(nw_run(log_own, NULL), 0);
}

static int wait_for(void *arg)
{
    int status;

    CHECK_EQ(waitpid(*(pid_t *)arg, &status, 0), *(pid_t *)arg);
    return status;
}

static int join(void *arg)
{
    return pthread_join(*(pthread_t *)arg, NULL);
}

static int first(void *arg)
{
    nw_log_options options = {.time_format = "", .queue_bytes = 10000};
    nw_log_counters counters;
    struct stat status;
    pthread_t thread;

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(pthread_create(&thread, NULL, log_all_the_time, NULL), 0);
    for (int i = 0; i < scaled(30); i++) {
        pid_t pid = CHECK_SYS(fork());
        if (pid == 0) {
            child();
            _exit(0);
        }
        CHECK_EQ(nw_to_thread(wait_for, &pid), 0);
        CHECK_SYS(unlink("child"));
    }
    atomic_store(&enough, true);
    CHECK_EQ(nw_to_thread(join, &thread), 0); /* it may wait for room */
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_SYS(stat("log", &status));
    CHECK_EQ(status.st_size, counters.entries * 7);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
