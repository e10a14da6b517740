/* SPDX-License-Identifier: MIT */
/*
 * A stream is closed while it is copied: the copy ends with -EBADF, whichever of the two streams it waits for
 * or stands in line at; nobody gets in between another task's write, no wait of the progress function is cut
 * short, and a peer that neither reads nor writes cannot hold a close with a deadline. A call that begins
 * while the close still waits is -EBADF, too, also when the buffer could serve it.
 */
#include "check.h"
#include <nowait.h>

#define MUCH_BYTES 400000 /* more than a pipe and a buffer hold */

static char much[MUCH_BYTES];
static nw_stream *from, *to;
static int from_pipe[2], to_pipe[2];
static int64_t copied;
static nw_progress *progress;

/* Which of the two a copy enters first depends on the order of their addresses. */
static void open_pipes(bool swapped)
{
    CHECK_SYS(pipe2(from_pipe, O_CLOEXEC));
    CHECK_SYS(pipe2(to_pipe, O_CLOEXEC));
    if (swapped)
        CHECK_EQ(nw_open_fd(to_pipe[1], "w", &to), 0);
    CHECK_EQ(nw_open_fd(from_pipe[0], "r", &from), 0);
    if (!swapped)
        CHECK_EQ(nw_open_fd(to_pipe[1], "w", &to), 0);
}

static int copy_task(void *arg)
{
    (void)arg;
    copied = nw_copy(to, from, 0, progress);
    return 0;
}

static int close_task(void *arg)
{
    return nw_close(arg);
}

static int close_in_time(nw_stream *stream)
{
    nw_deadline deadline;

    nw_deadline_begin(&deadline, NW_MS(1));
    int rc = nw_close(stream);
    nw_deadline_end(&deadline);
    return rc;
}

static nw_task *start(nw_task_fn *fn, void *arg)
{
    nw_task *task = nw_spawn(fn, arg);

    CHECK(task);
    CHECK_EQ(nw_yield(), 0); /* it runs until it waits */
    return task;
}

/* -- the copy stands in line -- */

static int write_much(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(to, much, sizeof much), MUCH_BYTES);
    return 0;
}

static int write_last(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(to, "last", 4), 4);
    return nw_flush(to);
}

static void read_to_the_last(void)
{
    static char found[MUCH_BYTES + 4];
    size_t done = 0;

    while (done < sizeof found) {
        ssize_t n = nw_fd_read(to_pipe[0], found + done, sizeof found - done);
        CHECK(n > 0);
        done += (size_t)n;
    }
    CHECK_MEM(found, much, MUCH_BYTES);
    CHECK_MEM(found + MUCH_BYTES, "last", 4);
}

static int in_line(void *arg)
{
    open_pipes(arg);
    nw_task *writer = start(write_much, NULL);
    nw_task *copier = start(copy_task, NULL);
    CHECK_EQ(nw_close(from), 0);
    nw_task *last = start(write_last, NULL);
    read_to_the_last();
    CHECK_EQ(nw_await(copier), 0);
    CHECK_EQ(copied, -EBADF);
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(nw_await(last), 0);
    CHECK_EQ(nw_close(to), 0);
    close(from_pipe[1]);
    close(to_pipe[0]);
    return 0;
}

/* -- the copy is in the progress function -- */

static nw_event begun, go_on;
static bool gone_on;

static int wait_a_while(uint64_t done_bytes, uint64_t total_bytes, void *arg)
{
    (void)done_bytes, (void)total_bytes, (void)arg;
    nw_event_set(&begun);
    CHECK_EQ(nw_event_wait(&go_on), 0);
    CHECK(gone_on);
    return 0;
}

static int in_progress(void *arg)
{
    nw_progress waits = {.fn = wait_a_while};
    static char part[8 * 1024 * 1024]; /* so many bytes are reported */

    (void)arg;
    progress = &waits;
    nw_event_init(&begun);
    nw_event_init(&go_on);
    CHECK_SYS(pipe2(from_pipe, O_CLOEXEC));
    check_write_file("to", part, 0);
    CHECK_EQ(nw_open_fd(from_pipe[0], "r", &from), 0);
    CHECK_EQ(nw_open("to", "w", &to), 0);
    nw_task *copier = start(copy_task, NULL);
    for (size_t done = 0; done < sizeof part;) {
        ssize_t n = nw_fd_write(from_pipe[1], part + done, sizeof part - done);
        CHECK(n > 0);
        done += (size_t)n;
    }
    CHECK_EQ(nw_event_wait(&begun), 0);
    nw_task *closer = start(close_task, from);
    CHECK_EQ(nw_yield(), 0); /* and the copier would now, were it woken */
    gone_on = true;
    nw_event_set(&go_on);
    CHECK_EQ(nw_await(closer), 0);
    CHECK_EQ(nw_await(copier), 0);
    CHECK_EQ(copied, -EBADF);
    CHECK_EQ(nw_close(to), 0);
    close(from_pipe[1]);
    nw_event_finish(&begun);
    nw_event_finish(&go_on);
    progress = NULL;
    return 0;
}

/* -- the copy waits for the other one's peer -- */

static int peer_sends_nothing(void *arg)
{
    open_pipes(arg);
    nw_task *copier = start(copy_task, NULL);
    CHECK_EQ(close_in_time(to), 0);
    CHECK_EQ(nw_await(copier), 0);
    CHECK_EQ(copied, -EBADF);
    CHECK_EQ(nw_close(from), 0);
    close(from_pipe[1]);
    close(to_pipe[0]);
    return 0;
}

static int peer_takes_nothing(void *arg)
{
    (void)arg;
    check_write_file("much", much, sizeof much);
    CHECK_SYS(pipe2(to_pipe, O_CLOEXEC));
    CHECK_EQ(nw_open("much", "r", &from), 0);
    CHECK_EQ(nw_open_fd(to_pipe[1], "w", &to), 0);
    nw_task *copier = start(copy_task, NULL);
    CHECK_EQ(close_in_time(from), 0);
    CHECK_EQ(nw_await(copier), 0);
    CHECK_EQ(copied, -EBADF);
    CHECK_EQ(close_in_time(to), -ETIMEDOUT);
    close(to_pipe[0]);
    return 0;
}

/* -- calls that begin while a close waits -- */

static int too_late(void *arg)
{
    char byte;

    open_pipes(arg);
    CHECK_EQ(nw_write(to, much, 65536 + 4), 65536 + 4); /* 64 KiB are what the pipe takes */
    nw_task *closer = start(close_task, to);
    CHECK_EQ(nw_write(to, "x", 1), -EBADF);
    CHECK_EQ(nw_printf(to, "x"), -EBADF);
    CHECK_EQ(nw_read(to, &byte, 1), -EBADF);
    for (size_t left = 65536 + 4; left > 0;)
        left -= (size_t)CHECK_SYS(nw_fd_read(to_pipe[0], much, left));
    CHECK_EQ(nw_await(closer), 0);
    CHECK_EQ(nw_fd_read(to_pipe[0], &byte, 1), 0);
    CHECK_EQ(nw_close(from), 0);
    close(from_pipe[1]);
    close(to_pipe[0]);
    return 0;
}

int main(void)
{
    check_enter_folder();
    memset(much, 'm', sizeof much);
    CHECK_EQ(nw_run(in_line, NULL), 0);
    CHECK_EQ(nw_run(in_line, much), 0);
    CHECK_EQ(nw_run(in_progress, NULL), 0);
    CHECK_EQ(nw_run(peer_sends_nothing, NULL), 0);
    CHECK_EQ(nw_run(peer_takes_nothing, NULL), 0);
    CHECK_EQ(nw_run(too_late, NULL), 0);
    return 0;
}
