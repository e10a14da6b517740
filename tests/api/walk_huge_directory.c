/* SPDX-License-Identifier: MIT */
/*
 * A directory of 60,000 long names is walked, measured and iterated with memory for some batches of them, as
 * well by a callback that falls behind. Others run meanwhile.
 *
 * ctest: cost=5 no-valgrind no-qemu timeout=120
 */
#include "../support/runtime.h"
#include <sys/resource.h>

#define ENTRIES 60000

static void make_directory(void)
{
    char path[256];

    CHECK_SYS(mkdir("huge", 0700));
    for (int i = 0; i < ENTRIES; i++) {
        snprintf(path, sizeof path, "huge/%0200d", i);
        close(CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
    }
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    int *count = arg;

    CHECK_EQ(entry->error, 0);
    return ++*count % 5000 == 0 ? nw_sleep(NW_US(100)) : 0;
}

static int beat(void *arg)
{
    int rc;

    while ((rc = nw_yield()) == 0)
        ++*(int *)arg;
    return rc;
}

static void iterate(void)
{
    nw_dir_entry entry;
    int rc, count = 0;
    nw_dir *dir;

    CHECK_EQ(nw_dir_open("huge", &dir), 0);
    while ((rc = nw_dir_next(dir, &entry)) > 0)
        count++;
    CHECK_EQ(rc, 0);
    CHECK_EQ(count, ENTRIES);
    CHECK_EQ(nw_dir_close(dir), 0);
}

static long peak_kib(void)
{
    struct rusage usage;

    CHECK_SYS(getrusage(RUSAGE_SELF, &usage));
    return usage.ru_maxrss;
}

static int first(void *arg)
{
    int beats = 0, count = 0;
    nw_walk_options stat = {.flags = NW_WALK_STAT};
    nw_usage usage;
    nw_task *task = nw_spawn(beat, &beats);
    long before_kib = peak_kib();

    (void)arg;
    CHECK_EQ(nw_walk(&stat, "huge", visit, &count), 0);
    CHECK_EQ(count, ENTRIES + 1);
    CHECK_EQ(nw_disk_usage(NULL, "huge", &usage), 0);
    CHECK_EQ(usage.files, ENTRIES);
    iterate();
#if RUNTIME_SLOWER == 1
    CHECK(peak_kib() - before_kib < 6 * 1024); /* the names alone are 13 MiB */
#endif
    CHECK(before_kib > 0 && beats > 100);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    return 0;
}

int main(void)
{
    check_enter_folder();
    make_directory();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
