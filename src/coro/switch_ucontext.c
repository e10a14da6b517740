/* SPDX-License-Identifier: MIT */
/*
 * The context switch where there is no assembly for the processor: getcontext(3) and friends.
 * A stopped context is a ucontext_t on its own stack. Slower than the others by two system calls, for the
 * signal mask.
 */
#include "coro/switch.h"

#ifdef NW__SWITCH_UCONTEXT

#include <stdint.h>
#include <ucontext.h>

struct start {
    ucontext_t context;
    void (*entry)(void *arg);
    void *arg;
};

/* makecontext() passes ints only: the pointer comes in two halves. */
static void start(unsigned high, unsigned low)
{
    const struct start *start = (void *)(((uintptr_t)high << 16 << 16) | low);

    start->entry(start->arg);
    __builtin_trap(); /* entry returned */
}

void *nw__switch_prepare(void *low, void *top, void (*entry)(void *arg), void *arg)
{
    uintptr_t address = ((uintptr_t)top - sizeof(struct start)) & ~(uintptr_t)63;
    struct start *record = (struct start *)address;

    getcontext(&record->context); /* cannot fail: no such errors exist on Linux */
    record->context.uc_link = NULL;
    record->context.uc_stack.ss_sp = low;
    record->context.uc_stack.ss_size = address - (uintptr_t)low;
    record->entry = entry;
    record->arg = arg;
    makecontext(&record->context, (void (*)(void))start, 2, (unsigned)(address >> 16 >> 16),
                (unsigned)address);
    return record;
}

void nw__switch(void **save_sp, void *load_sp)
{
    ucontext_t here;

    *save_sp = &here;
    swapcontext(&here, load_sp);
}

#endif
