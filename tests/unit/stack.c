/* SPDX-License-Identifier: MIT */
/*
 * Stacks: where headers lie, what is guarded, what is reused, and what goes back to the kernel.
 */
#include "coro/stack.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "coro/coro.h"
#include "fate.h"
#include "unit.h"

#define HEADER_BYTES 300
#define SMALL_BYTES  NW__STACK_BYTES_MIN

static struct nw__stacks stacks;

static int setup(void **state)
{
    (void)state;
    return nw__stacks_init(&stacks, 0, HEADER_BYTES);
}

static int setup_small(void **state)
{
    (void)state;
    return nw__stacks_init(&stacks, SMALL_BYTES, HEADER_BYTES);
}

static int setup_mprotect(void **state)
{
    int rc = setup(state);

    stacks.guard = NW__GUARD_MPROTECT;
    return rc;
}

static int teardown(void **state)
{
    (void)state;
    nw__stacks_finish(&stacks);
    assert_int_equal(stacks.mapped_bytes, 0);
    return 0;
}

static struct nw__stack *take(void)
{
    struct nw__stack *stack = nw__stacks_take(&stacks);

    assert_non_null(stack);
    return stack;
}

static void give_all(struct nw__stack **taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        nw__stacks_give(&stacks, taken[i]);
}

static void sizes_out_of_bounds_are_refused(void **state)
{
    struct nw__stacks other;

    (void)state;
    assert_int_equal(nw__stacks_init(&other, NW__STACK_BYTES_MIN - 1, HEADER_BYTES), -EINVAL);
    assert_int_equal(nw__stacks_init(&other, NW__STACK_BYTES_MAX + 1, HEADER_BYTES), -EINVAL);
    assert_int_equal(nw__stacks_init(&other, 0, sizeof(struct nw__stack) - 1), -EINVAL);
    assert_int_equal(nw__stacks_init(&other, 0, NW__STACK_HEADER_MAX + 1), -EINVAL);
    assert_null(nw__stacks_take_sized(&stacks, 1));
    assert_null(nw__stacks_take_sized(&stacks, SIZE_MAX));
}

static void all_of_a_stack_can_be_written(void **state)
{
    struct nw__stack *stack = take();

    (void)state;
    assert_int_equal((uintptr_t)stack % 64, 0);
    assert_ptr_equal(nw__stack_top(stack), stack);
    assert_in_range(nw__stack_size(stack), 256 * 1024 - 16 * 1024 - 4096, 256 * 1024);
    memset(stack->low, 0x5a, nw__stack_size(stack));
    memset(stack + 1, 0x5a, HEADER_BYTES - sizeof *stack);
    nw__stacks_give(&stacks, stack);
}

static void headers_are_spread_over_cache_sets(void **state)
{
    struct nw__stack *taken[64];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char seen[4096 / 64] = {0};
    int offsets = 0;

    (void)state;
    for (int i = 0; i < 64; i++) {
        taken[i] = take();
        /* At least 1.5 KiB of frames fit in the page that the header lies in. */
        assert_true((uintptr_t)taken[i] % page >= 1536);
        seen[(uintptr_t)taken[i] % 4096 / 64]++;
    }
    for (size_t i = 0; i < sizeof seen; i++) {
        offsets += seen[i] > 0;
        assert_true(seen[i] <= 4);
    }
    assert_int_equal(offsets, 16);
    give_all(taken, 64);
}

static void what_was_given_is_taken_again(void **state)
{
    struct nw__stack *taken[100];
    struct nw__stack *again;
    size_t mapped;

    (void)state;
    for (int i = 0; i < 100; i++)
        taken[i] = take();
    mapped = stacks.mapped_bytes;
    assert_int_equal(stacks.live_count, 100);
    nw__stacks_give(&stacks, taken[70]);
    again = take();
    assert_ptr_equal(again, taken[70]);
    give_all(taken, 100);
    assert_int_equal(stacks.live_count, 0);
    for (int i = 0; i < 100; i++)
        taken[i] = take();
    assert_int_equal(stacks.mapped_bytes, mapped);
    assert_int_equal(stacks.warm_count, 0);
    give_all(taken, 100);
}

static void a_size_of_its_own_is_unmapped_when_given(void **state)
{
    struct nw__stack *pooled = take();
    size_t mapped = stacks.mapped_bytes;
    struct nw__stack *large = nw__stacks_take_sized(&stacks, 1024 * 1024);
    struct nw__stack *same = nw__stacks_take_sized(&stacks, 256 * 1024);
    struct nw__stack *none = nw__stacks_take_sized(&stacks, 0);
    struct nw__stack *owner;

    (void)state;
    assert_non_null(large);
    assert_non_null(same);
    assert_non_null(none);
    assert_int_equal(stacks.mapped_bytes, mapped + 1024 * 1024);
    assert_true(nw__stack_size(large) > 1000 * 1024);
    memset(large->low, 1, nw__stack_size(large));
    assert_true(nw__stacks_owner(&stacks, large->low + 1, &owner));
    assert_ptr_equal(owner, large);
    nw__stacks_give(&stacks, large);
    assert_int_equal(stacks.mapped_bytes, mapped);
    nw__stacks_give(&stacks, same);
    nw__stacks_give(&stacks, none);
    nw__stacks_give(&stacks, pooled);
}

static void an_address_knows_its_owner(void **state)
{
    struct nw__stack *first = take(), *second = take(), *owner = NULL;
    char *low = first->low;
    char local;

    (void)state;
    assert_true(nw__stacks_owner(&stacks, second->low, &owner));
    assert_ptr_equal(owner, second);
    assert_false(nw__stack_overflowed(second, second->low));
    assert_true(nw__stacks_owner(&stacks, low - 1, &owner));
    assert_ptr_equal(owner, first);
    assert_true(nw__stack_overflowed(first, low - 1));
    assert_true(nw__stacks_owner(&stacks, low - stacks.guard_bytes, &owner));
    assert_ptr_equal(owner, first);
    owner = NULL;
    assert_false(nw__stacks_owner(&stacks, &local, &owner));
    assert_false(nw__stacks_owner(&stacks, NULL, &owner));
    nw__stacks_give(&stacks, first);
    assert_false(nw__stacks_owner(&stacks, low, &owner));
    assert_null(owner);
    nw__stacks_give(&stacks, second);
}

static void write_to(void *address)
{
    *(volatile char *)address = 1;
}

static void the_guard_faults(void **state)
{
    struct nw__stack *stack = take();
    char *low = stack->low;

    (void)state;
    assert_int_equal(fate_of(write_to, low), 0);
    assert_int_equal(fate_of(write_to, low - 1), -SIGSEGV);
    assert_int_equal(fate_of(write_to, low - stacks.guard_bytes), -SIGSEGV);
    nw__stacks_give(&stacks, stack);
    stack = take();
    assert_ptr_equal(stack->low, low);
    assert_int_equal(fate_of(write_to, low - 1), -SIGSEGV);
    nw__stacks_give(&stacks, stack);
}

static bool is_resident(const char *address)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char resident = 0;

    assert_int_equal(mincore((void *)((uintptr_t)address & ~(page - 1)), page, &resident), 0);
    return resident & 1;
}

static void idle_stacks_lose_their_pages_and_keep_their_guards(void **state)
{
    static struct nw__stack *taken[640];
    struct nw__stack *again = NULL;
    char *idle;

    (void)state;
    for (int i = 0; i < 640; i++)
        taken[i] = take();
    idle = taken[5]->low;
    *idle = 1;
    give_all(taken + 1, 639); /* the first one stays: its slab cannot go as a whole */
    assert_true(is_resident(idle));
    nw__stacks_trim(&stacks); /* they were not idle for a whole period yet */
    assert_int_equal(stacks.warm_count, 639);
    assert_true(is_resident(idle));
    nw__stacks_trim(&stacks);
    assert_in_range(stacks.warm_count, 0, NW__STACKS_WARM_MIN);
    assert_in_range(stacks.mapped_bytes, stacks.slot_bytes, 2 * 64 * stacks.slot_bytes);
    assert_false(is_resident(idle));

    for (int i = 1; i < 640; i++) {
        taken[i] = take();
        if (taken[i]->low == idle)
            again = taken[i];
    }
    assert_non_null(again);
    assert_int_equal(fate_of(write_to, idle), 0);
    assert_int_equal(fate_of(write_to, idle - 1), -SIGSEGV);
    give_all(taken, 640);
}

static void a_trim_spares_what_was_needed_since_the_last(void **state)
{
    static struct nw__stack *taken[500];

    (void)state;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 500; i++)
            taken[i] = take();
        give_all(taken, 500);
        nw__stacks_trim(&stacks);
        assert_int_equal(stacks.warm_count, 500);
    }
}

static void idle_stacks_are_limited(void **state)
{
    enum { COUNT = 20000 };
    struct nw__stack **taken = calloc(COUNT, sizeof *taken);
    size_t mapped;

    (void)state;
    assert_non_null(taken);
    for (int i = 0; i < COUNT; i++)
        taken[i] = take();
    mapped = stacks.mapped_bytes;
    give_all(taken, COUNT);
    assert_true(stacks.warm_count <= NW__STACKS_WARM_MAX);
    assert_true(stacks.mapped_bytes <= mapped - NW__STACKS_WARM_MAX / 2 * stacks.slot_bytes);
    free(taken);
}

/* Marks both ends of a stack, so that two that overlap are found out. */
static void mark(struct nw__stack *stack, uint64_t value)
{
    memcpy(stack->low, &value, sizeof value);
    memcpy((char *)nw__stack_top(stack) - sizeof value, &value, sizeof value);
    memcpy((char *)stack + HEADER_BYTES - sizeof value, &value, sizeof value);
}

static bool is_marked(struct nw__stack *stack, uint64_t value)
{
    return memcmp(stack->low, &value, sizeof value) == 0 &&
           memcmp((char *)nw__stack_top(stack) - sizeof value, &value, sizeof value) == 0 &&
           memcmp((char *)stack + HEADER_BYTES - sizeof value, &value, sizeof value) == 0;
}

static void a_storm_keeps_every_stack_to_its_owner(void **state)
{
    enum { MOST = 600, STEPS = 40000 };
    static struct nw__stack *live[MOST];
    uint64_t marks[MOST], random = 7;
    size_t count = 0;

    (void)state;
    for (uint64_t step = 1; step <= STEPS; step++) {
        uint64_t dice = unit_random(&random);
        bool growing = step / 3000 % 2 == 0; /* tides, so that slabs fill up and run empty */

        if (dice % 500 == 0)
            nw__stacks_trim(&stacks);
        if (count < MOST && (count == 0 || dice % 10 < (growing ? 7 : 3))) {
            size_t sized = dice / 16 % 50 == 0 ? (2 + dice / 1024 % 8) * SMALL_BYTES : 0;
            live[count] = nw__stacks_take_sized(&stacks, sized);
            assert_non_null(live[count]);
            marks[count] = dice;
            mark(live[count], dice);
            count++;
        } else {
            size_t which = dice / 16 % count;
            assert_true(is_marked(live[which], marks[which]));
            nw__stacks_give(&stacks, live[which]);
            live[which] = live[--count];
            marks[which] = marks[count];
        }
        assert_int_equal(stacks.live_count, count);
    }
    give_all(live, count);
}

static struct nw__context native;

__attribute__((noinline)) static int recurse(volatile char *above)
{
    volatile char frame[200];

    frame[0] = *above;
    return frame[0] ? recurse(frame) + frame[0] : 0;
}

static void overflow(void *arg)
{
    (void)arg;
    recurse(&(char){1});
    _exit(1);
}

static void report(int signal_number, siginfo_t *info, void *context)
{
    struct nw__stack *owner;

    (void)signal_number;
    (void)context;
    if (nw__stacks_owner(&stacks, info->si_addr, &owner) && nw__stack_overflowed(owner, info->si_addr))
        _exit(42);
    _exit(3);
}

static void run_into_the_guard(void *arg)
{
    static char alternate[64 * 1024];
    const stack_t handler_stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    const struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct nw__stack *stack = arg;
    struct nw__context context;

    sigaltstack(&handler_stack, NULL);
    sigaction(SIGSEGV, &action, NULL);
    nw__context_init_native(&native);
    nw__context_init(&context, stack->low, nw__stack_top(stack), overflow, NULL);
    nw__context_switch(&native, &context);
}

static void an_overflow_can_be_told_in_the_signal_handler(void **state)
{
    struct nw__stack *stack = take();

    (void)state;
    assert_int_equal(fate_of(run_into_the_guard, stack), 42);
    nw__stacks_give(&stacks, stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sizes_out_of_bounds_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(all_of_a_stack_can_be_written, setup, teardown),
        cmocka_unit_test_setup_teardown(headers_are_spread_over_cache_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_given_is_taken_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_size_of_its_own_is_unmapped_when_given, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_knows_its_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(the_guard_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(the_guard_faults, setup_mprotect, teardown),
        cmocka_unit_test_setup_teardown(idle_stacks_lose_their_pages_and_keep_their_guards, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_stacks_lose_their_pages_and_keep_their_guards, setup_mprotect,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_trim_spares_what_was_needed_since_the_last, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_stacks_are_limited, setup_small, teardown),
        cmocka_unit_test_setup_teardown(a_storm_keeps_every_stack_to_its_owner, setup_small, teardown),
        cmocka_unit_test_setup_teardown(a_storm_keeps_every_stack_to_its_owner, setup_mprotect, teardown),
        cmocka_unit_test_setup_teardown(an_overflow_can_be_told_in_the_signal_handler, setup, teardown),
        cmocka_unit_test_setup_teardown(an_overflow_can_be_told_in_the_signal_handler, setup_mprotect,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
