/* SPDX-License-Identifier: MIT */
/*
 * When mappings or address space run out there is no stack, rather than one without a guard.
 * ctest: no-valgrind no-sanitizer no-qemu
 */
#include "coro/stack.h"

#include <stdio.h>

#include "fate.h"
#include "unit.h"

static struct nw__stacks stacks;

static int setup(void **state)
{
    (void)state;
    return nw__stacks_init(&stacks, 0, 300);
}

static int teardown(void **state)
{
    (void)state;
    nw__stacks_finish(&stacks);
    return 0;
}

static void write_to(void *address)
{
    *(volatile char *)address = 1;
}

static void use_up_mappings(void *arg)
{
    struct nw__stack *stack, *last = NULL;
    size_t count = 0;

    (void)arg;
    stacks.guard = NW__GUARD_MPROTECT;
    for (; (stack = nw__stacks_take(&stacks)) != NULL; count++)
        last = stack;
    if (count < 1000)
        _exit(1);
    /* What was handed out last is guarded all the same. */
    write_to(last->low);
    write_to(last->low - 1);
}

static void without_a_mapping_left_no_stack_is_handed_out(void **state)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    long most = 0;

    (void)state;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &most), 1);
    fclose(file);
    if (most > 100000)
        skip(); /* memory would run out first */
    assert_int_equal(fate_of(use_up_mappings, NULL), -SIGSEGV);
}

static void use_up_address_space(void *arg)
{
    const struct rlimit limit = {64 * 1024 * 1024, 64 * 1024 * 1024};
    size_t count = 0;

    (void)arg;
    if (setrlimit(RLIMIT_AS, &limit) < 0)
        _exit(2);
    while (nw__stacks_take(&stacks))
        count++;
    _exit(count < 256 && nw__stacks_take_sized(&stacks, NW__STACK_BYTES_MAX) == NULL ? 0 : 1);
}

static void without_address_space_there_is_no_stack(void **state)
{
    (void)state;
    assert_int_equal(fate_of(use_up_address_space, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_mapping_left_no_stack_is_handed_out, setup, teardown),
        cmocka_unit_test_setup_teardown(without_address_space_there_is_no_stack, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
