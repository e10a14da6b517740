/* SPDX-License-Identifier: MIT */
/*
 * A run that uses each part of the library, in which one request for memory or for a thread fails.
 * The failure comes back as an error, nothing is left open, and the next run works.
 */
#include <nowait.h>

#include "fault.h"

static int nap(void *arg)
{
    (void)arg;
    return nw_sleep(NW_US(10));
}

static int answer(void *arg)
{
    (void)arg;
    return 42;
}

static int use_group(void)
{
    nw_group group;
    int rc = 0;

    nw_group_init(&group, 2);
    for (int i = 0; i < 4 && rc >= 0; i++)
        rc = nw_group_spawn(&group, nap, NULL);
    int joined = nw_group_finish(&group);
    return rc < 0 ? rc : joined;
}

static int use_channel(void)
{
    nw_channel *channel;
    int sent = 7, received = 0;
    int rc = nw_channel_create(sizeof sent, 1, &channel);

    if (rc < 0)
        return rc;
    rc = nw_channel_send(channel, &sent);
    if (rc >= 0)
        rc = nw_channel_receive(channel, &received);
    nw_channel_destroy(channel);
    CHECK(rc < 0 || received == 7);
    return rc;
}

static int use_files(void)
{
    nw_bytes bytes = {NULL, 0};
    int rc = nw_write_file("file", "content", 7, NW_ATOMIC);

    if (rc >= 0)
        rc = nw_read_file("file", 4096, &bytes);
    CHECK(rc < 0 || (bytes.size == 7 && memcmp(bytes.data, "content", 7) == 0));
    nw_bytes_finish(&bytes);
    return rc;
}

/* With a long entry, which takes memory; a failed write of the log is nobody's fault here. */
static int use_log(void)
{
    const nw_log_options options = {.sync = NW_LOG_SYNC_INTERVAL, .time_format = "%f "};
    nw_log_counters counters = {0};
    nw_logger *log;
    int rc = nw_log_open(&options, "log", &log);

    if (rc < 0)
        return rc;
    rc = nw_log(log, "%01000d", 7);
    int rotated = nw_log_rotate(log);
    int closed = nw_log_close_with(log, &counters);
    CHECK(closed < 0 || counters.queued_bytes == 0);
    CHECK_EQ(counters.bytes + counters.queued_bytes, counters.entries * 1008);
    return rc < 0 ? rc : rotated < 0 ? rotated : closed;
}

static int copied(const char *from, const char *to, void *arg)
{
    (void)from, (void)to, (void)arg;
    return 0;
}

static int use_copies(void)
{
    static const nw_copy_options options = {.flags = NW_COPY_ALL, .on_entry = copied, .parallel = 2};
    int rc = nw_remove_tree("moved"); /* the run before may have come as far as that */

    if (rc >= 0 || rc == -ENOENT)
        rc = nw_mkdirs("from/sub", 0700);
    if (rc >= 0)
        rc = nw_write_file("from/sub/file", "content", 7, 0);
    if (rc >= 0 && access("from/name", F_OK) < 0)
        rc = nw_link("from/sub/file", "from/name");
    if (rc >= 0)
        rc = nw_copy_tree(&options, "from", "to");
    if (rc >= 0)
        rc = nw_move(NULL, "to", "moved");
    if (rc >= 0)
        check_file_holds("moved/sub/file", "content", 7);
    if (rc >= 0)
        rc = nw_remove_tree("moved");
    return rc;
}

static int everything(void *arg)
{
    int rc = nw_await(nw_spawn(nap, NULL));

    (void)arg;
    if (rc >= 0)
        rc = use_group();
    if (rc >= 0)
        rc = use_channel();
    if (rc >= 0)
        rc = use_files();
    if (rc >= 0)
        rc = use_log();
    if (rc >= 0)
        rc = use_copies();
    if (rc >= 0) {
        rc = nw_to_thread(answer, NULL);
        CHECK(rc < 0 || rc == 42);
    }
    return rc < 0 ? rc : 0;
}

int main(void)
{
    fault_run(everything);
    return 0;
}
