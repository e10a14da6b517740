/* SPDX-License-Identifier: MIT */
/*
 * Timers: a 4-ary heap of deadlines, ordered by time and then by insertion.
 * Owns its index arrays only; they grow by doubling and are freed when a large heap runs empty.
 * Sifting touches those arrays and never a timer.
 */
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

/*
 * The root stands at index 3, so that the children of i begin at 4(i - 2): at a multiple of four, which is a
 * cache line of 64 bytes of its own.
 */
#define ROOT       3
#define LINE_BYTES 64
#define ROWS_MIN   64
#define ROWS_MAX   ((size_t)1 << 28) /* of which no child's index overflows */
#define ROWS_KEEP  4096              /* an empty heap up to this size keeps its memory */
#define ROW_BYTES  (sizeof(struct nw__timer_entry) + sizeof(struct nw__timer *) + sizeof(uint32_t))

static uint32_t parent_of(uint32_t index)
{
    return index / 4 + 2;
}

static uint32_t first_child_of(uint32_t index)
{
    return 4 * (index - 2);
}

/* Without branches: which of two timers is earlier is a coin toss, and a wrong guess costs more than all of
 * this. */
static bool earlier(const struct nw__timer_entry *a, const struct nw__timer_entry *b)
{
    bool older = (int32_t)(a->sequence - b->sequence) < 0; /* equal deadlines in the order they were set */

    return (a->at_ns < b->at_ns) | ((a->at_ns == b->at_ns) & older);
}

static void place(struct nw__timers *timers, uint32_t index, struct nw__timer_entry entry)
{
    timers->entries[index] = entry;
    timers->positions[entry.slot] = index;
}

/* Put `entry` where it belongs between the hole at `index` and the root. */
static void sift_up(struct nw__timers *timers, uint32_t index, struct nw__timer_entry entry)
{
    while (index > ROOT) {
        uint32_t parent = parent_of(index);

        if (!earlier(&entry, &timers->entries[parent]))
            break;
        place(timers, index, timers->entries[parent]);
        index = parent;
    }
    place(timers, index, entry);
}

static uint32_t earliest_of(const struct nw__timer_entry *entries, uint32_t a, uint32_t b)
{
    return earlier(&entries[b], &entries[a]) ? b : a;
}

/* The earliest of the children that begin at `child`; `end` is one past the last entry. */
static uint32_t earliest_child(const struct nw__timer_entry *entries, uint32_t child, uint32_t end)
{
    uint32_t best = child;

    if (child + 4 <= end)
        return earliest_of(entries, earliest_of(entries, child, child + 1),
                           earliest_of(entries, child + 2, child + 3));
    for (uint32_t i = child + 1; i < end; i++)
        best = earliest_of(entries, best, i);
    return best;
}

/* The children of four siblings lie together: fetch all while one of the siblings is chosen. */
static void prefetch_children(const struct nw__timer_entry *entries, uint32_t sibling, uint32_t end)
{
    uint32_t child = first_child_of(sibling);

    for (uint32_t i = child; i < child + 16 && i < end; i += 4)
        __builtin_prefetch(&entries[i]);
}

/*
 * Close the hole at `index` with the last entry. The hole sinks to the bottom first and the entry rises from
 * there: it came from the bottom and will most likely stay, so comparing it on the way down would be in vain.
 */
static void close_hole(struct nw__timers *timers, uint32_t index)
{
    uint32_t end = ROOT + --timers->count;
    struct nw__timer_entry last = timers->entries[end];

    if (index == end)
        return;
    for (uint32_t child = first_child_of(index); child < end; child = first_child_of(index)) {
        prefetch_children(timers->entries, child, end);
        child = earliest_child(timers->entries, child, end);
        place(timers, index, timers->entries[child]);
        index = child;
    }
    sift_up(timers, index, last);
}

static uint32_t slot_take(struct nw__timers *timers, struct nw__timer *timer)
{
    uint32_t slot = timers->free_slot;

    if (slot)
        timers->free_slot = timers->positions[slot];
    else
        slot = ++timers->slots_used;
    timers->timers[slot] = timer;
    return slot;
}

static void slot_give(struct nw__timers *timers, uint32_t slot)
{
    timers->positions[slot] = timers->free_slot;
    timers->free_slot = slot;
}

static size_t capacity_of(size_t rows)
{
    return rows ? rows - ROOT : 0;
}

/* One block holds the three arrays; the entries come first, for their alignment. */
static int resize(struct nw__timers *timers, size_t rows)
{
    struct nw__timers old = *timers;
    struct nw__timer_entry *entries = aligned_alloc(LINE_BYTES, rows * ROW_BYTES);

    if (!entries)
        return -ENOMEM;
    timers->entries = entries;
    timers->timers = (struct nw__timer **)(entries + rows);
    timers->positions = (uint32_t *)(timers->timers + rows);
    timers->rows = (uint32_t)rows;
    if (old.rows) {
        memcpy(timers->entries, old.entries, (ROOT + old.count) * sizeof *old.entries);
        memcpy(timers->timers, old.timers, ((size_t)old.slots_used + 1) * sizeof(struct nw__timer *));
        memcpy(timers->positions, old.positions, ((size_t)old.slots_used + 1) * sizeof *old.positions);
        free(old.entries);
    }
    return 0;
}

static int grow_to(struct nw__timers *timers, size_t count)
{
    size_t rows = timers->rows ? timers->rows : ROWS_MIN;

    while (capacity_of(rows) < count && rows < ROWS_MAX)
        rows *= 2;
    if (capacity_of(rows) < count)
        return -ENOMEM;
    return rows == timers->rows ? 0 : resize(timers, rows);
}

/* After a storm of timers: memory that only an empty heap can give back, since slots do not move. */
static void shrink_if_empty(struct nw__timers *timers)
{
    if (timers->count == 0 && timers->rows > ROWS_KEEP && timers->reserved == 0)
        nw__timers_finish(timers);
}

void nw__timers_init(struct nw__timers *timers)
{
    *timers = (struct nw__timers){0};
}

void nw__timers_finish(struct nw__timers *timers)
{
    free(timers->entries);
    nw__timers_init(timers);
}

int nw__timers_reserve(struct nw__timers *timers, size_t count)
{
    int rc = grow_to(timers, count);

    if (rc == 0 && count > timers->reserved)
        timers->reserved = (uint32_t)count;
    return rc;
}

int nw__timers_add(struct nw__timers *timers, struct nw__timer *timer, int64_t at_ns)
{
    if (timers->count == capacity_of(timers->rows)) {
        int rc = grow_to(timers, (size_t)timers->count + 1);
        if (rc < 0)
            return rc;
    }
    timer->at_ns = at_ns;
    timer->slot = slot_take(timers, timer);
    sift_up(timers, ROOT + timers->count++,
            (struct nw__timer_entry){.at_ns = at_ns, .sequence = timers->sequence++, .slot = timer->slot});
    return 0;
}

void nw__timers_hasten(struct nw__timers *timers, struct nw__timer *timer, int64_t at_ns)
{
    timer->at_ns = at_ns;
    sift_up(timers, timers->positions[timer->slot],
            (struct nw__timer_entry){.at_ns = at_ns, .sequence = timers->sequence++, .slot = timer->slot});
}

void nw__timers_remove(struct nw__timers *timers, struct nw__timer *timer)
{
    if (!nw__timer_is_set(timer))
        return;
    close_hole(timers, timers->positions[timer->slot]);
    slot_give(timers, timer->slot);
    timer->slot = 0;
    shrink_if_empty(timers);
}

struct nw__timer *nw__timers_pop_due(struct nw__timers *timers, int64_t now_ns)
{
    struct nw__timer *timer;

    if (timers->count == 0 || timers->entries[ROOT].at_ns > now_ns)
        return NULL;
    timer = nw__timers_first(timers);
    nw__timers_remove(timers, timer);
    __builtin_prefetch(nw__timers_first(timers), 1); /* the caller's next, which lies on a page of its own */
    return timer;
}

struct nw__timer *nw__timers_first(const struct nw__timers *timers)
{
    return timers->count ? timers->timers[timers->entries[ROOT].slot] : NULL;
}

int64_t nw__timers_next_ns(const struct nw__timers *timers)
{
    return timers->count ? timers->entries[ROOT].at_ns : INT64_MAX;
}
