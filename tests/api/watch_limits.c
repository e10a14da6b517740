/* SPDX-License-Identifier: MIT */
/*
 * More events than the kernel keeps: told as lost, once, and what comes then is told again. More directories
 * than the user may watch (in a user namespace with a limit of its own): told with the error.
 */
#define _GNU_SOURCE
#include "../support/runtime.h"
#include <sched.h>

static void make(const char *path)
{
    CHECK_SYS(close(CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600))));
}

static void limit(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        check_skip("%s: %s", path, strerror(errno));
    close(fd);
}

static long queue_limit(void)
{
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    long count = 0;

    if (!file || fscanf(file, "%ld", &count) != 1 || count > 100000)
        check_skip("the kernel keeps too many events");
    fclose(file);
    return count;
}

/* Until `kind` is told; how often it was in that batch. */
static int await_kind(nw_watch *watch, unsigned kind, nw_watch_event *event_out)
{
    const nw_watch_event *events;
    size_t count;
    int found = 0;

    while (!found) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        for (size_t i = 0; i < count; i++) {
            if (!(events[i].kinds & kind))
                continue;
            if (event_out)
                *event_out = events[i];
            found++;
        }
    }
    return found;
}

static int overflow(void *arg)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = -1, .kinds = NW_WATCH_CREATED};
    nw_watch_event event;
    nw_watch *watch;
    long count = queue_limit();

    (void)arg;
    CHECK_SYS(mkdir("t", 0700));
    CHECK_SYS(mkdir("t/sub", 0700));
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);
    for (long i = 0; i < count; i++) { /* two events each, which do not merge */
        char path[64];
        snprintf(path, sizeof path, "t/%ld", i & 1);
        make(path);
        unlink(path);
    }
    CHECK_SYS(mkdir("t/sub/unseen", 0700)); /* this event was lost */
    CHECK_EQ(await_kind(watch, NW_WATCH_OVERFLOW, &event), 1);
    CHECK_STR(event.path, "t");
    CHECK_EQ(event.error, 0);
    make("t/sub/unseen/f");
    CHECK_EQ(await_kind(watch, NW_WATCH_CREATED, &event), 1);
    CHECK_STR(event.path, "t/sub/unseen/f");
    CHECK_EQ(nw_watch_close(watch), 0);
    return 0;
}

static int too_many(void *arg)
{
    nw_watch_options options = {.recursive = true};
    nw_watch_event event;
    nw_watch *watch, *other;

    (void)arg;
    CHECK_SYS(mkdir("many", 0700));
    for (int i = 0; i < 20; i++) {
        char path[64];
        snprintf(path, sizeof path, "many/%d", i);
        CHECK_SYS(mkdir(path, 0700));
    }
    CHECK_EQ(nw_watch_open(&options, "many", &watch), 0);
    CHECK_EQ(await_kind(watch, NW_WATCH_OVERFLOW, &event), 11); /* the root and nine others are watched */
    CHECK_EQ(event.error, -ENOSPC);
    CHECK_EQ(nw_watch_open(&options, "t", &other), -ENOSPC);
    make("many/f");
    CHECK_EQ(await_kind(watch, NW_WATCH_CREATED, &event), 1);
    CHECK_STR(event.path, "many/f");
    CHECK_SYS(mkdir("many/new", 0700));
    CHECK_EQ(await_kind(watch, NW_WATCH_OVERFLOW, &event), 1);
    CHECK_STR(event.path, "many/new");
    CHECK_EQ(nw_watch_close(watch), 0);
    CHECK_EQ(nw_watch_open(&options, "t", &other), 0);
    CHECK_EQ(nw_watch_close(other), 0);
    return 0;
}

static int instances(void *arg)
{
    nw_watch *watch, *other;

    (void)arg;
    CHECK_EQ(nw_watch_open(NULL, "t", &watch), 0);
    CHECK_EQ(nw_watch_open(NULL, "t", &other), -EMFILE);
    CHECK_EQ(nw_watch_close(watch), 0);
    return 0;
}

int main(void)
{
    int error = 0;

    check_enter_folder();
    if (unshare(CLONE_NEWUSER) < 0) /* before there are threads */
        error = errno;
    CHECK_EQ(nw_run(overflow, NULL), 0);
    if (error)
        check_skip("no user namespaces here: %s", strerror(error));
    limit("/proc/sys/user/max_inotify_watches", "10");
    CHECK_EQ(nw_run(too_many, NULL), 0);
    limit("/proc/sys/user/max_inotify_instances", "1");
    CHECK_EQ(nw_run(instances, NULL), 0);
    return 0;
}
