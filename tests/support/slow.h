/* SPDX-License-Identifier: MIT */
/*
 * Calls on a slow file system (slowfs.h): none of them may make the loop's thread wait for it, each can be
 * cancelled at every request and leaves nothing behind, and a run ends with all of them under way. A test is
 * a table of calls and slow_main().
 *
 * What is checked is no time. First: the file system knows which thread asks, and the loop's may never be the
 * one. Second: that thread may not wait for a lock either that is held by somebody who asks. A heartbeat has
 * the loop's thread run every millisecond; when it is asleep in the middle of a request and at its end, and
 * has not run once in between, then the request is not answered until it does. A thread that sleeps because
 * its machine is busy, or that waits for a lock whose owner does, goes on all the same; one that waits for
 * the answer cannot.
 */
#ifndef NW_TESTS_SLOW_H
#define NW_TESTS_SLOW_H

#include "runtime.h"
#include "slowfs.h"
#include <sys/syscall.h>

#define SLOW_DELAY_NS   NW_MS(5)
#define SLOW_CANCEL_NS  NW_MS(2)
#define SLOW_FILE_BYTES (300 * 1024)

/*
 * A call, or a few, in the folder that slow_prepare() made. 0, or what the call returned: when it is not
 * cancelled, anything else is a failure. It closes and frees what it got, cancelled or not.
 */
struct slow_call {
    const char *name;
    int (*call)(void);
};

/*
 * The folder before each call: slow/file (SLOW_FILE_BYTES, all 'f'), slow/link to it, slow/dir/sub/leaf,
 * slow/dir/other (of 5 bytes each), slow/empty/. Calls may make what begins with "new", and nothing else may
 * be found in slow/ after them. "out/" is on another file system.
 */
static struct slowfs *slow_fs;
static const struct slow_call *slow_calls;
static size_t slow_calls_count;
static int64_t slow_gap_ns; /* the longest sleep that the heartbeat saw: for people to read, not checked */

static void slow_empty(const char *path)
{
    char name[PATH_MAX];
    struct dirent *entry;
    DIR *folder = opendir(path);

    CHECK(folder);
    while ((entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        CHECK((size_t)snprintf(name, sizeof name, "%s/%s", path, entry->d_name) < sizeof name);
        CHECK_EQ(nftw(name, check_remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
    }
    closedir(folder);
}

/* By blocking calls: the file system is quick meanwhile, and nobody watches. */
static void slow_prepare(void)
{
    static char data[SLOW_FILE_BYTES];

    slowfs_delay(slow_fs, 0, 0);
    slow_empty("slow");
    slow_empty("out");
    memset(data, 'f', sizeof data);
    check_write_file("slow/file", data, sizeof data);
    CHECK_SYS(symlink("file", "slow/link"));
    CHECK_SYS(mkdir("slow/empty", 0700));
    CHECK_SYS(mkdir("slow/dir", 0700));
    CHECK_SYS(mkdir("slow/dir/sub", 0700));
    check_write_file("slow/dir/sub/leaf", "leaf\n", 5);
    check_write_file("slow/dir/other", "other", 5);
}

static bool slow_is_known(const char *name)
{
    static const char *const known[] = {".", "..", "file", "link", "dir", "empty"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return strncmp(name, "new", 3) == 0;
}

/* No temporary stayed behind. */
static void slow_look_for_leftovers(const char *what)
{
    struct dirent *entry;
    DIR *folder = opendir("slow");

    CHECK(folder);
    while ((entry = readdir(folder)))
        if (!slow_is_known(entry->d_name))
            check_fail(__FILE__, __LINE__, "%s left \"%s\"", what, entry->d_name);
    closedir(folder);
}

static int slow_task(void *arg)
{
    const struct slow_call *call = arg;

    return call->call();
}

/* How long this thread has run or has waited for a processor. */
static int64_t slow_awake_ns(void)
{
    long long ran = 0, waited = 0;
    FILE *file = fopen("/proc/thread-self/schedstat", "re");

    if (file) {
        CHECK_EQ(fscanf(file, "%lld %lld", &ran, &waited), 2);
        fclose(file);
    }
    return ran + waited;
}

static int slow_heartbeat(void *arg)
{
    int64_t last_ns = nw_now() - slow_awake_ns();

    (void)arg;
    while (nw_sleep(NW_MS(1)) == 0) {
        int64_t now_ns = nw_now() - slow_awake_ns();
        if (now_ns - last_ns > slow_gap_ns)
            slow_gap_ns = now_ns - last_ns;
        last_ns = now_ns;
    }
    return 0;
}

static void slow_check_blame(const struct slow_call *call)
{
    if (slowfs_blame(slow_fs))
        check_fail(__FILE__, __LINE__, "%s: the loop's thread %s", call->name, slowfs_blame(slow_fs));
    slowfs_watch(slow_fs, 0, false);
    slowfs_delay(slow_fs, 0, 0);
}

/* The call runs while the loop's thread is watched. */
static void slow_watch(struct slow_call *call)
{
    int rc, open_before;
    nw_task *heartbeat;

    slow_prepare();
    open_before = check_open_fds();
    slowfs_delay(slow_fs, 0, SLOW_DELAY_NS);
    slowfs_watch(slow_fs, (int)syscall(SYS_gettid), true);
    heartbeat = nw_spawn(slow_heartbeat, NULL);
    rc = nw_await(nw_spawn(slow_task, call));
    slow_check_blame(call);
    nw_cancel(heartbeat);
    CHECK_EQ(nw_await(heartbeat), 0);
    if (rc != 0)
        check_fail(__FILE__, __LINE__, "%s: %s", call->name, nw_strerror(rc));
    CHECK_EQ(check_open_fds(), open_before);
    slow_look_for_leftovers(call->name);
}

/*
 * The request at which it is cancelled is held; those before and after it take no time, for a call of a
 * hundred requests is cancelled a hundred times. Returns: whether it was cancelled before its end.
 */
static bool slow_cancel_at(struct slow_call *call, unsigned requests)
{
    int rc, open_before;
    unsigned before;
    nw_task *task;

    slow_prepare();
    open_before = check_open_fds();
    before = slowfs_requests(slow_fs);
    slowfs_delay(slow_fs, requests ? requests - 1 : 0, SLOW_CANCEL_NS);
    slowfs_watch(slow_fs, (int)syscall(SYS_gettid), false);
    task = nw_spawn(slow_task, call);
    while (!nw_done(task) && slowfs_requests(slow_fs) - before < requests)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    bool early = !nw_done(task);
    nw_cancel(task);
    slowfs_delay(slow_fs, 0, 0);
    rc = nw_await(task);
    if (rc != 0 && rc != -ECANCELED)
        check_fail(__FILE__, __LINE__, "%s, cancelled at request %u: %s", call->name, requests,
                   nw_strerror(rc));
    slow_check_blame(call);
    if (check_open_fds() != open_before)
        check_fail(__FILE__, __LINE__, "%s, cancelled at request %u: descriptors leaked", call->name,
                   requests);
    slow_look_for_leftovers(call->name);
    return early;
}

static int slow_first(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < slow_calls_count; i++) {
        struct slow_call call = slow_calls[i];
        slow_watch(&call);
        for (unsigned requests = 0; slow_cancel_at(&call, requests); requests++) {
        }
    }
    return 0;
}

/* All are under way when the first task ends: the run cancels and joins them. */
static int slow_leave(void *arg)
{
    unsigned before = slowfs_requests(slow_fs);

    slow_prepare();
    slowfs_delay(slow_fs, 0, SLOW_CANCEL_NS);
    for (size_t i = 0; i < slow_calls_count; i++)
        nw_detach(nw_spawn(slow_task, (struct slow_call *)arg + i));
    while (slowfs_requests(slow_fs) == before)
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    return 0;
}

/* `calls` are tried twice: while the kernel asks for each name and attribute, and while it remembers them. */
static int slow_main(const struct slow_call *calls, size_t count)
{
    struct slow_call *copy = malloc(count * sizeof *copy);
    int open_before;

    CHECK(copy);
    memcpy(copy, calls, count * sizeof *copy);
    slow_calls = calls;
    slow_calls_count = count;
    check_enter_folder();
    CHECK_SYS(mkdir("slow", 0700));
    CHECK_SYS(mkdir("out", 0700));
    slow_fs = slowfs_mount("slow");
    open_before = check_open_fds();
    for (int remember = 0; remember <= 1; remember++) {
        slowfs_remember(slow_fs, remember);
        CHECK_EQ(nw_run(slow_first, NULL), 0);
        CHECK_EQ(nw_run(slow_leave, copy), 0);
        CHECK_EQ(check_open_fds(), open_before);
    }
    printf("longest sleep between two heartbeats: %.1f ms\n", (double)slow_gap_ns / 1e6);
    slowfs_unmount(slow_fs);
    free(copy);
    return 0;
}

#endif
