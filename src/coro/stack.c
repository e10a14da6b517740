/* SPDX-License-Identifier: MIT */
/*
 * Stacks with guards: cut from slabs, reused without system calls, given back to the kernel when long idle.
 * Owns the memory of every stack it hands out, and keeps its books outside of it, so that an idle stack needs
 * no page. Must not be shared between threads, and must never hand out a stack without a guard.
 */
#include "coro/stack.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/sanitize.h"

#ifndef MADV_GUARD_INSTALL /* Linux 6.13 */
#define MADV_GUARD_INSTALL 102
#endif

/*
 * Wider than a page: a function with a PATH_MAX or BUFSIZ array can step over 4 KiB without touching them. It
 * is address space only.
 */
#define GUARD_BYTES   ((size_t)16 * 1024)
#define USABLE_MIN    ((size_t)16 * 1024)
#define SLEEPER_BYTES ((size_t)512) /* what a switch may keep below the stack pointer that it tells */
#define ALIGN_BYTES   ((size_t)64)
#define SLOTS_MAX     64u /* of a slab: the bits of a word */
#define COLOURS       16u
#define COLOUR_BYTES  ((size_t)128) /* 16 x 128: headers start anywhere in the upper half of their page */

struct nw__slab {
    struct nw__link link; /* in one of the pool's three lists */
    char *base;
    size_t slot_bytes;
    uint64_t all;     /* the slots that exist, one bit each; so are the next three */
    uint64_t idle;    /* not handed out */
    uint64_t warm;    /* idle, and may hold pages */
    uint64_t guarded; /* have their guard, from the first use until the slab goes */
    uint32_t slot_count;
#ifdef NW__HAVE_VALGRIND
    unsigned valgrind_ids[SLOTS_MAX]; /* of guarded slots */
#endif
};

static size_t round_up(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static char *slot_of(const struct nw__slab *slab, uint32_t slot)
{
    return slab->base + slot * slab->slot_bytes;
}

/* Sized stacks are slabs of one slot. */
static bool is_single(const struct nw__slab *slab)
{
    return slab->slot_count == 1;
}

/* The list that a slab belongs in, at its front: what was used last is taken first. */
static void file_slab(struct nw__stacks *stacks, struct nw__slab *slab)
{
    nw__list_remove(&slab->link);
    nw__list_push_front(slab->warm ? &stacks->warm : slab->idle ? &stacks->cold : &stacks->full, &slab->link);
}

static struct nw__slab *slab_create(struct nw__stacks *stacks, size_t slot_bytes, uint32_t slot_count)
{
    struct nw__slab *slab = calloc(1, sizeof *slab);
    size_t bytes = slot_bytes * slot_count;

    if (!slab)
        return NULL;
    slab->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab->base == MAP_FAILED) {
        free(slab);
        return NULL;
    }
    /* A huge page would make a stack cost 2 MiB. Fails only where the kernel knows no huge pages. */
    (void)madvise(slab->base, bytes, MADV_NOHUGEPAGE);
    slab->slot_bytes = slot_bytes;
    slab->slot_count = slot_count;
    slab->all = ~(uint64_t)0 >> (SLOTS_MAX - slot_count);
    slab->idle = slab->all;
    stacks->mapped_bytes += bytes;
    nw__link_init(&slab->link);
    file_slab(stacks, slab);
    return slab;
}

static void slab_destroy(struct nw__stacks *stacks, struct nw__slab *slab)
{
    size_t bytes = slab->slot_bytes * slab->slot_count;

#ifdef NW__HAVE_VALGRIND
    for (uint64_t bits = slab->guarded; bits; bits &= bits - 1)
        VALGRIND_STACK_DEREGISTER(slab->valgrind_ids[__builtin_ctzll(bits)]);
#endif
    nw__unpoison(slab->base, bytes); /* the addresses may belong to somebody else next */
    if (munmap(slab->base, bytes) < 0)
        (void)madvise(slab->base, bytes,
                      MADV_DONTNEED); /* too many mappings to cut a hole: keep addresses only */
    stacks->mapped_bytes -= bytes;
    stacks->warm_count -= (size_t)__builtin_popcountll(slab->warm);
    nw__list_remove(&slab->link);
    free(slab);
}

/*
 * Whether the guard at `guard` is one, as only the kernel can tell without a fault: emulators take advice
 * that they do not know for granted.
 */
static bool guard_holds(char *guard)
{
    return uname((struct utsname *)(void *)guard) < 0 && errno == EFAULT;
}

/* Falls back to mprotect for good when the kernel is too old, or the memory is locked. errno is preserved. */
static int guard_install(struct nw__stacks *stacks, char *guard)
{
    int rc = 0, saved_errno = errno;

    if (stacks->guard != NW__GUARD_MPROTECT) {
        rc = madvise(guard, stacks->guard_bytes, MADV_GUARD_INSTALL) < 0 ? -errno : 0;
        if (rc == -EINVAL || (rc == 0 && stacks->guard == NW__GUARD_UNKNOWN && !guard_holds(guard)))
            stacks->guard = NW__GUARD_MPROTECT;
        else if (rc == 0)
            stacks->guard = NW__GUARD_MADVISE;
    }
    if (stacks->guard == NW__GUARD_MPROTECT)
        rc = mprotect(guard, stacks->guard_bytes, PROT_NONE) < 0 ? -errno : 0;
    errno = saved_errno;
    return rc;
}

/* The first use of a slot. */
static int slot_prepare(struct nw__stacks *stacks, struct nw__slab *slab, uint32_t slot)
{
    char *base = slot_of(slab, slot);
    int rc = guard_install(stacks, base);

    if (rc < 0)
        return rc;
    slab->guarded |= (uint64_t)1 << slot;
#ifdef NW__HAVE_VALGRIND
    slab->valgrind_ids[slot] =
        VALGRIND_STACK_REGISTER(base + stacks->guard_bytes, base + slab->slot_bytes - 1);
#endif
    return 0;
}

static struct nw__stack *slot_header(const struct nw__stacks *stacks, const struct nw__slab *slab,
                                     uint32_t slot)
{
    size_t colour = slot % COLOURS * COLOUR_BYTES;

    return (void *)(slot_of(slab, slot) + slab->slot_bytes - colour - stacks->header_bytes);
}

/* Everything above the guard but the header's first member, which is the pool's own. */
static void slot_poison(const struct nw__stack *stack)
{
    const char *top = slot_of(stack->slab, stack->slot) + stack->slab->slot_bytes;

    nw__poison(stack->low, nw__stack_size(stack));
    nw__poison(stack + 1, (size_t)(top - (const char *)(stack + 1)));
}

static void slot_unpoison(const struct nw__stack *stack)
{
    const char *top = slot_of(stack->slab, stack->slot) + stack->slab->slot_bytes;

    nw__unpoison(stack->low, nw__stack_size(stack));
    nw__unpoison(stack + 1, (size_t)(top - (const char *)(stack + 1)));
}

static void count_warm_taken(struct nw__stacks *stacks)
{
    stacks->warm_count--;
    if (stacks->warm_count < stacks->warm_low)
        stacks->warm_low = stacks->warm_count;
}

static struct nw__stack *slab_take(struct nw__stacks *stacks, struct nw__slab *slab)
{
    uint32_t slot = (uint32_t)__builtin_ctzll(slab->warm ? slab->warm : slab->idle);
    uint64_t bit = (uint64_t)1 << slot;
    struct nw__stack *stack = slot_header(stacks, slab, slot);

    if (!(slab->guarded & bit) && slot_prepare(stacks, slab, slot) < 0)
        return NULL;
    if (slab->warm & bit)
        count_warm_taken(stacks);
    slab->idle &= ~bit;
    slab->warm &= ~bit;
    if (!slab->warm)
        file_slab(stacks, slab);
    stack->low = slot_of(slab, slot) + stacks->guard_bytes;
    stack->slab = slab;
    stack->slot = slot;
    return stack;
}

static struct nw__stack *take_from_slabs(struct nw__stacks *stacks)
{
    struct nw__link *link = nw__list_front(&stacks->warm);
    struct nw__slab *slab;

    if (!link)
        link = nw__list_front(&stacks->cold);
    slab = link ? nw__container(link, struct nw__slab, link)
                : slab_create(stacks, stacks->slot_bytes, SLOTS_MAX);
    return slab ? slab_take(stacks, slab) : NULL;
}

static struct nw__stack *take_single(struct nw__stacks *stacks, size_t slot_bytes)
{
    struct nw__slab *slab = slab_create(stacks, slot_bytes, 1);
    struct nw__stack *stack = slab ? slab_take(stacks, slab) : NULL;

    if (slab && !stack)
        slab_destroy(stacks, slab);
    return stack;
}

/* Enter the stack that was given back last into its slab's books. */
static void settle_last(struct nw__stacks *stacks)
{
    struct nw__slab *slab;
    bool was_warm;

    if (!stacks->last)
        return;
    slab = stacks->last->slab;
    was_warm = slab->warm != 0;
    slab->idle |= (uint64_t)1 << stacks->last->slot;
    slab->warm |= (uint64_t)1 << stacks->last->slot;
    if (!was_warm)
        file_slab(stacks, slab);
    stacks->last = NULL;
}

/* Let the kernel have the pages of a slab's idle stacks, or all of the slab when no stack is in use. */
static void slab_release(struct nw__stacks *stacks, struct nw__slab *slab)
{
    if (slab->idle == slab->all) {
        slab_destroy(stacks, slab);
        return;
    }
    for (uint64_t bits = slab->idle; bits;) {
        uint32_t first = (uint32_t)__builtin_ctzll(bits);
        uint64_t rest = ~(bits >> first); /* never 0: some slot is not idle, or zeros were shifted in */
        uint32_t count = (uint32_t)__builtin_ctzll(rest);

        /* Guards survive it. Should it fail, the pages stay until the slab goes, which is no harm. */
        (void)madvise(slot_of(slab, first), count * slab->slot_bytes, MADV_DONTNEED);
        bits &= ~((~rest & (rest - 1)) << first);
    }
    stacks->warm_count -= (size_t)__builtin_popcountll(slab->warm);
    slab->warm = 0;
    file_slab(stacks, slab);
}

/* From the back of the list, where the slabs are that were used the longest ago. */
static void release(struct nw__stacks *stacks, size_t count)
{
    size_t goal = stacks->warm_count - count;

    settle_last(stacks);
    while (stacks->warm_count > goal)
        slab_release(stacks, nw__container(stacks->warm.head.prev, struct nw__slab, link));
    stacks->warm_low = stacks->warm_count;
}

static void list_destroy(struct nw__stacks *stacks, struct nw__list *list)
{
    nw__list_each_safe (link, list)
        slab_destroy(stacks, nw__container(link, struct nw__slab, link));
}

static bool list_owner(const struct nw__stacks *stacks, const struct nw__list *list, const char *address,
                       struct nw__stack **stack_out)
{
    nw__list_each (link, list) {
        const struct nw__slab *slab = nw__container(link, struct nw__slab, link);
        size_t offset = (uintptr_t)address - (uintptr_t)slab->base; /* huge when the address is lower */
        uint32_t slot;

        if (offset >= slab->slot_bytes * slab->slot_count)
            continue;
        slot = (uint32_t)(offset / slab->slot_bytes);
        if (slab->idle & (uint64_t)1 << slot)
            return false;
        if (slot_header(stacks, slab, slot) == stacks->last)
            return false;
        *stack_out = slot_header(stacks, slab, slot);
        return true;
    }
    return false;
}

/* The size of a slot; 0 when that is out of bounds. */
static size_t slot_bytes_for(const struct nw__stacks *stacks, size_t stack_bytes)
{
    if (stack_bytes < NW__STACK_BYTES_MIN || stack_bytes > NW__STACK_BYTES_MAX)
        return 0;
    if (stack_bytes < stacks->guard_bytes + USABLE_MIN) /* where pages are large */
        stack_bytes = stacks->guard_bytes + USABLE_MIN;
    return round_up(stack_bytes, page_bytes());
}

int nw__stacks_init(struct nw__stacks *stacks, size_t stack_bytes, size_t header_bytes)
{
    struct nw__stacks fresh = {
        .guard_bytes = round_up(GUARD_BYTES, page_bytes()),
        .header_bytes = round_up(header_bytes, ALIGN_BYTES),
    };

    fresh.slot_bytes = slot_bytes_for(&fresh, stack_bytes ? stack_bytes : NW__STACK_BYTES_DEFAULT);
    if (fresh.slot_bytes == 0 || header_bytes < sizeof(struct nw__stack) ||
        header_bytes > NW__STACK_HEADER_MAX)
        return -EINVAL;
    *stacks = fresh;
    nw__list_init(&stacks->warm);
    nw__list_init(&stacks->cold);
    nw__list_init(&stacks->full);
    return 0;
}

void nw__stacks_finish(struct nw__stacks *stacks)
{
    assert(stacks->live_count == 0);
    list_destroy(stacks, &stacks->warm);
    list_destroy(stacks, &stacks->cold);
    list_destroy(stacks, &stacks->full);
}

struct nw__stack *nw__stacks_take(struct nw__stacks *stacks)
{
    struct nw__stack *stack = stacks->last;

    if (stack) {
        stacks->last = NULL;
        count_warm_taken(stacks);
    } else {
        stack = take_from_slabs(stacks);
        if (!stack)
            return NULL;
    }
    stacks->live_count++;
    slot_unpoison(stack);
    return stack;
}

struct nw__stack *nw__stacks_take_sized(struct nw__stacks *stacks, size_t stack_bytes)
{
    size_t slot_bytes = stack_bytes ? slot_bytes_for(stacks, stack_bytes) : stacks->slot_bytes;
    struct nw__stack *stack;

    if (slot_bytes == stacks->slot_bytes)
        return nw__stacks_take(stacks);
    stack = slot_bytes ? take_single(stacks, slot_bytes) : NULL;
    if (stack)
        stacks->live_count++;
    return stack;
}

void nw__stacks_give(struct nw__stacks *stacks, struct nw__stack *stack)
{
    assert(stack != stacks->last && !(stack->slab->idle & (uint64_t)1 << stack->slot)); /* given back twice */
    stacks->live_count--;
    if (is_single(stack->slab)) {
        slab_destroy(stacks, stack->slab);
        return;
    }
    settle_last(stacks);
    slot_poison(stack);
    stacks->last = stack;
    if (++stacks->warm_count > NW__STACKS_WARM_MAX)
        release(stacks, NW__STACKS_WARM_MAX / 2);
}

void nw__stack_trim(struct nw__stack *stack, const void *sp)
{
    size_t page = page_bytes();
    size_t left = (size_t)((const char *)sp - stack->low);

    left = left > SLEEPER_BYTES ? (left - SLEEPER_BYTES) / page * page : 0;
    if (left > 0) /* `low` is where a page begins: the guard ends there */
        (void)madvise(stack->low, left, MADV_DONTNEED);
}

void nw__stacks_trim(struct nw__stacks *stacks)
{
    size_t unused = stacks->warm_low;

    stacks->warm_low = stacks->warm_count;
    if (unused > NW__STACKS_WARM_MIN)
        release(stacks, unused - NW__STACKS_WARM_MIN);
}

bool nw__stacks_owner(const struct nw__stacks *stacks, const void *address, struct nw__stack **stack_out)
{
    return list_owner(stacks, &stacks->full, address, stack_out) ||
           list_owner(stacks, &stacks->warm, address, stack_out) ||
           list_owner(stacks, &stacks->cold, address, stack_out);
}
