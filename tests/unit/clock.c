/* SPDX-License-Identifier: MIT */
/*
 * The clock is the monotonic one, in nanoseconds.
 */
#include "base/clock.h"

#include "unit.h"

static void it_is_clock_monotonic(void **state)
{
    struct timespec before, after;
    int64_t now;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &before);
    now = nw__clock_ns();
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(now >= (int64_t)before.tv_sec * 1000000000 + before.tv_nsec);
    assert_true(now <= (int64_t)after.tv_sec * 1000000000 + after.tv_nsec);
}

static void it_never_goes_back(void **state)
{
    int64_t last = nw__clock_ns();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t now = nw__clock_ns();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_clock_monotonic),
        cmocka_unit_test(it_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
