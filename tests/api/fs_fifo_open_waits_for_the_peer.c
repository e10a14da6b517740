/* SPDX-License-Identifier: MIT */
/* Opening a FIFO waits for the other end, whichever comes first, and the loop lives on; bytes pass then. */
#include "check.h"
#include <nowait.h>

static int fds[2]; /* reader, writer */

static int open_reader(void *arg)
{
    (void)arg;
    fds[0] = nw_fd_open("fifo", O_RDONLY, 0);
    CHECK(fds[0] >= 0);
    CHECK_EQ(fcntl(fds[0], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_RDONLY);
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    return 0;
}

static int open_writer(void *arg)
{
    (void)arg;
    fds[1] = nw_fd_open("fifo", O_WRONLY, 0);
    CHECK(fds[1] >= 0);
    CHECK_EQ(fcntl(fds[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_WRONLY);
    CHECK_EQ(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
    return 0;
}

static void meet(nw_task_fn *one, nw_task_fn *other)
{
    char data[8];
    int open_before = check_open_fds();
    nw_task *first_task = nw_spawn(one, NULL), *second_task;

    for (int i = 0; i < 20; i++)
        CHECK_EQ(nw_sleep(NW_US(200)), 0);
    CHECK(!nw_done(first_task)); /* nobody is there yet */
    second_task = nw_spawn(other, NULL);
    CHECK_EQ(nw_await(first_task), 0);
    CHECK_EQ(nw_await(second_task), 0);
    CHECK_EQ(nw_fd_write(fds[1], "through", 7), 7);
    CHECK_EQ(nw_fd_read(fds[0], data, sizeof data), 7);
    CHECK_EQ(nw_fd_close(fds[1]), 0);
    CHECK_EQ(nw_fd_read(fds[0], data, sizeof data), 0);
    CHECK_EQ(nw_fd_close(fds[0]), 0);
    CHECK_EQ(check_open_fds(), open_before);
}

static int write_late(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_MS(2)), 0);
    CHECK_EQ(nw_write_file("fifo", "whole file", 10, 0), 0);
    return 0;
}

static int first(void *arg)
{
    nw_bytes bytes;
    nw_task *writer;

    (void)arg;
    for (int round = 0; round < 3; round++) {
        meet(open_reader, open_writer);
        meet(open_writer, open_reader);
    }
    writer = nw_spawn(write_late, NULL);
    CHECK_EQ(nw_read_file("fifo", 0, &bytes), 0);
    CHECK_STR(bytes.data, "whole file");
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_await(writer), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkfifo("fifo", 0600));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
