/* SPDX-License-Identifier: MIT */
/*
 * Without memory a timer stays unset, and one whose place was reserved needs none.
 * ctest: no-valgrind
 */
#include "base/heap.h"

#include <stdlib.h>

#include "unit.h"

static bool no_memory;

/* The library's allocations come here instead of to libc: the program's own symbol wins. */
void *aligned_alloc(size_t alignment, size_t size)
{
    void *memory;

    return no_memory || posix_memalign(&memory, alignment, size) ? NULL : memory;
}

static void failing_to_grow_leaves_the_timer_unset(void **state)
{
    static struct nw__timer many[200];
    struct nw__timers timers;
    int set = 0;

    (void)state;
    nw__timers_init(&timers);
    no_memory = true;
    assert_int_equal(nw__timers_add(&timers, &many[0], 1), -ENOMEM);
    assert_false(nw__timer_is_set(&many[0]));
    no_memory = false;
    assert_int_equal(nw__timers_add(&timers, &many[set++], 0), 0);
    no_memory = true;
    while (nw__timers_add(&timers, &many[set], set) == 0)
        set++;
    assert_false(nw__timer_is_set(&many[set]));
    no_memory = false;
    for (; set < 200; set++)
        assert_int_equal(nw__timers_add(&timers, &many[set], set), 0);
    for (int i = 0; i < 200; i++)
        assert_ptr_equal(nw__timers_pop_due(&timers, 1000), &many[i]);
    nw__timers_finish(&timers);
}

static void a_reserved_place_cannot_fail(void **state)
{
    static struct nw__timer many[20000];
    struct nw__timers timers;

    (void)state;
    nw__timers_init(&timers);
    assert_int_equal(nw__timers_reserve(&timers, SIZE_MAX), -ENOMEM);
    assert_int_equal(nw__timers_reserve(&timers, 20000), 0);
    no_memory = true;
    for (int round = 0; round < 3; round++) { /* also after it ran empty */
        for (int i = 0; i < 20000; i++)
            assert_int_equal(nw__timers_add(&timers, &many[i], -i), 0);
        for (int i = 20000; i-- > 0;)
            assert_ptr_equal(nw__timers_pop_due(&timers, 0), &many[i]);
    }
    no_memory = false;
    nw__timers_finish(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_to_grow_leaves_the_timer_unset),
        cmocka_unit_test(a_reserved_place_cannot_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
