/* SPDX-License-Identifier: MIT */
/*
 * A tree is watched while one request for memory or for a thread fails: opening fails, or whatever happens is
 * told all the same, or it is told that something was lost; and the end is always told.
 */
#include <nowait.h>

#include "fault.h"

/* Outputs: whether the event, or a loss, was among what was told. */
static int next(nw_watch *watch, unsigned kind, const char *path, bool *found_out)
{
    const nw_watch_event *events;
    size_t count;
    int rc = nw_watch_next(watch, &events, &count);

    for (size_t i = 0; rc == 0 && i < count; i++) {
        if (events[i].kinds & NW_WATCH_OVERFLOW)
            *found_out = true;
        if (events[i].kinds & kind && strcmp(events[i].path, path) == 0)
            *found_out = true;
    }
    return rc;
}

/* Nothing is lost when it fails: the next call goes on. */
static int await(nw_watch *watch, unsigned kind, const char *path)
{
    bool found = false;
    int rc = 0, failures = 0;

    while (!found && failures < 3) {
        rc = next(watch, kind, path, &found);
        CHECK(rc == 0 || failed(rc));
        failures += rc < 0;
    }
    return rc;
}

static void clear(void)
{
    remove("t/z/b/g");
    remove("t/a/b/f");
    remove("t/z/b/f");
    remove("t/a/b");
    remove("t/z/b");
    remove("t/a");
    remove("t/z");
}

/* What was watched goes: told before there is nothing more, whatever fails. */
static int await_end(nw_watch *watch)
{
    const nw_watch_event *events;
    size_t count;
    bool gone = false;
    int rc = 0, failures = 0;

    clear();
    CHECK_SYS(rmdir("t"));
    while (rc != -ENOENT && failures < 3) {
        rc = nw_watch_next(watch, &events, &count);
        CHECK(rc == 0 || rc == -ENOENT || failed(rc));
        failures += failed(rc);
        for (size_t i = 0; rc == 0 && i < count; i++)
            gone = gone || events[i].kinds & NW_WATCH_GONE;
    }
    CHECK(rc != -ENOENT || gone);
    return rc == -ENOENT ? 0 : rc;
}

static int happen(void)
{
    CHECK_SYS(mkdir("t/a", 0700));
    CHECK_SYS(mkdir("t/a/b", 0700));
    check_write_file("t/a/b/f", "x", 1);
    return 0;
}

static int watch_tree(void *arg)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = NW_MS(1)};
    nw_watch *watch;
    int rc = nw_watch_open(&options, "t", &watch);

    (void)arg;
    if (rc < 0)
        return rc;
    happen();
    rc = await(watch, NW_WATCH_CREATED, "t/a/b/f");
    if (rc == 0) {
        CHECK_SYS(rename("t/a", "t/z"));
        rc = await(watch, NW_WATCH_MOVED, "t/z");
    }
    if (rc == 0) {
        check_write_file("t/z/b/g", "x", 1);
        rc = await(watch, NW_WATCH_CREATED, "t/z/b/g");
    }
    if (rc == 0)
        rc = await_end(watch);
    nw_watch_close(watch);
    return rc;
}

int main(void)
{
    int before;

    CHECK(mkdir("t", 0700) == 0 || errno == EEXIST);
    clear();
    before = check_open_fds();
    fault_run_once(watch_tree);
    CHECK_EQ(check_open_fds(), before);
    CHECK(mkdir("t", 0700) == 0 || errno == EEXIST);
    clear();
    CHECK_EQ(nw_run(watch_tree, NULL), 0);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}
