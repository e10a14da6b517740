/* SPDX-License-Identifier: MIT */
/*
 * What is watched goes away: told, and then there is nothing more. Cancelled and timed out waits lose
 * nothing. Closing turns out the one who waits. One waits at a time.
 */
#include "../support/runtime.h"

static nw_watch *watch;

static int wait_next(void *arg)
{
    const nw_watch_event **events = arg;
    size_t count;
    int rc = nw_watch_next(watch, events, &count);

    return rc < 0 ? rc : (int)count;
}

static void gone(bool recursive, bool moved)
{
    nw_watch_options options = {.recursive = recursive};
    const nw_watch_event *events;
    size_t count;

    CHECK_SYS(mkdir("t", 0700));
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);
    if (moved)
        CHECK_SYS(rename("t", "u"));
    else
        CHECK_SYS(rmdir("t"));
    do {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
    } while (!(events[count - 1].kinds & NW_WATCH_GONE));
    CHECK_STR(events[count - 1].path, "t");
    CHECK_EQ(events[count - 1].directory, true);
    CHECK_EQ(nw_watch_next(watch, &events, &count), -ENOENT);
    CHECK_EQ(nw_watch_close(watch), 0);
    rmdir("u");
}

static void cancelled(void)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = NW_SEC(3600), .gather_ns = NW_SEC(3600)};
    const nw_watch_event *events;
    nw_deadline deadline;
    size_t count;
    nw_task *task;
    int seen = 0;

    CHECK_SYS(mkdir("t", 0700));
    options.batch = 3;
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);
    for (int i = 0; i < 300; i++) {
        char path[64];
        snprintf(path, sizeof path, "t/%d", i);
        CHECK_SYS(mkdir(path, 0700));
        task = nw_spawn(wait_next, &events);
        for (int k = 0; k < i % 17 && !nw_done(task); k++)
            CHECK_EQ(k % 3 == 2 ? nw_sleep(NW_US(50)) : nw_yield(), 0);
        nw_cancel(task);
        int rc = nw_await(task);
        CHECK(rc > 0 || rc == -ECANCELED);
        for (int k = 0; k < rc; k++) {
            snprintf(path, sizeof path, "t/%d", seen++);
            CHECK_STR(events[k].path, path);
            CHECK_EQ(events[k].kinds, NW_WATCH_CREATED);
        }
    }
    while (seen < 300) {
        char path[64];
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        for (size_t k = 0; k < count; k++) {
            snprintf(path, sizeof path, "t/%d", seen++);
            CHECK_STR(events[k].path, path);
        }
    }
    nw_deadline_begin(&deadline, NW_MS(1));
    CHECK_EQ(nw_watch_next(watch, &events, &count), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_watch_close(watch), 0);
    CHECK_EQ(nw_remove_tree("t"), 0);
}

static void opening_cancelled(void)
{
    nw_watch_options options = {.recursive = true};
    int open_before, opened = 0;

    CHECK_EQ(nw_mkdirs("t/a/b/c/d", 0700), 0);
    open_before = check_open_fds();
    for (int turns = 0; turns < 1000 && !opened; turns++) {
        nw_deadline deadline;
        nw_deadline_begin(&deadline, NW_US(turns * 10));
        int rc = nw_watch_open(&options, "t", &watch);
        (void)nw_deadline_end(&deadline);
        CHECK(rc == 0 || rc == -ETIMEDOUT);
        opened = rc == 0;
        if (opened)
            CHECK_EQ(nw_watch_close(watch), 0);
        CHECK_EQ(check_open_fds(), open_before);
    }
    CHECK_EQ(nw_remove_tree("t"), 0);
}

static void closed_while_waiting(bool busily)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = -1};
    const nw_watch_event *events, *others;
    size_t count;
    nw_task *task;

    CHECK_SYS(mkdir("t", 0700));
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);
    task = nw_spawn(wait_next, &events);
    if (busily) /* it is about to be added by a worker */
        CHECK_EQ(nw_mkdirs("t/a/b/c", 0700), 0);
    else
        yield_all();
    if (!nw_done(task))
        CHECK_EQ(nw_watch_next(watch, &others, &count), -EBUSY);
    CHECK_EQ(nw_watch_close(watch), 0);
    int rc = nw_await(task);
    CHECK(rc == NW_ECLOSED || (busily && rc > 0));
    CHECK_EQ(nw_remove_tree("t"), 0);
}

static int close_it(void *arg)
{
    CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
    return nw_watch_close(*(nw_watch **)arg);
}

static void closed_by_one_who_is_cancelled(void)
{
    nw_task *task;

    CHECK_EQ(nw_watch_open(NULL, ".", &watch), 0);
    task = nw_spawn(close_it, &watch);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 0);
}

static int first(void *arg)
{
    int open_before;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    open_before = check_open_fds();
    for (int i = 0; i < 4; i++)
        gone(i & 1, i & 2);
    cancelled();
    opening_cancelled();
    closed_while_waiting(false);
    closed_while_waiting(true);
    closed_by_one_who_is_cancelled();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
