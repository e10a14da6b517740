/* SPDX-License-Identifier: MIT */
/*
 * A pipe gives what it has and the call does not wait for more; a write of more than it holds goes on until
 * all of it is written, also when the descriptors are in non-blocking mode.
 */
#include "check.h"
#include <nowait.h>
#include <poll.h>

#define SIZE (1024 * 1024 + 5)

static int ends[2];
static char *sent;

static int write_all(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_fd_write(ends[1], sent, SIZE), SIZE);
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    return 0;
}

static void through_pipe(int flags)
{
    char data[4096], *received = malloc(SIZE);
    size_t size = 0;
    nw_task *writer;
    ssize_t n;

    CHECK_SYS(pipe2(ends, O_CLOEXEC | flags));
    CHECK_EQ(write(ends[1], "some", 4), 4);
    CHECK_EQ(nw_fd_poll(ends[0], POLLIN), POLLIN);
    CHECK_EQ(nw_fd_read(ends[0], data, sizeof data), 4);
    CHECK_EQ(nw_fd_pread(ends[0], data, sizeof data, 0), -ESPIPE);

    writer = nw_spawn(write_all, NULL);
    while ((n = nw_fd_read(ends[0], data, sizeof data)) > 0) {
        CHECK((size_t)n <= SIZE - size);
        memcpy(received + size, data, (size_t)n);
        size += (size_t)n;
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(size, SIZE);
    CHECK_MEM(received, sent, SIZE);
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
    free(received);
}

/* Also when what it has is just as much as the library moves at a time. */
static void gives_what_it_has(void)
{
    char *data = malloc(SIZE);

    CHECK(data);
    for (int size = 64 * 1024; size <= 1024 * 1024; size *= 2) {
        CHECK_SYS(pipe2(ends, O_CLOEXEC));
        CHECK(CHECK_SYS(fcntl(ends[1], F_SETPIPE_SZ, size)) >= size);
        CHECK_EQ(write(ends[1], sent, (size_t)size), size);
        CHECK_EQ(nw_fd_read(ends[0], data, SIZE), size); /* the writer is still there */
        CHECK_MEM(data, sent, (size_t)size);
        CHECK_EQ(nw_fd_close(ends[0]), 0);
        CHECK_EQ(nw_fd_close(ends[1]), 0);
    }
    free(data);
}

static int first(void *arg)
{
    (void)arg;
    sent = malloc(SIZE);
    CHECK(sent);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (char)(i % 251);
    through_pipe(0);
    through_pipe(O_NONBLOCK);
    gives_what_it_has();
    free(sent);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
