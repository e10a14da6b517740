/* SPDX-License-Identifier: MIT */
/*
 * Opening a FIFO waits for the other end, as open(2) does, whichever way the op goes; cancelled, it ends,
 * with nothing left open and nobody at the other end let down. No writer is missed, however short its life.
 */
#include <pthread.h>
#include <sys/stat.h>

#include "../support/engine.h"

static struct engine engine;

/* Try inline first, as the layers above do, or go straight to the engine. */
static void start(nw_op *op, int flags, bool try_first)
{
    nw_op_open(op, AT_FDCWD, "fifo", flags, 0);
    if (try_first)
        CHECK_EQ(nw__op_try(op), -EAGAIN);
    op->flags |= NW__OP_NO_INLINE;
    engine_submit(&engine, op);
    engine_turn(&engine, NW_MS(1));
    CHECK_EQ(op->state, NW__OP_SUBMITTED);
}

static void *open_writer(void *arg)
{
    int *fd = arg;

    *fd = CHECK_SYS(open("fifo", O_WRONLY | O_CLOEXEC));
    CHECK_EQ(write(*fd, "hello", 5), 5);
    return NULL;
}

static void *open_reader(void *arg)
{
    int *fd = arg;

    *fd = CHECK_SYS(open("fifo", O_RDONLY | O_CLOEXEC));
    return NULL;
}

static void reader_waits_for_writer(bool try_first)
{
    char data[8];
    pthread_t thread;
    int writer;
    nw_op op;

    start(&op, O_RDONLY, try_first);
    CHECK_EQ(pthread_create(&thread, NULL, open_writer, &writer), 0);
    int fd = CHECK_SYS(engine_await(&engine, &op));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(read(fd, data, sizeof data), 5);
    CHECK_SYS(close(writer));
    CHECK_EQ(read(fd, data, sizeof data), 0); /* no other writer is left: not ours either */
    CHECK_SYS(close(fd));
}

static void writer_waits_for_reader(bool try_first)
{
    pthread_t thread;
    int reader;
    nw_op op;

    start(&op, O_WRONLY, try_first);
    CHECK_EQ(pthread_create(&thread, NULL, open_reader, &reader), 0);
    int fd = CHECK_SYS(engine_await(&engine, &op));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_SYS(close(fd));
    CHECK_SYS(close(reader));
}

/* It comes while nobody waits yet, and has gone when somebody does: it was there all the same. */
static void writer_comes_and_goes(bool early)
{
    char data[8];
    nw_op op;

    nw_op_open(&op, AT_FDCWD, "fifo", O_RDONLY, 0);
    if (nw__op_try(&op) != -EAGAIN || op.fd2 < 0) {
        CHECK_EQ(op.fd2, -1);
        return; /* not tried here: then the writer would wait, and so would this test */
    }
    op.flags |= NW__OP_NO_INLINE;
    if (!early)
        engine_submit(&engine, &op);
    int writer = CHECK_SYS(open("fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    CHECK_EQ(write(writer, "hello", 5), 5);
    CHECK_SYS(close(writer));
    if (early)
        engine_submit(&engine, &op);
    int fd = CHECK_SYS(engine_await(&engine, &op));
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(read(fd, data, sizeof data), 5);
    CHECK_EQ(read(fd, data, sizeof data), 0);
    CHECK_SYS(close(fd));
}

static void cancelled(int flags, bool try_first)
{
    nw_op op;

    start(&op, flags, try_first);
    engine_cancel(&engine, &op);
    CHECK_EQ(engine_await(&engine, &op), -ECANCELED);
    /* Nobody holds an end any more: a writer that does not wait finds no reader. */
    CHECK_EQ(open("fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    CHECK_EQ(errno, ENXIO);
}

static void cancelled_at_once(int flags, bool try_first)
{
    nw_op op;

    nw_op_open(&op, AT_FDCWD, "fifo", flags, 0);
    if (try_first)
        CHECK_EQ(nw__op_try(&op), -EAGAIN);
    engine_submit(&engine, &op);
    engine_cancel(&engine, &op);
    CHECK_EQ(engine_await(&engine, &op), -ECANCELED);
}

int main(void)
{
    engine = engine_open();
    check_enter_folder();
    CHECK_SYS(mkfifo("fifo", 0600));
    int fds_before = check_open_fds();
    for (int try_first = 0; try_first < 2; try_first++) {
        reader_waits_for_writer(try_first);
        writer_waits_for_reader(try_first);
        for (int i = 0; i < 20; i++) {
            writer_comes_and_goes(try_first);
            cancelled(O_RDONLY, try_first);
            cancelled(O_WRONLY, try_first);
            cancelled_at_once(O_RDONLY, try_first);
            cancelled_at_once(O_WRONLY, try_first);
        }
    }
    CHECK_EQ(check_open_fds(), fds_before);
    engine_close(&engine);
    return 0;
}
