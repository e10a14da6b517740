/* SPDX-License-Identifier: MIT */
/*
 * Contexts: a place where execution stopped, and the switch from one to another.
 * Owns no memory: a context lives in its user's struct and runs on its user's stack. Knows nothing of tasks.
 *
 * A switch saves what a function call must preserve and nothing else. The floating-point environment
 * (rounding mode, exception masks) and the signal mask therefore belong to the thread. A context stays on its
 * thread. A C++ exception must not be in flight across a switch: its bookkeeping belongs to the thread, too.
 */
#ifndef NW_CORO_CORO_H
#define NW_CORO_CORO_H

#include "base/sanitize.h"
#include "coro/switch.h"

#ifdef NW__ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef NW__TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* Where a context begins. Must never return: its last act is nw__context_switch_last(). */
typedef void nw__context_fn(void *arg);

struct nw__context {
    void *sp; /* while it is not running: everything else was saved there */
#if defined(NW__ASAN) || defined(NW__TSAN)
    nw__context_fn *entry;
    void *arg;
    const void *stack_low;
    size_t stack_bytes;
    void *fake_stack; /* ASan's, of frames that outlive their function */
    void *fiber;      /* TSan's */
#endif
};

#if defined(NW__ASAN) || defined(NW__TSAN)

/* context_sanitized.c: the same calls, with the checkers told of each step. */
void nw__context_init_native(struct nw__context *context);
void nw__context_init(struct nw__context *context, void *low, void *top, nw__context_fn *entry, void *arg);
void nw__context_switch(struct nw__context *from, struct nw__context *to);
__attribute__((noreturn)) void nw__context_switch_last(struct nw__context *from, struct nw__context *to);
void nw__context_finish(struct nw__context *context);

#else

/* Describe the calling thread's own stack: the context from which the first switch happens. */
static inline void nw__context_init_native(struct nw__context *context)
{
    context->sp = NULL;
}

/*
 * A context that will run `entry(arg)` on the stack between `low` and `top` (which is aligned to 16) when it
 * is first switched to. Writes a few words below `top`.
 */
static inline void nw__context_init(struct nw__context *context, void *low, void *top, nw__context_fn *entry,
                                    void *arg)
{
    context->sp = nw__switch_prepare(low, top, entry, arg);
}

/* Leave `from`, which is the running context, and go on in `to`; returns when something switches back. */
static inline void nw__context_switch(struct nw__context *from, struct nw__context *to)
{
    nw__switch(&from->sp, to->sp);
}

/* The same when `from` is never to be resumed. Does not return. */
__attribute__((noreturn)) static inline void nw__context_switch_last(struct nw__context *from,
                                                                     struct nw__context *to)
{
    nw__switch(&from->sp, to->sp);
    __builtin_unreachable();
}

/* Forget a context that is not running: one that was left for the last time, or was never started, or is
 * native. */
static inline void nw__context_finish(struct nw__context *context)
{
    context->sp = NULL;
}

#endif

#endif
