/* SPDX-License-Identifier: MIT */
/*
 * The switch itself, one per processor: switch_x86_64.S, switch_aarch64.S, and switch_ucontext.c for all
 * others. Owns nothing; only coro.h may use it. All that is known of a stopped context is where its stack
 * pointer stood: the rest lies on its stack, in a layout that is private to the three and
 * nw__switch_prepare().
 */
#ifndef NW_CORO_SWITCH_H
#define NW_CORO_SWITCH_H

/* NW__UCONTEXT, given to the compiler, forces the portable version. ILP32 ABIs take it, too. */
#if !defined(NW__UCONTEXT) && defined(__x86_64__) && defined(__LP64__)
#define NW__SWITCH_X86_64 1
#elif !defined(NW__UCONTEXT) && defined(__aarch64__) && defined(__LP64__)
#define NW__SWITCH_AARCH64 1
#else
#define NW__SWITCH_UCONTEXT 1
#endif

#ifndef __ASSEMBLER__

#include <stddef.h>

/*
 * Save the callee-saved registers on the current stack and where they are in `*save_sp`, then restore those
 * at `load_sp` and go on there.
 */
__attribute__((visibility("hidden"))) void nw__switch(void **save_sp, void *load_sp);

#ifdef NW__SWITCH_UCONTEXT

/* What to load to run `entry(arg)` on the stack between `low` and `top`, which is aligned to 16. */
__attribute__((visibility("hidden"))) void *nw__switch_prepare(void *low, void *top, void (*entry)(void *arg),
                                                               void *arg);

#else

/* Where a context begins: calls what nw__switch_prepare() left in two callee-saved registers. */
__attribute__((visibility("hidden"))) void nw__switch_start(void);

#ifdef NW__SWITCH_X86_64
/* In the order in which nw__switch() restores them. */
struct nw__switch_frame {
    void *r15, *r14, *r13, *r12, *rbx, *rbp, *rip;
};
#define NW__SWITCH_ENTRY  r12
#define NW__SWITCH_ARG    rbx
#define NW__SWITCH_FRAME  rbp
#define NW__SWITCH_RETURN rip
#define NW__SWITCH_SKIP   1
#else
struct nw__switch_frame {
    void *d8_to_d15[8], *x19, *x20, *x21_to_x28[8], *x29, *x30;
};
#define NW__SWITCH_ENTRY  x19
#define NW__SWITCH_ARG    x20
#define NW__SWITCH_FRAME  x29
#define NW__SWITCH_RETURN x30
#define NW__SWITCH_SKIP   4
#endif

static inline void *nw__switch_prepare(void *low, void *top, void (*entry)(void *arg), void *arg)
{
    struct nw__switch_frame *frame = (struct nw__switch_frame *)top - 1;

    (void)low;
    frame->NW__SWITCH_ENTRY = (void *)entry;
    frame->NW__SWITCH_ARG = arg;
    frame->NW__SWITCH_FRAME = NULL; /* ends the chain of those who unwind by frame pointers */
    frame->NW__SWITCH_RETURN = (char *)nw__switch_start + NW__SWITCH_SKIP;
    return frame;
}

#endif
#endif
#endif
