/* SPDX-License-Identifier: MIT */
/*
 * What a context switch costs, against boost.context: between two contexts, and around a ring of a thousand.
 * boost's jump_fcontext also saves mxcsr and the x87 control word, which we leave to the thread.
 */
#include <stdlib.h>

#include "bench.h"
#include "coro/coro.h"
#include "coro/stack.h"

#define COUNT    1000
#define SWITCHES 4000000

struct coroutine {
    struct nw__stack stack;
    struct nw__context context;
    void *boost;
};

static struct nw__stacks stacks;
static struct coroutine *coroutines[COUNT];
static struct nw__context native;

static void nowait_main(void *arg)
{
    struct coroutine *self = arg;

    for (;;)
        nw__context_switch(&self->context, &native);
}

static int64_t nowait_run(size_t count)
{
    int64_t start = bench_now_ns();

    for (int i = 0; i < SWITCHES / 2; i += (int)count) {
        for (size_t k = 0; k < count; k++)
            nw__context_switch(&native, &coroutines[k]->context);
    }
    return bench_now_ns() - start;
}

#ifdef HAVE_BOOST_CONTEXT

/* The C side of boost.context, as its assembly defines it; its header is C++. */
struct transfer {
    void *context;
    void *data;
};
extern struct transfer jump_fcontext(void *context, void *data);
extern void *make_fcontext(void *top, size_t size_bytes, void (*fn)(struct transfer));

static void boost_main(struct transfer transfer)
{
    for (;;)
        transfer = jump_fcontext(transfer.context, NULL);
}

static int64_t boost_run(size_t count)
{
    int64_t start = bench_now_ns();

    for (int i = 0; i < SWITCHES / 2; i += (int)count) {
        for (size_t k = 0; k < count; k++)
            coroutines[k]->boost = jump_fcontext(coroutines[k]->boost, NULL).context;
    }
    return bench_now_ns() - start;
}

static void boost_prepare(struct coroutine *coroutine)
{
    coroutine->boost =
        make_fcontext(nw__stack_top(&coroutine->stack), nw__stack_size(&coroutine->stack), boost_main);
}

static int64_t one_boost(void *arg)
{
    (void)arg;
    boost_prepare(coroutines[0]);
    return boost_run(1);
}

static int64_t ring_boost(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < COUNT; i++)
        boost_prepare(coroutines[i]);
    return boost_run(COUNT);
}

#else
#define one_boost  NULL
#define ring_boost NULL
#endif

/* Both sides use the same stacks, one after the other: the same colours, the same pages. */
static int64_t one_nowait(void *arg)
{
    (void)arg;
    nw__context_init(&coroutines[0]->context, coroutines[0]->stack.low, coroutines[0], nowait_main,
                     coroutines[0]);
    return nowait_run(1);
}

static int64_t ring_nowait(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < COUNT; i++)
        nw__context_init(&coroutines[i]->context, coroutines[i]->stack.low, coroutines[i], nowait_main,
                         coroutines[i]);
    return nowait_run(COUNT);
}

int main(void)
{
    const struct bench_side one[] = {{"nowait", one_nowait, NULL}, {"boost.context", one_boost, NULL}};
    const struct bench_side ring[] = {{"nowait", ring_nowait, NULL}, {"boost.context", ring_boost, NULL}};

    if (nw__stacks_init(&stacks, 0, sizeof(struct coroutine)) < 0)
        return EXIT_FAILURE;
    nw__context_init_native(&native);
    for (size_t i = 0; i < COUNT; i++) {
        coroutines[i] = (struct coroutine *)nw__stacks_take(&stacks);
        if (!coroutines[i])
            return EXIT_FAILURE;
    }
    if (bench_compare("context switch, one coroutine", SWITCHES, &one[0], &one[1], 1.0) < 0 ||
        bench_compare("context switch, a ring of 1,000", SWITCHES, &ring[0], &ring[1], 1.0) < 0)
        return EXIT_FAILURE;
    for (size_t i = 0; i < COUNT; i++)
        nw__stacks_give(&stacks, &coroutines[i]->stack);
    nw__stacks_finish(&stacks);
    return EXIT_SUCCESS;
}
