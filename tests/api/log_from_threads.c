/* SPDX-License-Identifier: MIT */
/*
 * Plain threads, tasks of several loops and all of the pool's workers log at once, while the owner's loop
 * does nothing else: no line is lost or torn, each one's are in order; also with a queue in which nearly
 * everybody waits, and when each waits for the disk.
 */
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>

#define WRITERS 24

static nw_logger *logger;
static int each;
static atomic_int working;

static int log_lines(void *arg)
{
    for (int i = 0; i < each; i++)
        CHECK_EQ(nw_log(logger, "%d %d", *(int *)arg, i), 0);
    return 0;
}

static void *thread(void *arg)
{
    log_lines(arg);
    return NULL;
}

static int worker(void *arg)
{
    return nw_to_thread(log_lines, arg);
}

static int on_another_loop(void *arg)
{
    log_lines(arg);
    atomic_fetch_sub(&working, 1);
    return 0;
}

static int join(void *arg)
{
    return pthread_join(*(pthread_t *)arg, NULL);
}

static void check_file(void)
{
    int next[WRITERS] = {0}, id, number, lines = 0;
    char line[64], end;
    FILE *file = fopen("log", "re");

    CHECK(file);
    while (fgets(line, sizeof line, file)) {
        CHECK_EQ(sscanf(line, "%d %d%c", &id, &number, &end), 3);
        CHECK(end == '\n' && id >= 0 && id < WRITERS);
        CHECK_EQ(number, next[id]++);
        lines++;
    }
    fclose(file);
    CHECK_EQ(lines, WRITERS * each);
}

/* A third of the writers are threads, a third workers, a third tasks of the loops. */
static void run_all(const nw_log_options *options)
{
    static int ids[WRITERS];
    pthread_t threads[WRITERS];
    nw_task *tasks[WRITERS];

    CHECK_EQ(nw_log_open(options, "log", &logger), 0);
    atomic_store(&working, WRITERS / 3);
    for (int i = 0; i < WRITERS; i++) {
        ids[i] = i;
        if (i % 3 == 0)
            CHECK_EQ(pthread_create(&threads[i], NULL, thread, &ids[i]), 0);
        else if (i % 3 == 1)
            tasks[i] = nw_spawn(worker, &ids[i]);
        else
            CHECK_EQ(nw_loop_call(nw_loop_at((unsigned)i % nw_loop_count()), on_another_loop, &ids[i]), 0);
    }
    for (int i = 1; i < WRITERS; i += 3)
        CHECK_EQ(nw_await(tasks[i]), 0);
    while (atomic_load(&working) > 0)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    for (int i = 0; i < WRITERS; i += 3)
        CHECK_EQ(nw_to_thread(join, &threads[i]), 0); /* they need this loop meanwhile */
    CHECK_EQ(nw_log_close(logger), 0);
    check_file();
    CHECK_SYS(unlink("log"));
}

/* One thread, and a loop that sleeps. */
static void wake_a_sleeping_loop(void)
{
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH};
    pthread_t other;
    int id = 0;

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(pthread_create(&other, NULL, thread, &id), 0);
    CHECK_EQ(nw_to_thread(join, &other), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(unlink("log"));
}

static int first(void *arg)
{
    nw_log_options options = {.time_format = ""};

    (void)arg;
    each = scaled(100);
    wake_a_sleeping_loop();
    each = scaled(2000);
    run_all(&options);
    options.queue_bytes = 64;
    each = scaled(200);
    run_all(&options);
    options.sync = NW_LOG_SYNC_EACH;
    each = scaled(100);
    run_all(&options);
    return 0;
}

int main(void)
{
    const nw_run_options options = {.loops = 3, .pool_threads = 2};

    check_enter_folder();
    CHECK_EQ(nw_run_with(&options, first, NULL), 0);
    return 0;
}
