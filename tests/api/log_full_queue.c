/* SPDX-License-Identifier: MIT */
/*
 * A queue that is full, because nobody reads the FIFO at its end: who waits is let in in order, or is
 * cancelled and then not accepted; who must not wait is dropped and counted, or refused.
 */
#include "../support/runtime.h"
#include <fcntl.h>

#define QUEUE 4096
#define LINE                                                                                                 \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static nw_logger *logger;
static int reader;

/* A log that is written to `fifo`, which takes no more. */
static void open_full(enum nw_log_full full)
{
    nw_log_options options = {.time_format = "", .full = NW_LOG_FAIL, .queue_bytes = QUEUE};
    nw_log_counters counters;

    options.full = full;
    CHECK_SYS(mkfifo("fifo", 0600));
    reader = CHECK_SYS(open("fifo", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    int writer = CHECK_SYS(open("fifo", O_WRONLY | O_CLOEXEC | O_NONBLOCK));
    while (write(writer, LINE, 100) > 0)
        ;
    while (write(writer, LINE, 1) > 0)
        ;
    close(writer);
    CHECK_EQ(nw_log_open(&options, "fifo", &logger), 0);
    do
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    while (counters.queued_bytes + sizeof LINE <= QUEUE && nw_log(logger, "%s", LINE) == 0);
    CHECK(counters.queued_bytes > QUEUE - sizeof LINE);
}

/* Read what comes up to the line. */
static int drain(void *arg)
{
    static char text[1 << 20];
    size_t size = 0;

    for (;;) {
        struct pollfd ready = {.fd = reader, .events = POLLIN};
        poll(&ready, 1, -1);
        ssize_t n = read(reader, text + size, sizeof text - 1 - size);
        if (n < 0)
            continue;
        size += (size_t)n;
        text[size] = '\0';
        char *end = strstr(text, "the end\n");
        if (end) {
            const char *begin = strstr(text, LINE "\n");
            CHECK(begin);
            while (strncmp(begin, LINE "\n", sizeof LINE) == 0)
                begin += sizeof LINE;
            snprintf(arg, 4096, "%.*s", (int)(end - begin), begin);
            return 0;
        }
    }
}

static void finish(const char *expected)
{
    static char said[4096];

    CHECK_EQ(nw_to_thread(drain, said), 0);
    CHECK_STR(said, expected);
    CHECK_EQ(nw_log_close(logger), 0);
    close(reader);
    CHECK_SYS(unlink("fifo"));
}

static int log_text(void *arg)
{
    return nw_log(logger, "%s", (const char *)arg);
}

static int log_end(void *arg)
{
    (void)arg;
    return nw_log(logger, "the end");
}

static void waiting(void)
{
    static char names[5][100] = {"one", "two", "three", "four", "five"};
    nw_task *tasks[5], *end;

    open_full(NW_LOG_WAIT);
    for (int i = 0; i < 5; i++) {
        memset(names[i] + strlen(names[i]), '.', 90 - strlen(names[i])); /* none fits beside the lines */
        tasks[i] = nw_spawn(log_text, names[i]);
    }
    yield_all();
    nw_cancel(tasks[2]);
    CHECK_EQ(nw_await(tasks[2]), -ECANCELED);
    end = nw_spawn(log_end, NULL);
    yield_all();
    for (int i = 0; i < 5; i++)
        CHECK(i == 2 || !nw_done(tasks[i]));
    CHECK(!nw_done(end)); /* though it might fit */
    char expected[512];
    snprintf(expected, sizeof expected, "%s\n%s\n%s\n%s\n", names[0], names[1], names[3], names[4]);
    finish(expected);
    CHECK_EQ(nw_await(end), 0);
    for (int i = 0; i < 5; i++)
        if (i != 2)
            CHECK_EQ(nw_await(tasks[i]), 0);
}

/* A task that is cancelled already logs as long as there is room, and does not wait. */
static int log_cancelled(void *arg)
{
    (void)arg;
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_log(logger, "%s", LINE), -ECANCELED);
    return 0;
}

static void waiting_is_refused(void)
{
    nw_deadline deadline;

    open_full(NW_LOG_WAIT);
    CHECK_EQ(nw_await(nw_spawn(log_cancelled, NULL)), 0);
    nw_deadline_begin(&deadline, 0);
    CHECK_EQ(nw_log(logger, "%s", LINE), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    nw_task *end = nw_spawn(log_end, NULL);
    finish("");
    CHECK_EQ(nw_await(end), 0);
}

static void dropping(void)
{
    nw_log_counters counters;

    open_full(NW_LOG_DROP);
    for (int i = 0; i < 7; i++)
        CHECK_EQ(nw_log(logger, "%s", LINE), 0);
    CHECK_EQ(nw_log_stats(logger, &counters), 0);
    CHECK_EQ(counters.dropped, 7);
    char text[100];
    while (read(reader, text, sizeof text) > 0)
        ;
    CHECK_EQ(nw_log_flush(logger), 0);
    log_end(NULL);
    CHECK_EQ(nw_log_stats(logger, &counters), 0);
    CHECK_EQ(counters.dropped, 7);
    finish("nowait: 7 entries dropped here: the log was full\n");
}

static void failing(void)
{
    open_full(NW_LOG_FAIL);
    CHECK_EQ(nw_log(logger, "%s", LINE), -EAGAIN);
    char text[100];
    while (read(reader, text, sizeof text) > 0)
        ;
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(log_end(NULL), 0);
    finish("");
}

static int first(void *arg)
{
    (void)arg;
    waiting();
    waiting_is_refused();
    dropping();
    failing();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
