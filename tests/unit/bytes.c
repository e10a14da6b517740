/* SPDX-License-Identifier: MIT */
/*
 * Growable bytes: what goes in comes out, and the cap is an error that changes nothing.
 */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void appended_pieces_come_out_in_order(void **state)
{
    struct nw__bytes bytes;
    nw_bytes out;

    (void)state;
    nw__bytes_init(&bytes, SIZE_MAX);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(nw__bytes_append(&bytes, "0123456789", 10), 0);
    assert_int_equal(bytes.size_bytes, 100000);
    assert_int_equal(nw__bytes_take(&bytes, &out), 0);
    assert_int_equal(out.size, 100000);
    for (size_t i = 0; i < out.size; i++)
        assert_int_equal(out.data[i], '0' + (int)(i % 10));
    assert_int_equal(out.data[out.size], '\0');
    nw_bytes_finish(&out);
}

static void taking_starts_again_with_the_same_cap(void **state)
{
    struct nw__bytes bytes;
    nw_bytes out;

    (void)state;
    nw__bytes_init(&bytes, 3);
    assert_int_equal(nw__bytes_append(&bytes, "abc", 3), 0);
    assert_int_equal(nw__bytes_take(&bytes, &out), 0);
    assert_string_equal(out.data, "abc");
    nw_bytes_finish(&out);
    assert_int_equal(bytes.size_bytes, 0);
    assert_int_equal(nw__bytes_append(&bytes, "defg", 4), -EFBIG);
    assert_int_equal(nw__bytes_append(&bytes, "def", 3), 0);
    nw__bytes_finish(&bytes);
}

static void taking_nothing_gives_an_empty_string(void **state)
{
    struct nw__bytes bytes;
    nw_bytes out;

    (void)state;
    nw__bytes_init(&bytes, 0);
    assert_int_equal(nw__bytes_take(&bytes, &out), 0);
    assert_string_equal(out.data, "");
    assert_int_equal(out.size, 0);
    nw_bytes_finish(&out);
}

static void the_cap_is_exact(void **state)
{
    struct nw__bytes bytes;

    (void)state;
    nw__bytes_init(&bytes, 1000);
    assert_int_equal(nw__bytes_reserve(&bytes, 1001), -EFBIG);
    assert_null(bytes.data);
    assert_int_equal(nw__bytes_reserve(&bytes, 999), 0);
    assert_int_equal(nw__bytes_room(&bytes), 999);
    memset(nw__bytes_tail(&bytes), 'x', 999);
    nw__bytes_commit(&bytes, 999);
    assert_int_equal(nw__bytes_append(&bytes, "yz", 2), -EFBIG);
    assert_int_equal(bytes.size_bytes, 999);
    assert_int_equal(nw__bytes_append(&bytes, "y", 1), 0);
    assert_int_equal(nw__bytes_append(&bytes, "", 0), 0);
    assert_int_equal(nw__bytes_append(&bytes, "z", 1), -EFBIG);
    assert_int_equal(bytes.capacity_bytes, 1000);
    nw__bytes_finish(&bytes);
}

static void sizes_that_overflow_are_refused(void **state)
{
    struct nw__bytes bytes;

    (void)state;
    nw__bytes_init(&bytes, SIZE_MAX);
    assert_int_equal(nw__bytes_append(&bytes, "x", 1), 0);
    assert_int_equal(nw__bytes_reserve(&bytes, SIZE_MAX), -EFBIG);
    assert_int_equal(nw__bytes_reserve(&bytes, SIZE_MAX - 1), -ENOMEM);
    assert_int_equal(nw__bytes_reserve(&bytes, PTRDIFF_MAX), -ENOMEM);
    assert_int_equal(bytes.size_bytes, 1);
    assert_int_equal(bytes.data[0], 'x');
    nw__bytes_finish(&bytes);
}

static void clearing_keeps_the_buffer(void **state)
{
    struct nw__bytes bytes;
    const char *before;

    (void)state;
    nw__bytes_init(&bytes, SIZE_MAX);
    assert_int_equal(nw__bytes_append(&bytes, "abc", 3), 0);
    before = bytes.data;
    nw__bytes_clear(&bytes);
    assert_int_equal(bytes.size_bytes, 0);
    assert_int_equal(nw__bytes_append(&bytes, "xyz", 3), 0);
    assert_ptr_equal(bytes.data, before);
    nw__bytes_finish(&bytes);
    assert_null(bytes.data);
}

static void appending_costs_few_reallocations(void **state)
{
    struct nw__bytes bytes;
    size_t capacity = 0, growths = 0;

    (void)state;
    nw__bytes_init(&bytes, SIZE_MAX);
    for (int i = 0; i < 1 << 20; i++) {
        assert_int_equal(nw__bytes_append(&bytes, "x", 1), 0);
        growths += bytes.capacity_bytes != capacity;
        capacity = bytes.capacity_bytes;
    }
    assert_true(growths <= 14);
    nw__bytes_finish(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_pieces_come_out_in_order),
        cmocka_unit_test(taking_starts_again_with_the_same_cap),
        cmocka_unit_test(taking_nothing_gives_an_empty_string),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(clearing_keeps_the_buffer),
        cmocka_unit_test(appending_costs_few_reallocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
