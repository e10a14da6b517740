/* SPDX-License-Identifier: MIT */
/*
 * Through a pipe and through a socket, by calls of all kinds and sizes, of which many are given up by a
 * deadline or a cancellation: every byte comes once and in order, whatever was given up where.
 *
 * ctest: timeout=120
 */
#include "../support/runtime.h"
#include <sys/socket.h>

#define ROUNDS    (6 + scaled(54)) /* 6: each combination of ends and buffers */
#define TOTAL     300000
#define PIECE_MAX 9000

/* Small ones more often. */
static size_t random_size(void)
{
    return random_below(1U << random_below(14)) % PIECE_MAX;
}

/* What is sent: lines of some 60 bytes, each byte known by its place. */
static char byte_at(size_t at)
{
    uint64_t mixed = (at + 1) * UINT64_C(0x9e3779b97f4a7c15);

    mixed ^= mixed >> 29;
    return mixed % 60 == 0 ? '\n' : (char)('a' + mixed % 26);
}

static void check_bytes(const char *data, size_t size, size_t at)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != byte_at(at + i))
            check_fail(__FILE__, __LINE__, "byte %zu is '%c', not '%c'", at + i, data[i], byte_at(at + i));
}

static bool gave_up(int64_t rc)
{
    return rc == -ETIMEDOUT || rc == -ECANCELED;
}

/* -- writing -- */

static nw_stream *to, *from;
static size_t sent, received;
static bool all_sent;

/* In a task of its own, or under a deadline: it may be given up. Returns: an error, or 0. */
static int write_some(void *arg)
{
    static char data[PIECE_MAX];
    size_t size = random_size();
    ssize_t n;

    (void)arg;
    if (size > TOTAL - sent)
        size = TOTAL - sent;
    for (size_t i = 0; i < size; i++)
        data[i] = byte_at(sent + i);
    n = random_below(4) ? nw_write(to, data, size) : nw_flush(to);
    if (n > 0)
        sent += (size_t)n;
    return n < 0 ? (int)n : 0;
}

static int read_some(void *arg);

/* One call, by one of three ways to be given up. */
static void call_once(nw_task_fn *fn)
{
    nw_task *task;
    int rc = 0;

    switch (random_below(3)) {
    case 0:
        rc = fn(NULL);
        break;
    case 1:
        rc = nw_timeout(NW_US(random_below(60)), fn, NULL);
        break;
    default:
        task = nw_spawn(fn, NULL);
        for (unsigned i = random_below(4); i > 0; i--)
            CHECK_EQ(nw_yield(), 0);
        nw_cancel(task);
        rc = nw_await(task);
    }
    if (rc < 0 && !gave_up(rc))
        check_fail(__FILE__, __LINE__, "%s", nw_strerror(rc));
}

static int write_all(void *arg)
{
    (void)arg;
    while (sent < TOTAL)
        call_once(write_some);
    CHECK_EQ(nw_flush(to), 0);
    CHECK_EQ(nw_written(to), TOTAL);
    CHECK_EQ(nw_close(to), 0);
    all_sent = true;
    return 0;
}

/* -- reading -- */

static ssize_t read_view(size_t size)
{
    nw_slice view = {NULL, 0};
    ssize_t n;

    switch (random_below(3)) {
    case 0:
        n = nw_read_line(from, &view);
        break;
    case 1:
        n = nw_read_until(from, 'q', 100000, &view);
        break;
    default:
        n = nw_peek(from, size, &view);
        if (n > 0)
            check_bytes(view.data, view.size, received);
        return n < 0 ? n : 0;
    }
    if (n > 0)
        check_bytes(view.data, view.size, received);
    return n;
}

static ssize_t read_copy(size_t size)
{
    static char data[PIECE_MAX];
    ssize_t n;

    if (random_below(3) == 0)
        return (ssize_t)nw_skip(from, (int64_t)size);
    if (random_below(2)) {
        n = nw_read(from, data, size);
    } else {
        n = nw_read_exactly(from, data, size);
        if (n == NW_EINCOMPLETE)
            n = nw_read(from, data, size);
    }
    if (n > 0)
        check_bytes(data, (size_t)n, received);
    return n;
}

static int read_some(void *arg)
{
    size_t size = random_size();
    ssize_t n = random_below(2) ? read_view(size) : read_copy(size);

    (void)arg;
    if (n > 0)
        received += (size_t)n;
    return n < 0 ? (int)n : 0;
}

static void read_all(void)
{
    nw_bytes rest;

    while (received < TOTAL - TOTAL / 10)
        call_once(read_some);
    CHECK_EQ(nw_tell(from), received);
    CHECK_EQ(nw_read_all(from, 0, &rest), 0);
    CHECK_EQ(rest.size, TOTAL - received);
    check_bytes(rest.data, rest.size, received);
    nw_bytes_finish(&rest);
    CHECK_EQ(nw_close(from), 0);
}

static void one_round(int round)
{
    static const size_t buffers[] = {0, 1, 7, 100, 4096, 10000};
    nw_open_options options = {.buffer_bytes = buffers[round % 6], .pieces = (unsigned)(round % 3)};
    nw_task *writer;
    int ends[2];

    sent = received = 0;
    all_sent = false;
    if (round % 2)
        CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    else
        CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_EQ(nw_open_fd_with(&options, ends[0], "r", &from), 0);
    options.buffer_bytes = buffers[random_below(6)];
    CHECK_EQ(nw_open_fd_with(&options, ends[1], "w", &to), 0);
    writer = nw_spawn(write_all, NULL);
    read_all();
    CHECK_EQ(nw_await(writer), 0);
    CHECK(all_sent);
}

static int first(void *arg)
{
    (void)arg;
    for (int round = 0; round < ROUNDS; round++)
        one_round(round);
    return 0;
}

int main(void)
{
    int open_fds = check_open_fds();

    random_state = 20260101;
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_fds);
    return 0;
}
