/* SPDX-License-Identifier: MIT */
/*
 * Timers: a 4-ary heap of deadlines, ordered by time and then by insertion.
 * Owns its index arrays only: a timer lives inside whoever waits for it, and must be removed before that
 * goes. Knows nothing of tasks or callbacks: it hands back what is due.
 */
#ifndef NW_BASE_HEAP_H
#define NW_BASE_HEAP_H

#include <nowait/base.h>

struct nw__timer {
    int64_t at_ns;                         /* the deadline, as long as the timer is set */
    void (*fire)(struct nw__timer *timer); /* the user's; never called here */
    uint32_t slot;                         /* 0 when not set, so a zeroed timer is a valid one */
};

/*
 * What the heap compares lies in the heap itself, four children to a cache line, and where each timer
 * stands lies in a table of its own. A million timers are a million stacks' worth of pages: sifting must
 * touch none of them.
 */
struct nw__timer_entry {
    int64_t at_ns;
    uint32_t sequence;
    uint32_t slot;
};

struct nw__timers {
    struct nw__timer_entry *entries; /* the heap; its root stands at index 3, see heap.c */
    struct nw__timer **timers;       /* slot -> timer */
    uint32_t *positions;             /* slot -> index in entries; of a free slot: the next free one */
    uint32_t rows;                   /* allocated, of each array */
    uint32_t count;                  /* timers that are set */
    uint32_t sequence;               /* of the next timer; may wrap */
    uint32_t slots_used;             /* slots from 1 to here were given out at least once */
    uint32_t free_slot;              /* head of the chain of those that are free again, 0 at its end */
    uint32_t reserved;               /* highest count that was promised to fit */
};

/* Allocates nothing yet. */
void nw__timers_init(struct nw__timers *timers);

/* Forgets timers that are still set; they must not be used with this heap again. */
void nw__timers_finish(struct nw__timers *timers);

/* After success `count` timers can be set at once without failure. Errors: -ENOMEM. */
NW_CHECK int nw__timers_reserve(struct nw__timers *timers, size_t count);

/* Set an unset timer. Errors: -ENOMEM, and the timer stays unset. */
NW_CHECK int nw__timers_add(struct nw__timers *timers, struct nw__timer *timer, int64_t at_ns);

/* A timer that is set shall be due earlier. Cannot fail. */
void nw__timers_hasten(struct nw__timers *timers, struct nw__timer *timer, int64_t at_ns);

/* Unset; nothing happens to a timer that is not set. */
void nw__timers_remove(struct nw__timers *timers, struct nw__timer *timer);

/* Unset and return the earliest timer whose deadline is at or before `now_ns`; NULL when there is none. */
struct nw__timer *nw__timers_pop_due(struct nw__timers *timers, int64_t now_ns);

/* The earliest timer, still set; NULL when there is none. */
struct nw__timer *nw__timers_first(const struct nw__timers *timers);

/* The earliest deadline; INT64_MAX when there is none. */
int64_t nw__timers_next_ns(const struct nw__timers *timers);

static inline bool nw__timer_is_set(const struct nw__timer *timer)
{
    return timer->slot != 0;
}

static inline void nw__timer_init(struct nw__timer *timer, void (*fire)(struct nw__timer *timer))
{
    *timer = (struct nw__timer){.fire = fire};
}

#endif
