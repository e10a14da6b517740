/* SPDX-License-Identifier: MIT */
/* More opens of FIFOs wait for their peers than there are threads, and everything else still goes on. */
#include "check.h"
#include <nowait.h>

#define FIFOS 24

static char names[FIFOS][24];

static int open_reader(void *arg)
{
    int fd = nw_fd_open(arg, O_RDONLY, 0);

    CHECK(fd >= 0);
    return nw_fd_close(fd);
}

static int open_writer(void *arg)
{
    int fd = nw_fd_open(arg, O_WRONLY, 0);

    CHECK(fd >= 0);
    return nw_fd_close(fd);
}

static int first(void *arg)
{
    nw_group readers;

    (void)arg;
    nw_group_init(&readers, 0);
    for (int i = 0; i < FIFOS; i++) {
        snprintf(names[i], sizeof names[i], "fifo-%d", i);
        CHECK_SYS(mkfifo(names[i], 0600));
        CHECK_EQ(nw_group_spawn(&readers, open_reader, names[i]), 0);
    }
    for (int i = 0; i < FIFOS; i++)
        CHECK_EQ(nw_mkdirs("a/b/c", 0700), 0);
    CHECK_EQ(nw_write_file("a/b/c/file", "content", 7, 0), 0);
    CHECK_EQ(nw_each(names, FIFOS, sizeof names[0], 0, open_writer), 0);
    CHECK_EQ(nw_group_finish(&readers), 0);
    return 0;
}

int main(void)
{
    nw_run_options options = {.pool_threads = 2};

    check_enter_folder();
    CHECK_EQ(nw_run_with(&options, first, NULL), 0);
    return 0;
}
