/* SPDX-License-Identifier: MIT */
/*
 * Durations of a watch may be as long as can be: gathered for ever is until the batch is full, or until it is
 * quiet; and quiet for ever is until the batch is full, or the time to gather is over.
 */
#include "../support/runtime.h"
#include <fcntl.h>

static void make(const char *path)
{
    CHECK_SYS(close(CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600))));
}

static nw_watch *open_watch(int64_t debounce_ns, int64_t gather_ns, size_t batch)
{
    nw_watch_options options = {
        .kinds = NW_WATCH_CREATED, .debounce_ns = debounce_ns, .gather_ns = gather_ns, .batch = batch};
    nw_watch *watch;

    CHECK_EQ(nw_watch_open(&options, ".", &watch), 0);
    return watch;
}

/* One event is not handed out before there is another. */
static void full(void)
{
    nw_watch *watch = open_watch(NW_FOREVER, NW_FOREVER, 2);
    const nw_watch_event *events;
    nw_deadline deadline;
    size_t count;

    make("a");
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_watch_next(watch, &events, &count), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    make("b");
    CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
    CHECK_EQ(count, 2);
    CHECK_STR(events[0].path, "./a");
    CHECK_STR(events[1].path, "./b");
    CHECK_EQ(nw_watch_close(watch), 0);
}

static void one(int64_t debounce_ns, int64_t gather_ns, const char *path)
{
    nw_watch *watch = open_watch(debounce_ns, gather_ns, 0);
    const nw_watch_event *events;
    size_t count;

    make(path);
    int64_t begin_ns = nw_now();
    CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
    CHECK(nw_now() - begin_ns >= NW_MS(10));
    CHECK_EQ(count, 1);
    CHECK_EQ(nw_watch_close(watch), 0);
}

static int test(void *arg)
{
    (void)arg;
    full();
    one(NW_MS(20), NW_FOREVER, "c");
    one(NW_FOREVER, NW_MS(20), "d");
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
