/* SPDX-License-Identifier: MIT */
/*
 * What a context switch costs, against boost.context: between two contexts, and around a ring of a thousand.
 * boost's jump_fcontext also saves mxcsr and the x87 control word, which we leave to the thread.
 */
#include <errno.h>
#include <stdlib.h>

#include "bench.h"
#include "coro/coro.h"
#include "coro/stack.h"

#define COUNT    1000 /* at most; bench_contender.depth says how many take turns */
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

static uint64_t expected(uint64_t ops)
{
    (void)ops;
    return 0; /* a switch leaves no trace but the time it took */
}

/* Both sides use the same stacks, one after the other: the same colours, the same pages. */
static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    for (size_t k = 0; k < self->depth; k++)
        nw__context_init(&coroutines[k]->context, coroutines[k]->stack.low, coroutines[k], nowait_main,
                         coroutines[k]);
    int64_t began_ns = bench_now();
    while (round->ops < round->ops_wanted) {
        for (size_t k = 0; k < self->depth; k++)
            nw__context_switch(&native, &coroutines[k]->context);
        round->ops += 2 * self->depth; /* there and back */
    }
    round->elapsed_ns = bench_now() - began_ns;
    return 0;
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

static int run_boost(const struct bench_contender *self, struct bench_round *round)
{
    for (size_t k = 0; k < self->depth; k++)
        coroutines[k]->boost = make_fcontext(nw__stack_top(&coroutines[k]->stack),
                                             nw__stack_size(&coroutines[k]->stack), boost_main);
    int64_t began_ns = bench_now();
    while (round->ops < round->ops_wanted) {
        for (size_t k = 0; k < self->depth; k++)
            coroutines[k]->boost = jump_fcontext(coroutines[k]->boost, NULL).context;
        round->ops += 2 * self->depth;
    }
    round->elapsed_ns = bench_now() - began_ns;
    return 0;
}

#else
#define run_boost NULL
#endif

static const struct bench_contender one[] = {
    {.name = "nowait", .how = "the switch alone (private)", .run = run_nowait, .depth = 1},
    {.name = "boost.context", .how = "jump_fcontext", .run = run_boost, .depth = 1},
    {0},
};

static const struct bench_contender ring[] = {
    {.name = "nowait", .how = "the switch alone (private)", .run = run_nowait, .depth = COUNT},
    {.name = "boost.context", .how = "jump_fcontext", .run = run_boost, .depth = COUNT},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait", "boost.context", BENCH_TIME, 1.0},
    {0},
};

static int take_stacks(void)
{
    int rc = nw__stacks_init(&stacks, 0, sizeof(struct coroutine));

    for (size_t i = 0; i < COUNT && rc == 0; i++) {
        coroutines[i] = (struct coroutine *)nw__stacks_take(&stacks);
        rc = coroutines[i] ? 0 : -ENOMEM;
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "A context switch, against boost.context.");
    if (take_stacks() < 0) {
        fprintf(stderr, "%s: no memory for %d stacks\n", bench.program, COUNT);
        return EXIT_FAILURE;
    }
    nw__context_init_native(&native);
    const struct bench_case c = {
        .unit = "switch",
        .ops = bench_scaled(&bench, SWITCHES) / (2 * COUNT) * (2 * COUNT),
        .expected = expected,
        .targets = targets,
    };
    const struct bench_variation variations[] = {
        {"switch-1", "context switch, one coroutine", one},
        {"switch-1000", "context switch, a ring of 1,000", ring},
        {0},
    };
    bench_vary(&bench, &c, variations);
    for (size_t i = 0; i < COUNT; i++)
        nw__stacks_give(&stacks, &coroutines[i]->stack);
    nw__stacks_finish(&stacks);
    return bench_finish(&bench);
}
