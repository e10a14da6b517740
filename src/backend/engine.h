/* SPDX-License-Identifier: MIT */
/*
 * What the engines share: where an op is, results that wait for the loop, and falling asleep without missing
 * a post. Private to this folder.
 */
#ifndef NW_BACKEND_ENGINE_H
#define NW_BACKEND_ENGINE_H

#include <poll.h>

#include "backend/backend.h"

/* Where a submitted op is; kept in its flags, known to the loop's thread only. */
enum nw__place {
    NW__PLACE_NONE = 0,
    NW__PLACE_QUEUED,  /* uring: in the queue for the ring; the kernel has not seen it */
    NW__PLACE_KERNEL,  /* uring: in the ring */
    NW__PLACE_DOOMED,  /* uring: in the ring, and in the queue of cancels that the kernel has not seen */
    NW__PLACE_WATCHED, /* epoll: waits until its descriptor is ready */
    NW__PLACE_POOL,    /* with the pool, or on its way back */
    NW__PLACE_LEAVING, /* for the pool, with the others of this turn */
    NW__PLACE_SETTLED  /* its result is stored; the next wait() completes it */
};

#define NW__PLACE_SHIFT 8
#define NW__PLACE_MASK  0x0700u

static inline enum nw__place nw__op_place(const nw_op *op)
{
    return (enum nw__place)((op->flags & NW__PLACE_MASK) >> NW__PLACE_SHIFT);
}

static inline void nw__op_set_place(nw_op *op, enum nw__place place)
{
    op->flags = (uint16_t)((op->flags & ~NW__PLACE_MASK) | ((unsigned)place << NW__PLACE_SHIFT));
}

/* The most that one read or write moves: what the kernel cuts every transfer to. */
#define NW__TRANSFER_MAX 0x7ffff000u

static inline unsigned nw__op_span(const nw_op *op)
{
    return op->length < NW__TRANSFER_MAX ? (unsigned)op->length : NW__TRANSFER_MAX;
}

static inline bool nw__op_is_read(const nw_op *op)
{
    return op->kind == NW__OP_READ || op->kind == NW__OP_READV;
}

static inline bool nw__op_is_transfer(const nw_op *op)
{
    return op->kind >= NW__OP_READ && op->kind <= NW__OP_WRITEV;
}

/* What polling a file comes to: there is nothing that could be waited for. */
static inline int nw__op_always_ready(const nw_op *op)
{
    return (int)op->op_flags & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
}

/* AWAKE -> ASLEEP by the loop; anything -> WOKEN by wake(); anything -> AWAKE by the loop. */
enum nw__wakefulness { NW__AWAKE = 0, NW__ASLEEP, NW__WOKEN };

/* engine.c: the common part. init retains the pool. */
int nw__engine_init(struct nw__backend *backend, const struct nw__backend_vtable *vtable,
                    const struct nw__backend_options *options);
/*
 * A descriptor of ours must not be taken for standard input, output or error where the process has none: the
 * same thing under a higher number, if need be. Negative: there was none, or there is no other; errno says
 * why.
 */
int nw__engine_fd(int fd);
void nw__engine_finish(struct nw__backend *backend, bool forked);

void nw__engine_wake(struct nw__backend *backend);
/* Is there something that wait() can do without the kernel? */
bool nw__engine_has_local(const struct nw__backend *backend);
/*
 * About to block, with nothing but workers to wait for: look for them for a moment first, which is faster
 * than falling asleep when they are about to finish. True: something came.
 */
bool nw__engine_linger(struct nw__backend *backend, int64_t timeout_ns);
/* About to block. False: somebody woke us meanwhile, do not. Always followed by nw__engine_awake(). */
bool nw__engine_may_sleep(struct nw__backend *backend);
void nw__engine_awake(struct nw__backend *backend);
/* Complete what is settled or came back from workers, and run the posts. */
void nw__engine_run_local(struct nw__backend *backend);
/* The last thing in wait(): an embedded loop is asleep until the next one. */
void nw__engine_end_turn(struct nw__backend *backend);

/* Count the op in. */
void nw__engine_accept(struct nw__backend *backend, nw_op *op);
void nw__engine_to_pool(struct nw__backend *backend, nw_op *op);
/* The first thing in wait(): the pool gets what gathered in this turn. */
void nw__engine_flush(struct nw__backend *backend);
/* Cancel an op that is in the pool or about to go there. */
void nw__engine_cancel_pool(struct nw__backend *backend, nw_op *op);
/* From a worker: op->result is stored, the op goes back to its loop. */
void nw__engine_return(struct nw__backend *backend, nw_op *op);

/* inline_open.c */
int nw__try_open(nw_op *op);
int nw__try_close(int fd);
/* inline.c: as nw__op_try() for transfers, but -EOPNOTSUPP where the descriptor has no such way. */
int nw__op_try_raw(const nw_op *op);

/* One step of a busy wait. */
static inline void nw__relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

int nw__uring_create(const struct nw__backend_options *options, struct nw__backend **backend_out);
int nw__epoll_create(const struct nw__backend_options *options, struct nw__backend **backend_out);

#endif
