/* SPDX-License-Identifier: MIT */
/*
 * THE contract between the loop and the engine that carries out operations.
 *
 * An op lives in its caller's memory. Once submitted it is completed exactly once, on the loop's thread, from
 * inside wait(): its result is stored, its state becomes DONE, and then op->done(op) is called, after which
 * the engine never touches the op again. Cancelling is only a request; the engine completes the op when the
 * kernel or the worker has let go of its buffers, with -ECANCELED or with the result it reached in spite of
 * it. Everything but post() and wake() is called on the loop's thread.
 */
#ifndef NW_BACKEND_BACKEND_H
#define NW_BACKEND_BACKEND_H

#include <nowait/op.h>
#include <nowait/run.h>
#include <stdatomic.h>

#include "backend/op_queue.h"
#include "base/list.h"

enum nw__op_kind {
    NW__OP_NONE = 0,
    NW__OP_READ, /* fd, address, length, offset (-1: at the file's position) */
    NW__OP_WRITE,
    NW__OP_READV, /* address is an iovec array of length entries */
    NW__OP_WRITEV,
    NW__OP_OPEN,  /* fd is the directory, address the path, op_flags, mode; inline, length becomes the size */
    NW__OP_CLOSE, /* fd */
    NW__OP_SYNC,  /* fd; op_flags 1: data only */
    NW__OP_STATX, /* fd, address path, op_flags, mode is the mask, address2 the struct statx */
    NW__OP_FALLOCATE, /* fd, mode, offset, length */
    NW__OP_TRUNCATE,  /* fd, length */
    NW__OP_RENAME,    /* fd, address -> fd2, address2; op_flags */
    NW__OP_UNLINK,    /* fd, address, op_flags */
    NW__OP_MKDIR,     /* fd, address, mode */
    NW__OP_SYMLINK,   /* address target -> fd2, address2 */
    NW__OP_LINK,      /* fd, address -> fd2, address2; op_flags */
    NW__OP_FADVISE,   /* fd, offset, length, mode is the advice */
    NW__OP_POLL,      /* fd, op_flags are the events; the result is the set of events */
    NW__OP_WATCH,     /* fd, op_flags: as POLL, but told each time, until cancelled: see nw__op_watch() */
    NW__OP_ACCEPT,    /* fd: tells of each connection, until cancelled: see nw__op_accept() */
    NW__OP_RECEIVE,   /* fd: tells of each datagram, until cancelled: see nw__op_receive() */
    NW__OP_WORK,      /* address2 is the argument; work function in address, called on a worker */
    NW__OP_TIMER,     /* offset is the time; never reaches an engine: the loop has the timers */
    NW__OP_KINDS
};

enum nw__op_state {
    NW__OP_IDLE = 0,  /* prepared, or zeroed */
    NW__OP_SUBMITTED, /* owned by the engine */
    NW__OP_DONE       /* result is valid */
};

/*
 * nw_op.flags: written on the loop's thread only. From submit until done, links[0..3], reserved[0] and
 * reserved[1] are the engine's as well; `owner` and `waiter` never are.
 */
#define NW__OP_CANCELLING 0x0001 /* a cancel was requested */
#define NW__OP_NO_INLINE  0x0002 /* the caller has already tried the way that cannot block: go straight on */

/*
 * Something to be run on the loop's thread, posted from any thread. Lives in the poster's memory until `run`
 * is called, which may free it.
 */
struct nw__post {
    struct nw__post *next;
    void (*run)(struct nw__post *post);
};

struct nw__pool;
struct nw__backend;

/* What a NW__OP_RECEIVE tells of, in memory that the engine lends. */
struct nw__datagram {
    struct nw__datagram *next; /* the borrower's, to queue it */
    const void *data;
    const void *name; /* the sender's address */
    size_t size;
    unsigned name_size;
};

struct nw__backend_vtable {
    const char *name;
    /* Take a prepared op. Never fails and never calls op->done: that happens in a later wait(). */
    void (*submit)(struct nw__backend *backend, struct nw_op *op);
    /* Ask a submitted op to end early. Idempotent. May be called for thousands of ops in a row. */
    void (*cancel)(struct nw__backend *backend, struct nw_op *op);
    /*
     * Pass what was submitted to the kernel, wait up to timeout_ns (0: do not wait, < 0: no limit) until
     * something completes or is posted, and run all completions and posts that are there.
     * With timeout 0 and nothing to do, it costs no system call.
     * Returns 0, or a negative error code for a failure of the engine itself.
     */
    int (*wait)(struct nw__backend *backend, int64_t timeout_ns);
    /* A datagram that was told of is not needed any more. NULL: nobody is told of any. */
    void (*give_back)(struct nw__backend *backend, struct nw__datagram *datagram);
    /* A descriptor that is readable whenever wait(0) would find something; for embedding. */
    int (*fd)(struct nw__backend *backend);
    /* Make a wait() that blocks, or the next one, return. Any thread, async-signal-safe. */
    void (*wake)(struct nw__backend *backend);
    /* No op may be in flight. In a forked child (forked true) only memory and descriptors are released. */
    void (*destroy)(struct nw__backend *backend, bool forked);
};

/* The part that all engines have in common; engine.c looks after it. */
struct nw__backend {
    const struct nw__backend_vtable *vtable;
    struct nw__pool *pool; /* blocking work; shared by the loops of one run */
    size_t in_flight;      /* submitted and not yet done */
    size_t at_pool;        /* of these, with the pool or on the way back */
    size_t standing;       /* of these, those that stand: they stay while nobody waits for them */
    bool receives;         /* there is NW__OP_RECEIVE */
    unsigned accepts_max;  /* how many connections a NW__OP_ACCEPT may bring in one turn; 0: there are none */
    uint64_t ops_submitted;
    uint64_t ops_pool;
    bool sigpipe_blocked; /* by us, on this thread: see sigpipe.c */
    int error_reason;     /* choose.c: why uring was not taken, 0 when it was; for doctor */

    int wake_fd; /* an eventfd: written by wake() when the loop sleeps */
    bool linger; /* looking for results before falling asleep may pay: see engine.c */
    unsigned linger_credit;
    unsigned linger_misses;
    bool embedded;               /* the loop always counts as asleep between two calls of wait() */
    struct nw__op_queue settled; /* ops whose result is known; wait() completes them */
    struct nw__op_queue leaving; /* ops for the pool, which it gets all at once */

    /* What other threads touch. */
    _Atomic int wakefulness;          /* enum nw__wakefulness */
    _Atomic(struct nw__post *) posts; /* LIFO, taken whole and reversed by wait() */
    _Atomic(struct nw_op *) returned; /* ops that workers have finished; LIFO too, linked by links[0] */
    _Atomic unsigned posters;         /* threads inside a post: destroy() lets them leave first */
};

struct nw__backend_options {
    enum nw_backend kind;
    unsigned queue_entries;
    struct nw__pool *pool;
    bool embedded; /* the descriptor will be watched by another loop */
};

/* choose.c: probe and create. Obeys NOWAIT_BACKEND when kind is AUTO. */
int nw__backend_create(const struct nw__backend_options *options, struct nw__backend **backend_out);

/*
 * prep.c: a watch. While it is submitted, `told(op, events)` is called from inside wait() whenever something
 * has happened to the descriptor after which it may be ready, and at the beginning if it is: once for many
 * such events, or now and then for none. What was told is not told again: read until there is nothing left.
 * `told` must not submit or cancel anything. The watch is done when it was cancelled, or with an error when
 * there can be none (-EINVAL, -EPERM, ...): then whoever needs it does without. Cancel it before the
 * descriptor is closed.
 */
typedef void nw__told_fn(nw_op *op, int what);
void nw__op_watch(nw_op *op, int fd, unsigned events, nw__told_fn *told);
/*
 * prep.c: accept connections as they come; only where backend->accepts_max is not 0. While it is submitted,
 * `told(op, fd)` is called from inside wait() for each connection: a socket, close-on-exec and non-blocking,
 * that is the callee's. It may cancel this op and no other, and submit nothing. More may be told until the op
 * is done: it is when it was cancelled, or with an error: -EMFILE and the like, -EINVAL (the kernel cannot).
 */
void nw__op_accept(nw_op *op, int fd, nw__told_fn *told);
static inline void nw__op_tell(nw_op *op, int what)
{
    ((nw__told_fn *)(uintptr_t)op->address)(op, what);
}

/*
 * prep.c: receive datagrams as they come; only where backend->receives. While it is submitted, `told` is
 * called from inside wait() for each, which is the callee's until it is given back. It may cancel this op and
 * no other, and submit nothing. More may be told until the op is done: it is when it was cancelled, or with
 * an error: -ENOBUFS (nothing more can be lent now), -EOPNOTSUPP, -EINVAL (there is no such way), -EAGAIN;
 * any other is one of the socket's, and this was who it was told to.
 */
typedef void nw__datagram_fn(nw_op *op, struct nw__datagram *datagram);
void nw__op_receive(nw_op *op, int fd, nw__datagram_fn *told);
static inline void nw__op_tell_datagram(nw_op *op, struct nw__datagram *datagram)
{
    ((nw__datagram_fn *)(uintptr_t)op->address)(op, datagram);
}

/* Does it stay in flight while nobody waits for it? */
static inline bool nw__op_stands(const nw_op *op)
{
    return op->kind == NW__OP_WATCH || op->kind == NW__OP_ACCEPT || op->kind == NW__OP_RECEIVE;
}

/* engine.c: run post->run(post) on the loop's thread, soon. From any thread, not from a signal handler. */
void nw__backend_post(struct nw__backend *backend, struct nw__post *post);

/* By this link, whoever submits ops may keep them in a list; completion takes them out. */
static inline struct nw__link *nw__op_siblings(struct nw_op *op)
{
    return (struct nw__link *)(void *)op->siblings;
}

/* The result of a submitted op is known before any wait(): the next one completes it. */
void nw__engine_settle(struct nw__backend *backend, struct nw_op *op, int result);

/* For engines: store the result, count, and call op->done. */
void nw__op_complete(struct nw__backend *backend, struct nw_op *op, int result);

/* perform.c: carry out the op by blocking system calls, on a worker. EINTR is retried here. */
int nw__op_perform(struct nw_op *op);

/*
 * inline.c: try a prepared op in a way that cannot block. -EAGAIN: it would block, or there is no such way.
 * Then nothing has happened that could be seen, but the op must be submitted: an open may hold a FIFO that a
 * worker has to wait for. The fast path of the io layer and the epoll engine's submit both use these.
 */
int nw__op_try(struct nw_op *op);
ssize_t nw__try_read(int fd, void *data, size_t size_bytes, int64_t offset_bytes);

/* pool.c: threads for blocking work. Bounded, grows on demand, shrinks when idle. Shared, counted. */
int nw__pool_create(unsigned threads_max, struct nw__pool **pool_out);
void nw__pool_retain(struct nw__pool *pool);
void nw__pool_release(struct nw__pool *pool); /* the last release joins the threads; nothing may be queued */
void nw__pool_abandon(struct nw__pool *pool); /* in a forked child: the threads are not there */
/* Take all of `ops`, in their order. */
void nw__pool_submit(struct nw__pool *pool, struct nw__backend *backend, struct nw__op_queue *ops);
/* Take a queued op back: true, and the caller completes it. False: a worker has it. */
bool nw__pool_cancel(struct nw__pool *pool, struct nw_op *op);
/*
 * On a worker: it is about to wait for another process or task, and goes on. Meanwhile it does not count
 * among the threads: those who wait for each other must not take up all of them.
 */
void nw__pool_step_aside(struct nw__pool *pool);
void nw__pool_step_back(struct nw__pool *pool);
struct nw__pool *nw__pool_of_thread(void);          /* whose worker this thread is; NULL: nobody's */
bool nw__pool_lingers(const struct nw__pool *pool); /* is there a processor for looking busily? */
unsigned nw__pool_threads(struct nw__pool *pool);   /* how many there are now */
void nw__pool_set_idle_ns(struct nw__pool *pool, int64_t idle_ns); /* after which a thread ends */

#endif
