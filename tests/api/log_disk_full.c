/* SPDX-License-Identifier: MIT */
/*
 * A full disk (a tmpfs of 1 MiB, which needs root): whole lines up to where it went, the rest as soon as
 * there is room, also while it rotates; who waits for room in the queue can be cancelled.
 */
#include "../support/disk.h"
#include <nowait.h>

#define LINES 3000

static nw_logger *logger;

static void fill_disk(void)
{
    static char block[4096];
    FILE *file = fopen("disk/filler", "we");

    CHECK(file);
    for (int i = 0; i < 240; i++)
        CHECK_EQ(fwrite(block, 1, sizeof block, file), sizeof block);
    CHECK_EQ(fclose(file), 0);
}

static int log_lines(void *arg)
{
    int rc = 0;

    for (int i = 0; i < LINES && rc != -ECANCELED; i++) {
        rc = nw_log(logger, "line %05d of a log that does not fit", i);
        CHECK(rc == 0 || rc == -ENOSPC || rc == -ECANCELED);
        *(int *)arg += rc != -ECANCELED;
    }
    return rc;
}

/* So many lines, in order, in all files together. */
static void check_lines(int count)
{
    FILE *files = popen("cat $(ls -rv disk/log*)", "r");
    char line[128], expected[128];
    int found = 0;

    CHECK(files);
    while (fgets(line, sizeof line, files)) {
        snprintf(expected, sizeof expected, "line %05d of a log that does not fit\n", found++);
        CHECK_STR(line, expected);
    }
    CHECK_EQ(pclose(files), 0);
    CHECK_EQ(found, count);
}

static void until_there_is_room(int64_t rotate_bytes)
{
    nw_log_options options = {.time_format = "", .rotate_bytes = rotate_bytes, .keep = 100};
    int accepted = 0;

    fill_disk();
    CHECK_EQ(nw_log_open(&options, "disk/log", &logger), 0);
    log_lines(&accepted);
    CHECK_EQ(accepted, LINES);
    (void)nw_log_flush(logger);
    CHECK_EQ(nw_log_flush(logger), -ENOSPC);
    CHECK_SYS(unlink("disk/filler"));
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_lines(LINES);
    CHECK(system("rm disk/log*") == 0);
}

static void waiting_is_cancelled(void)
{
    nw_log_options options = {.time_format = "", .queue_bytes = 4096};
    nw_log_counters counters;
    int accepted = 0, rc;

    fill_disk();
    CHECK_EQ(nw_log_open(&options, "disk/log", &logger), 0);
    nw_task *task = nw_spawn(log_lines, &accepted);
    while ((rc = nw_log_flush(logger)) == 0)
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(rc, -ENOSPC); /* not even the last page has room for a line now */
    do {
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
        CHECK_EQ(nw_log_stats(logger, &counters), 0);
    } while (counters.queued_bytes + 38 <= 4096);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), -ECANCELED);
    CHECK_EQ(nw_log_close_with(logger, &counters), -ENOSPC);
    CHECK_EQ(counters.entries, accepted);
    CHECK_SYS(unlink("disk/filler"));
    check_lines(accepted - (int)(counters.queued_bytes / 38));
    CHECK_EQ(counters.queued_bytes % 38, 0);
    CHECK_SYS(unlink("disk/log"));
}

static int first(void *arg)
{
    (void)arg;
    until_there_is_room(0);
    until_there_is_room(7000);
    waiting_is_cancelled();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("disk", 0700));
    disk_need("disk", "size=1m");
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_SYS(umount("disk"));
    return 0;
}
