/* SPDX-License-Identifier: MIT */
/*
 * Contexts in builds with a sanitizer: ASan must know which stack is in use, TSan which strand of execution
 * it is. Empty in plain builds, where coro.h has it all inline.
 */
#include "coro/coro.h"

#include <stdbool.h>
#include <string.h>

#if defined(NW__ASAN) || defined(NW__TSAN)

/* The context that the last switch on this thread left: only its successor learns the bounds of a native
 * stack. */
static __thread struct nw__context *leaving;

#ifdef NW__TSAN
/*
 * A signal that comes while a fiber runs TSan keeps for that fiber, and calls the handler as it leaves a
 * function that TSan watches: here, since it may not run again before that signal's handler has woken it.
 */
static void handle_signals(void)
{
    static int (*volatile watched)(const void *, const void *, size_t) = memcmp;

    (void)watched("", "", 0);
}
#endif

/*
 * The last act on the old stack. `keep_frames` false: the frames that ASan moved off the stack of `from` are
 * freed.
 *
 * TSan counts calls and returns, each fiber's for itself: a function that is called on one fiber must not
 * return on another. Hence inlined, also without optimisation. The fiber is made here and not with the
 * context, since TSan up to LLVM 21 may crash when a fiber is destroyed on which nothing ever happened.
 */
__attribute__((always_inline)) static inline void announce(struct nw__context *from, struct nw__context *to,
                                                           bool keep_frames)
{
    leaving = from;
#ifdef NW__ASAN
    __sanitizer_start_switch_fiber(keep_frames ? &from->fake_stack : NULL, to->stack_low, to->stack_bytes);
#else
    (void)keep_frames;
#endif
#ifdef NW__TSAN
    if (!to->fiber)
        to->fiber = __tsan_create_fiber(0);
    handle_signals();
    __tsan_switch_to_fiber(to->fiber, 0);
#else
    (void)to;
#endif
}

/* The first act on the new stack. */
static void arrive(struct nw__context *context)
{
#ifdef NW__ASAN
    __sanitizer_finish_switch_fiber(context->fake_stack, &leaving->stack_low, &leaving->stack_bytes);
#else
    (void)context;
#endif
}

static void enter(void *arg)
{
    struct nw__context *context = arg;

    arrive(context);
    context->entry(context->arg);
}

void nw__context_init_native(struct nw__context *context)
{
    *context = (struct nw__context){0};
#ifdef NW__TSAN
    context->fiber = __tsan_get_current_fiber();
#endif
}

void nw__context_init(struct nw__context *context, void *low, void *top, nw__context_fn *entry, void *arg)
{
    *context = (struct nw__context){
        .sp = nw__switch_prepare(low, top, enter, context),
        .entry = entry,
        .arg = arg,
        .stack_low = low,
        .stack_bytes = (size_t)((char *)top - (char *)low),
    };
}

void nw__context_switch(struct nw__context *from, struct nw__context *to)
{
    announce(from, to, true);
    nw__switch(&from->sp, to->sp);
    arrive(from);
}

void nw__context_switch_last(struct nw__context *from, struct nw__context *to)
{
    announce(from, to, false);
    nw__switch(&from->sp, to->sp);
    __builtin_unreachable();
}

void nw__context_finish(struct nw__context *context)
{
#ifdef NW__TSAN
    if (context->fiber && context->stack_low) /* a native fiber is the thread's, not ours */
        __tsan_destroy_fiber(context->fiber);
#endif
    *context = (struct nw__context){0};
}

#endif
