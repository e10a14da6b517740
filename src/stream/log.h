/* SPDX-License-Identifier: MIT */
/*
 * A logger: entries gather in one buffer while a worker writes the other.
 *
 * Positions count the bytes of all entries ever accepted. Behind `lock` is everything but `file`, which
 * belongs to the writer: a task of the owner's loop that does the writing on workers, one trip at a time.
 * Whoever waits stands in one of the lists, as a struct nw__log_wait on its own stack; whoever takes it out,
 * under the lock, has decided its fate.
 */
#ifndef NW_STREAM_LOG_H
#define NW_STREAM_LOG_H

#include <nowait/log.h>

#include "stream/log_file.h"
#include "stream/log_stamp.h"
#include "task/waiters.h"

struct nw__log_buffer {
    char *data;
    size_t begin, end; /* what is in it */
};

/* Somebody who waits: a task, or a thread without a loop. */
struct nw__log_wait {
    struct nw__waiter waiter; /* of a thread, only `link` and `result` */
    bool thread;
    bool granted; /* a thread's */
    nw_slice text;
    size_t need_bytes; /* of the text as an entry */
    uint64_t target;   /* the position that has to be settled */
    uint64_t trip;     /* how many trips had begun when it began to wait for that */
};

struct nw_logger {
    pthread_mutex_t lock;
    pthread_cond_t granted; /* some thread was */
    unsigned fork_generation;
    nw_log_options options; /* with the defaults filled in */
    struct nw__stamp stamp;

    struct nw__log_buffer gathering, leaving;
    size_t queued_bytes; /* in both */
    uint64_t accepted;   /* positions: all that was; ... */
    uint64_t written;    /* ... that is with the kernel; ... */
    uint64_t synced;     /* ... that a sync has covered */
    uint64_t dropped_untold;

    struct nw__list room;     /* who wait for room, first come first served */
    struct nw__list settling; /* who wait until what they have is written or synced; by `target` */
    struct nw__list rotating; /* who wait for the rotation */
    struct nw__list closers;  /* who wait for the writer's end */
    struct nw__list idle;     /* the writer, when it sleeps */
    unsigned waiting;         /* calls that are in `room`, `settling` or `rotating`, or on their way out */
    bool resting;             /* it does so after a failure: entries do not wake it, orders do */

    /* Orders for the writer. */
    bool reopen_wanted;
    bool rotate_wanted;
    uint64_t reopen_at; /* positions: what comes before is for the old file */
    uint64_t rotate_at;
    bool hurry;  /* try again at once, though it has just failed */
    int closing; /* nothing is accepted any more: NW_ECLOSED, NW_ESHUTDOWN; write what there is, and end */
    bool ended;  /* the writer has */

    /* The writer's. */
    uint64_t trips; /* that have begun */
    int failure;    /* of the last trip: what is queued is tried again at ... */
    int64_t retry_at_ns;
    int64_t pause_ns;   /* ... and after the next failure so much later */
    int64_t sync_at_ns; /* NW_LOG_SYNC_INTERVAL: when the next is due; 0: there is nothing to sync */
    int error;          /* that nobody was told yet */
    nw_log_counters counters;

    struct nw__log_file file;
};

/* -- log_queue.c: with the lock held -- */

/* How many bytes the text takes as an entry, without the time. */
size_t nw__log_need(nw_slice text);
/* Add an entry, when there is room and nobody waits for it. 0, -EAGAIN, -EMSGSIZE. */
NW_CHECK int nw__log_accept(nw_logger *logger, nw_slice text, size_t need_bytes);
/* There is room again: tell of what was dropped, and let in who wait. */
void nw__log_admit(nw_logger *logger);

/* -- log_wait.c: with the lock held -- */

/* Can the caller wait? 0: yes; else NW_ENOTASK (on a loop, outside a task), -ECANCELED, -ETIMEDOUT. */
NW_CHECK int nw__log_may_wait(void);
/* Join the list, release the lock and wait. Returns: what it was granted, or -ECANCELED, -ETIMEDOUT. */
int nw__log_wait(nw_logger *logger, struct nw__list *list, struct nw__log_wait *wait, const char *what);
/* Let one go that was taken out of its list. */
void nw__log_grant(nw_logger *logger, struct nw__log_wait *wait, int result);
/* Let all go. */
void nw__log_grant_all(nw_logger *logger, struct nw__list *list, int result);
/* Have the writer look at what is to be done. */
void nw__log_wake_writer(nw_logger *logger, bool order);

static inline struct nw__log_wait *nw__log_wait_of(struct nw__link *link)
{
    return nw__container(link, struct nw__log_wait, waiter.link);
}

/* How far entries are as safe as the policy promises. */
static inline uint64_t nw__log_settled(const nw_logger *logger)
{
    return logger->options.sync == NW_LOG_SYNC_NEVER ? logger->written : logger->synced;
}

/* -- log_writer.c -- */

/* The writer's task. */
int nw__log_writer(void *logger);

#endif
