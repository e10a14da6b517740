/* SPDX-License-Identifier: MIT */
/*
 * The context switch: control goes where it should, and everything that a function call preserves is
 * preserved.
 */
#include "coro/coro.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coro/stack.h"
#include "unit.h"

/* A coroutine in the smallest form: who runs, who waits for it, and what it was told to do. */
struct routine {
    struct nw__stack stack;
    struct nw__context context;
    struct nw__context *back;
    void (*body)(struct routine *self);
    long value;
    bool done;
};

static struct nw__stacks stacks;
static struct nw__context native;

static int setup(void **state)
{
    (void)state;
    nw__context_init_native(&native);
    return nw__stacks_init(&stacks, 0, sizeof(struct routine));
}

static int teardown(void **state)
{
    (void)state;
    nw__context_finish(&native);
    nw__stacks_finish(&stacks);
    return 0;
}

static void routine_main(void *arg)
{
    struct routine *self = arg;

    self->body(self);
    self->done = true;
    nw__context_switch_last(&self->context, self->back);
}

static struct routine *routine_create(void (*body)(struct routine *self), long value)
{
    struct routine *self = (struct routine *)nw__stacks_take(&stacks);

    assert_non_null(self);
    self->back = &native;
    self->body = body;
    self->value = value;
    self->done = false;
    nw__context_init(&self->context, self->stack.low, nw__stack_top(&self->stack), routine_main, self);
    return self;
}

static void routine_destroy(struct routine *self)
{
    nw__context_finish(&self->context);
    nw__stacks_give(&stacks, &self->stack);
}

static void resume(struct routine *self)
{
    nw__context_switch(&native, &self->context);
}

static void yield(struct routine *self)
{
    nw__context_switch(&self->context, self->back);
}

static void count_up(struct routine *self)
{
    while (self->value < 1000) {
        self->value++;
        yield(self);
    }
}

static void control_goes_back_and_forth(void **state)
{
    struct routine *routine = routine_create(count_up, 0);

    (void)state;
    for (long i = 1; i <= 1000; i++) {
        resume(routine);
        assert_int_equal(routine->value, i);
        assert_false(routine->done);
    }
    resume(routine);
    assert_true(routine->done);
    routine_destroy(routine);
}

#ifdef NW__TSAN
#define MANY 200 /* its clocks have an entry for each */
#else
#define MANY 2000
#endif

static void many_keep_their_own_state(void **state)
{
    static struct routine *routines[MANY];

    (void)state;
    for (int i = 0; i < MANY; i++)
        routines[i] = routine_create(count_up, i % 1000);
    for (long turn = 1; turn <= 1001; turn++) {
        for (int i = 0; i < MANY; i++) {
            if (routines[i]->done)
                continue;
            resume(routines[i]);
            assert_int_equal(routines[i]->value, i % 1000 + turn < 1000 ? i % 1000 + turn : 1000);
        }
    }
    for (int i = 0; i < MANY; i++) {
        assert_true(routines[i]->done);
        routine_destroy(routines[i]);
    }
}

static struct routine *relay[3];

static void pass_on(struct routine *self)
{
    for (int i = 0; i < 100; i++) {
        relay[(self->value + 1) % 3]->value += 3; /* keeps the place in the relay, counts the visits */
        nw__context_switch(&self->context, &relay[(self->value + 1) % 3]->context);
    }
}

static void coroutines_switch_to_one_another(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        relay[i] = routine_create(pass_on, i);
    resume(relay[0]);
    /* The first to finish its hundred hands back here; the others stopped within theirs. */
    assert_true(relay[0]->done);
    assert_int_equal(relay[0]->value, 0 + 3 * 100);
    assert_int_equal(relay[1]->value, 1 + 3 * 100);
    assert_int_equal(relay[2]->value, 2 + 3 * 100);
    for (int i = 0; i < 3; i++)
        routine_destroy(relay[i]);
}

static void start_another(struct routine *self)
{
    struct routine *inner;

    if (self->value == 0)
        return;
    inner = routine_create(start_another, self->value - 1);
    inner->back = &self->context;
    nw__context_switch(&self->context, &inner->context);
    self->value += inner->done ? inner->value : 1000000;
    routine_destroy(inner);
}

static void they_nest(void **state)
{
    struct routine *outer = routine_create(start_another, 100);

    (void)state;
    resume(outer);
    assert_true(outer->done);
    assert_int_equal(outer->value, 5050);
    routine_destroy(outer);
}

static void note_alignment(struct routine *self)
{
    char text[64];
    volatile double half = 0.5; /* printing it takes aligned vector moves */
    _Alignas(16) char aligned[16];

    self->value = (long)((uintptr_t)aligned & 15);
    snprintf(text, sizeof text, "%.3f %d", half, 7);
    if (strcmp(text, "0.500 7") != 0)
        self->value = -1;
#if defined(__x86_64__) || defined(__aarch64__)
    self->value |= (long)((uintptr_t)__builtin_frame_address(0) & 15);
#endif
}

static void stacks_are_aligned_as_the_abi_says(void **state)
{
    struct routine *routine = routine_create(note_alignment, 1);

    (void)state;
    resume(routine);
    assert_int_equal(routine->value, 0);
    routine_destroy(routine);
}

/* Not a tail call, and not to be turned into a loop: each level keeps 512 bytes that it looks at again. */
__attribute__((noinline)) static long descend(const struct routine *self, long depth)
{
    volatile unsigned char frame[512];
    long below = 0;

    memset((void *)(uintptr_t)frame, (int)(depth & 0xff), sizeof frame);
    if ((char *)__builtin_frame_address(0) - self->stack.low > 8192)
        below = descend(self, depth + 1);
    for (size_t i = 0; i < sizeof frame; i++) {
        if (frame[i] != (depth & 0xff))
            return -1000000;
    }
    return below + 1;
}

static void go_deep(struct routine *self)
{
    self->value = descend(self, 0);
}

static void recursion_may_use_the_whole_stack(void **state)
{
    struct routine *routine = routine_create(go_deep, 0);

    (void)state;
    resume(routine);
    assert_true(routine->done);
    assert_true(routine->value > 50);
    routine_destroy(routine);
}

static void sum_fractions(struct routine *self)
{
    double sum = 0, term = 1;

    for (int i = 1; i <= 100; i++) {
        sum += term / (double)(i + self->value);
        term = -term;
        yield(self);
    }
    self->value = (long)(sum * 1000000);
}

static void floating_point_values_survive(void **state)
{
    struct routine *routines[8];
    long expected[8];

    (void)state;
    for (int i = 0; i < 8; i++) {
        double sum = 0;
        for (int k = 1; k <= 100; k++)
            sum += (k % 2 ? 1.0 : -1.0) / (k + i);
        expected[i] = (long)(sum * 1000000);
        routines[i] = routine_create(sum_fractions, i);
    }
    for (int turn = 0; turn <= 100; turn++) {
        for (int i = 0; i < 8; i++)
            resume(routines[i]);
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(routines[i]->value, expected[i]);
        routine_destroy(routines[i]);
    }
}

/* A call chain ends at the start of the coroutine: the unwinder must neither fail nor run on. */
__attribute__((noinline)) static void unwind(struct routine *self)
{
    void *addresses[64];

    self->value = backtrace(addresses, 64);
}

static void backtraces_end(void **state)
{
    struct routine *routine = routine_create(unwind, 0);

    (void)state;
    resume(routine);
    assert_in_range(routine->value, 2, 8);
    routine_destroy(routine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(control_goes_back_and_forth, setup, teardown),
        cmocka_unit_test_setup_teardown(many_keep_their_own_state, setup, teardown),
        cmocka_unit_test_setup_teardown(coroutines_switch_to_one_another, setup, teardown),
        cmocka_unit_test_setup_teardown(they_nest, setup, teardown),
        cmocka_unit_test_setup_teardown(stacks_are_aligned_as_the_abi_says, setup, teardown),
        cmocka_unit_test_setup_teardown(recursion_may_use_the_whole_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(floating_point_values_survive, setup, teardown),
        cmocka_unit_test_setup_teardown(backtraces_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
