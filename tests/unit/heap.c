/* SPDX-License-Identifier: MIT */
/*
 * Timers come out by deadline and then by age, whatever was removed between.
 */
#include "base/heap.h"

#include "unit.h"

static void an_empty_heap_has_no_deadline(void **state)
{
    struct nw__timers timers;

    (void)state;
    nw__timers_init(&timers);
    assert_null(nw__timers_first(&timers));
    assert_null(nw__timers_pop_due(&timers, INT64_MAX));
    assert_true(nw__timers_next_ns(&timers) == INT64_MAX);
    nw__timers_finish(&timers);
}

static void only_what_is_due_comes_out(void **state)
{
    struct nw__timers timers;
    struct nw__timer a = {0}, b = {0};

    (void)state;
    nw__timers_init(&timers);
    assert_int_equal(nw__timers_add(&timers, &b, 20), 0);
    assert_int_equal(nw__timers_add(&timers, &a, 10), 0);
    assert_true(nw__timer_is_set(&a));
    assert_ptr_equal(nw__timers_first(&timers), &a);
    assert_int_equal(nw__timers_next_ns(&timers), 10);
    assert_null(nw__timers_pop_due(&timers, 9));
    assert_ptr_equal(nw__timers_pop_due(&timers, 10), &a);
    assert_false(nw__timer_is_set(&a));
    assert_null(nw__timers_pop_due(&timers, 19));
    assert_ptr_equal(nw__timers_pop_due(&timers, INT64_MAX), &b);
    assert_null(nw__timers_pop_due(&timers, INT64_MAX));
    nw__timers_finish(&timers);
}

static void equal_deadlines_fire_in_the_order_they_were_set(void **state)
{
    static struct nw__timer many[1000];
    struct nw__timers timers;

    (void)state;
    nw__timers_init(&timers);
    timers.sequence = UINT32_MAX - 500; /* wraps on the way */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(nw__timers_add(&timers, &many[i], 7), 0);
    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(nw__timers_pop_due(&timers, 7), &many[i]);
    nw__timers_finish(&timers);
}

static void removing_an_unset_timer_does_nothing(void **state)
{
    struct nw__timers timers;
    struct nw__timer timer = {0};

    (void)state;
    nw__timers_init(&timers);
    nw__timers_remove(&timers, &timer);
    assert_int_equal(nw__timers_add(&timers, &timer, 1), 0);
    nw__timers_remove(&timers, &timer);
    nw__timers_remove(&timers, &timer);
    assert_true(nw__timers_next_ns(&timers) == INT64_MAX);
    assert_int_equal(nw__timers_add(&timers, &timer, 2), 0);
    assert_int_equal(nw__timers_next_ns(&timers), 2);
    nw__timers_finish(&timers);
}

/* Against the plainest model there is: all timers in a row, and a search for the least. */
#define STORM 512
struct model {
    struct nw__timer timer;
    uint64_t age;
};
static struct model storm[STORM];

static struct model *least(void)
{
    struct model *best = NULL;

    for (int i = 0; i < STORM; i++) {
        struct model *it = &storm[i];
        if (nw__timer_is_set(&it->timer) && (!best || it->timer.at_ns < best->timer.at_ns ||
                                             (it->timer.at_ns == best->timer.at_ns && it->age < best->age)))
            best = it;
    }
    return best;
}

static void a_storm_agrees_with_the_model(void **state)
{
    struct nw__timers timers;
    uint64_t random = 42, age = 0;

    (void)state;
    nw__timers_init(&timers);
    for (int i = 0; i < 60000; i++) {
        struct model *it = &storm[unit_random(&random) % STORM];
        struct model *first = least();

        assert_ptr_equal(nw__timers_first(&timers), first ? &first->timer : NULL);
        if (!nw__timer_is_set(&it->timer)) {
            it->age = age++;
            assert_int_equal(nw__timers_add(&timers, &it->timer, (int64_t)(unit_random(&random) % 200)), 0);
        } else if (unit_random(&random) % 3 == 0) {
            nw__timers_remove(&timers, &it->timer);
        } else {
            assert_ptr_equal(nw__timers_pop_due(&timers, 1000), &first->timer);
        }
    }
    for (struct model *first = least(); first; first = least())
        assert_ptr_equal(nw__timers_pop_due(&timers, 1000), &first->timer);
    assert_null(nw__timers_first(&timers));
    nw__timers_finish(&timers);
}

static void a_large_heap_that_runs_empty_gives_its_memory_back(void **state)
{
    static struct nw__timer many[20000];
    struct nw__timers timers;

    (void)state;
    nw__timers_init(&timers);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(nw__timers_add(&timers, &many[i], i), 0);
    assert_true(timers.rows >= 20000);
    for (int i = 0; i < 20000; i++)
        nw__timers_remove(&timers, &many[i]);
    assert_int_equal(timers.rows, 0);
    assert_int_equal(nw__timers_add(&timers, &many[0], 1), 0);
    assert_ptr_equal(nw__timers_pop_due(&timers, 1), &many[0]);
    nw__timers_finish(&timers);
}

static void hastened_timers_come_out_earlier(void **state)
{
    struct nw__timers timers;
    struct nw__timer a = {0}, b = {0}, c = {0};

    (void)state;
    nw__timers_init(&timers);
    assert_int_equal(nw__timers_add(&timers, &a, 10), 0);
    assert_int_equal(nw__timers_add(&timers, &b, 20), 0);
    assert_int_equal(nw__timers_add(&timers, &c, 30), 0);
    nw__timers_hasten(&timers, &c, 5);
    nw__timers_hasten(&timers, &b, 10); /* set then, so behind the other */
    assert_int_equal(nw__timers_next_ns(&timers), 5);
    assert_ptr_equal(nw__timers_pop_due(&timers, 5), &c);
    assert_null(nw__timers_pop_due(&timers, 9));
    assert_ptr_equal(nw__timers_pop_due(&timers, 10), &a);
    assert_ptr_equal(nw__timers_pop_due(&timers, 10), &b);
    nw__timers_finish(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_deadline),
        cmocka_unit_test(only_what_is_due_comes_out),
        cmocka_unit_test(equal_deadlines_fire_in_the_order_they_were_set),
        cmocka_unit_test(hastened_timers_come_out_earlier),
        cmocka_unit_test(removing_an_unset_timer_does_nothing),
        cmocka_unit_test(a_storm_agrees_with_the_model),
        cmocka_unit_test(a_large_heap_that_runs_empty_gives_its_memory_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
