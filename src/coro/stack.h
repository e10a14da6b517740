/* SPDX-License-Identifier: MIT */
/*
 * Stacks with guards: cut from slabs, reused without system calls, given back to the kernel when long idle.
 * Owns the memory of every stack it hands out. One pool belongs to one thread; it knows nothing of what runs
 * there.
 *
 *     slot:  | guard | usable stack, growing down ... | your header | colour gap |
 *            low addresses                                            high addresses
 *
 * The header of whoever runs on the stack lies at its upper end, so that a sleeping task costs one page. The
 * colour gap differs from slot to slot: at equal offsets in their pages the headers of all tasks would
 * compete for the same few cache sets.
 */
#ifndef NW_CORO_STACK_H
#define NW_CORO_STACK_H

#include <nowait/base.h>

#include "base/list.h"

#define NW__STACK_BYTES_DEFAULT ((size_t)256 * 1024)
#define NW__STACK_BYTES_MIN     ((size_t)32 * 1024) /* the guard included */
#define NW__STACK_BYTES_MAX     ((size_t)1024 * 1024 * 1024)
#define NW__STACK_HEADER_MAX    ((size_t)1024)

struct nw__slab;

/* The first member of your header. The stack ends right below it. */
struct nw__stack {
    char *low; /* lowest usable byte; the guard lies below */
    struct nw__slab *slab;
    uint32_t slot;
};

enum nw__guard {
    NW__GUARD_UNKNOWN,  /* not tried yet */
    NW__GUARD_MADVISE,  /* MADV_GUARD_INSTALL: costs no mapping, so that a million of them are possible */
    NW__GUARD_MPROTECT, /* two mappings a stack, of which the system allows some 65,000 (vm.max_map_count) */
};

struct nw__stacks {
    size_t slot_bytes; /* the guard included; a multiple of the page */
    size_t guard_bytes;
    size_t header_bytes;    /* a multiple of 64 */
    enum nw__guard guard;   /* a test may set it before the first take */
    struct nw__stack *last; /* given back last, taken first: not in its slab's books yet */
    struct nw__list warm;   /* slabs with an idle stack that was in use before: take from here first */
    struct nw__list cold;   /* slabs whose idle stacks hold no pages */
    struct nw__list full;   /* slabs without an idle stack */
    size_t live_count;      /* stacks handed out */
    size_t warm_count;      /* stacks given back that may still hold pages, `last` among them */
    size_t warm_low;        /* lowest warm_count since the last nw__stacks_trim() */
    size_t mapped_bytes;    /* address space */
};

/*
 * `stack_bytes` 0 means the default; it is rounded up to pages. `header_bytes` is the size of your header.
 * Errors: -EINVAL: a size is out of bounds. Maps nothing yet.
 */
NW_CHECK int nw__stacks_init(struct nw__stacks *stacks, size_t stack_bytes, size_t header_bytes);

/* Unmap everything. No stack may be in use. */
void nw__stacks_finish(struct nw__stacks *stacks);

/*
 * A guarded stack; the address is that of your header, aligned to 64, of which only this first member is set
 * and the rest holds garbage. NULL when memory, address space or the number of mappings is exhausted: a stack
 * without a guard is never handed out.
 */
struct nw__stack *nw__stacks_take(struct nw__stacks *stacks);

/* As take, with a size of its own (0: the pool's). Other sizes than the pool's are mapped and unmapped each
 * time. */
struct nw__stack *nw__stacks_take_sized(struct nw__stacks *stacks, size_t stack_bytes);

/* Give it back. You must not be running on it; its header must not be touched any more. */
void nw__stacks_give(struct nw__stacks *stacks, struct nw__stack *stack);

/*
 * Return to the kernel what was not needed since the last call: as many stacks as lay idle the whole time,
 * but for NW__STACKS_WARM_MIN. To be called now and then by whoever owns the pool. Past NW__STACKS_WARM_MAX
 * idle stacks nw__stacks_give() releases half of them by itself.
 */
void nw__stacks_trim(struct nw__stacks *stacks);
#define NW__STACKS_WARM_MIN ((size_t)64)
#define NW__STACKS_WARM_MAX ((size_t)16384)

/* Whether a later nw__stacks_trim() may find something. */
static inline bool nw__stacks_trimmable(const struct nw__stacks *stacks)
{
    return stacks->warm_count > NW__STACKS_WARM_MIN;
}

/*
 * Whose stack an address lies in, guard included; false when it is nobody's. Async-signal-safe on the pool's
 * own thread: made for the handler of SIGSEGV.
 */
bool nw__stacks_owner(const struct nw__stacks *stacks, const void *address, struct nw__stack **stack_out);

/*
 * Return to the kernel what lies below `sp`, where the stack pointer of whoever sleeps on this stack stands:
 * it is what deeper calls have left.
 */
void nw__stack_trim(struct nw__stack *stack, const void *sp);

/* Where the stack ends and the header begins. */
static inline void *nw__stack_top(struct nw__stack *stack)
{
    return stack;
}

/* Usable bytes, between guard and header. */
static inline size_t nw__stack_size(const struct nw__stack *stack)
{
    return (size_t)((const char *)stack - stack->low);
}

/* Whether a fault at `address`, which nw__stacks_owner() attributed to `stack`, is an overflow of it. */
static inline bool nw__stack_overflowed(const struct nw__stack *stack, const void *address)
{
    return (const char *)address < stack->low;
}

#endif
