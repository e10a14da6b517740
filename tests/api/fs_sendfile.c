/* SPDX-License-Identifier: MIT */
/*
 * nw_sendfile: file to file, to a slow pipe in both modes, from pipes that are full, busy and silent into a
 * file, also a full one; offsets, positions and the end.
 */
#include "check.h"
#include <nowait.h>
#include <signal.h>
#include <sys/resource.h>

#define SIZE (3 * 1024 * 1024 + 100)

static char *data, *found;
static int ends[2];

static void to_file(int in)
{
    int out = nw_fd_open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);

    CHECK(out >= 0);
    CHECK_EQ(nw_sendfile(out, in, 0, SIZE + 5), SIZE);
    CHECK_EQ(nw_fd_pread(out, found, SIZE, 0), SIZE);
    CHECK_MEM(found, data, SIZE);
    CHECK_EQ(nw_sendfile(out, in, SIZE - 10, 100), 10);
    CHECK_EQ(nw_sendfile(out, in, SIZE, 100), 0);
    CHECK_EQ(nw_sendfile(out, in, 0, 0), 0);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
    CHECK_EQ(nw_sendfile(out, in, -1, 1000), 1000);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 1000);
    CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
    CHECK_EQ(nw_sendfile(out, in, -2, 1), -EINVAL);
    CHECK_EQ(nw_fd_close(out), 0);
}

static int send_all(void *arg)
{
    CHECK_EQ(nw_sendfile(ends[1], *(int *)arg, 0, SIZE), SIZE);
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    return 0;
}

static void to_pipe(int in, int mode)
{
    nw_task *sender;
    size_t size = 0;
    ssize_t n;

    CHECK_SYS(pipe2(ends, O_CLOEXEC | mode));
    sender = nw_spawn(send_all, &in);
    while ((n = nw_fd_read(ends[0], found + size, 10000)) > 0)
        size += (size_t)n;
    CHECK_EQ(n, 0);
    CHECK_EQ(size, SIZE);
    CHECK_MEM(found, data, SIZE);
    CHECK_EQ(nw_await(sender), 0);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
}

static void from_pipe(void)
{
    int out = nw_fd_open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);

    CHECK(out >= 0);
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_EQ(write(ends[1], "from a pipe", 11), 11);
    close(ends[1]);
    CHECK_EQ(nw_sendfile(out, ends[0], -1, 100), 11);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
    CHECK_EQ(nw_fd_close(out), 0);
    check_file_holds("copy", "from a pipe", 11);
}

static int feed(void *arg)
{
    (void)arg;
    for (size_t at = 0; at < SIZE; at += 70001) {
        size_t size = SIZE - at < 70001 ? SIZE - at : 70001;
        CHECK_EQ(nw_fd_write(ends[1], data + at, size), size);
    }
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    return 0;
}

/* Also all that does not fit into the pipe at once, and the end is seen. */
static void from_busy_pipe(void)
{
    int out = nw_fd_open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    nw_task *feeder;

    CHECK(out >= 0);
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    feeder = nw_spawn(feed, NULL);
    CHECK_EQ(nw_sendfile(out, ends[0], -1, SIZE + 1), SIZE);
    CHECK_EQ(nw_await(feeder), 0);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
    CHECK_EQ(nw_fd_close(out), 0);
    check_file_holds("copy", data, SIZE);
}

/* What was taken out of a pipe and does not go into the file is not passed over in silence. */
static void into_full_file(void)
{
    struct rlimit limit, old;
    int out = nw_fd_open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);

    CHECK(out >= 0);
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_EQ(write(ends[1], data, 100), 100);
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK_SYS(getrlimit(RLIMIT_FSIZE, &old));
    limit = old;
    limit.rlim_cur = 60;
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &limit));
    CHECK_EQ(nw_sendfile(out, ends[0], -1, 100), -EFBIG);
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &old));
    CHECK_EQ(close(ends[1]), 0);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
    CHECK_EQ(nw_fd_close(out), 0);
    check_file_holds("copy", data, 60);
}

/* A silent peer is given up at the deadline, though its end blocks; no worker waits for it. */
static void from_silent_peer(void)
{
    int out = nw_fd_open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    nw_deadline deadline;

    CHECK(out >= 0);
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    nw_deadline_begin(&deadline, NW_MS(20));
    CHECK_EQ(nw_sendfile(out, ends[0], -1, 100), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_fd_close(ends[1]), 0);
    CHECK_EQ(nw_fd_close(ends[0]), 0);
    CHECK_EQ(nw_fd_close(out), 0);
}

/* Between two pipes that do not block, the one that has nothing is waited for, without spinning. */
static void from_silent_pipe(void)
{
    int silent[2];
    nw_deadline deadline;
    nw_counters before, after;

    CHECK_SYS(pipe2(silent, O_CLOEXEC | O_NONBLOCK));
    CHECK_SYS(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQ(nw_stats(NULL, &before), 0);
    nw_deadline_begin(&deadline, NW_MS(20));
    CHECK_EQ(nw_sendfile(ends[1], silent[0], -1, 100), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_stats(NULL, &after), 0);
    CHECK(after.ops_submitted - before.ops_submitted < 10);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(nw_fd_close(silent[i]), 0);
        CHECK_EQ(nw_fd_close(ends[i]), 0);
    }
}

static int first(void *arg)
{
    int in;

    (void)arg;
    data = malloc(SIZE);
    found = malloc(SIZE + 10000);
    CHECK(data && found);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i % 233);
    check_write_file("file", data, SIZE);
    in = nw_fd_open("file", O_RDONLY, 0);
    CHECK(in >= 0);
    to_file(in);
    to_pipe(in, 0);
    to_pipe(in, O_NONBLOCK);
    from_pipe();
    from_busy_pipe();
    into_full_file();
    from_silent_peer();
    from_silent_pipe();
    CHECK_EQ(nw_fd_close(in), 0);
    free(data);
    free(found);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
