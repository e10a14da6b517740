/* SPDX-License-Identifier: MIT */
/*
 * A read with O_DIRECT waits for the disk, whatever RWF_NOWAIT says: it never happens on the loop's thread.
 * Also not when the descriptor's number was that of an ordinary file a moment ago.
 */
#include <nowait.h>

#include "check.h"

#define BLOCK_BYTES 4096

static _Alignas(BLOCK_BYTES) char block[BLOCK_BYTES];

static uint64_t submitted(void)
{
    nw_counters counters;

    CHECK_EQ(nw_stats(NULL, &counters), 0);
    return counters.ops_submitted;
}

/* Open, read, close. Returns: how many ops the read took; -1 where there is no O_DIRECT. */
static int ops_of_read(int flags)
{
    uint64_t before;
    int ops, fd = nw_fd_open("file", O_RDONLY | flags, 0);

    if (fd == -EINVAL && flags & O_DIRECT)
        return -1;
    CHECK(fd >= 0);
    before = submitted();
    CHECK_EQ(nw_fd_pread(fd, block, sizeof block, 0), BLOCK_BYTES);
    ops = (int)(submitted() - before);
    CHECK_EQ(nw_fd_close(fd), 0);
    return ops;
}

static int alternate(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write_file("file", block, sizeof block, NW_SYNC), 0);
    CHECK(ops_of_read(0) >= 0); /* brings it into the cache */
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(ops_of_read(0), 0);
        int ops = ops_of_read(O_DIRECT);
        if (ops < 0)
            check_skip("this file system has no O_DIRECT");
        CHECK_EQ(ops, 1);
    }
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(alternate, NULL), 0);
    return 0;
}
