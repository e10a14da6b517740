/* SPDX-License-Identifier: MIT */
/* The time before an entry of a log: literal times, carried over from one to the next. */
#include <stdlib.h>
#include <string.h>

#include "stream/log_stamp.h"
#include "unit.h"

static void expect(struct nw__stamp *stamp, time_t second, long nanos, const char *text)
{
    nw__stamp_set(stamp, &(struct timespec){second, nanos});
    assert_int_equal(stamp->size, strlen(text));
    assert_memory_equal(stamp->text, text, stamp->size);
}

static void default_format(void **state)
{
    struct nw__stamp stamp;

    (void)state;
    assert_int_equal(nw__stamp_init(&stamp, NULL, false), 0);
    expect(&stamp, 0, 0, "1970-01-01T00:00:00.000000Z ");
    expect(&stamp, 0, 999, "1970-01-01T00:00:00.000000Z ");
    expect(&stamp, 0, 1000, "1970-01-01T00:00:00.000001Z ");
    expect(&stamp, 0, 999999999, "1970-01-01T00:00:00.999999Z ");
    expect(&stamp, 1, 999999999, "1970-01-01T00:00:01.999999Z "); /* the same fraction */
    expect(&stamp, 1900000000, 123456789, "2030-03-17T17:46:40.123456Z ");
    expect(&stamp, 1899999999, 0, "2030-03-17T17:46:39.000000Z "); /* the clock was set back */
    nw__stamp_finish(&stamp);
}

static void local_time(void **state)
{
    struct nw__stamp stamp;

    (void)state;
    setenv("TZ", "NST3:30NDT", 1); /* Newfoundland: half hours, west */
    assert_int_equal(nw__stamp_init(&stamp, NULL, true), 0);
    expect(&stamp, 1900000000, 5000, "2030-03-17T15:16:40.000005-02:30 ");
    expect(&stamp, 1894000000, 5000, "2030-01-07T03:36:40.000005-03:30 ");
    nw__stamp_finish(&stamp);
}

static void own_format(void **state)
{
    struct nw__stamp stamp;

    (void)state;
    assert_int_equal(nw__stamp_init(&stamp, "%L %f|%%f %S.%L, %f: ", false), 0);
    expect(&stamp, 61, 12345678, "012 012345|%f 01.012, 012345: ");
    expect(&stamp, 61, 999999999, "999 999999|%f 01.999, 999999: ");
    nw__stamp_finish(&stamp);
    assert_int_equal(nw__stamp_init(&stamp, "%f%f%f%f%f", false), -EINVAL); /* more than it remembers */
    assert_int_equal(nw__stamp_init(&stamp, "\001", false), -EINVAL);
    assert_int_equal(nw__stamp_init(&stamp, "%n", false), -EINVAL);
}

static void none(void **state)
{
    struct nw__stamp stamp;

    (void)state;
    assert_int_equal(nw__stamp_init(&stamp, "", true), 0);
    nw__stamp_update(&stamp);
    assert_int_equal(stamp.size, 0);
    nw__stamp_finish(&stamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_format),
        cmocka_unit_test(local_time),
        cmocka_unit_test(own_format),
        cmocka_unit_test(none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
