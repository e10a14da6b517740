/* SPDX-License-Identifier: MIT */
/*
 * Header fields: found without case, kept in order, never two where one was added; lists; reason phrases.
 */
#include "http/headers.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

/* One letter differs, at each place of a name that is compared in several steps; or only its case does. */
static void every_letter_counts(void **state)
{
    static const char name[] = "Content-Encoding-_^";
    size_t size = sizeof name - 1;

    (void)state;
    for (size_t n = 0; n <= size; n++) {
        for (size_t i = 0; i < n; i++) {
            char other[sizeof name];
            memcpy(other, name, sizeof name);
            other[i] ^= 0x20;
            bool letter = name[i] != '-' && name[i] != '_' && name[i] != '^';
            assert_int_equal(nw__http_same((nw_slice){name, n}, (nw_slice){other, n}), letter);
            other[i] = '!';
            assert_false(nw__http_same((nw_slice){name, n}, (nw_slice){other, n}));
        }
        assert_true(nw__http_same((nw_slice){name, n}, (nw_slice){name, n}));
    }
    assert_false(nw__http_same((nw_slice){name, 8}, (nw_slice){name, 9}));
}

static void names_have_no_case_and_fields_an_order(void **state)
{
    nw_http_headers *headers;
    nw_pair field;

    (void)state;
    assert_int_equal(nw_http_headers_create(&headers), 0);
    assert_int_equal(nw_http_headers_add(headers, "Set-Cookie", "a=1"), 0);
    assert_int_equal(nw_http_headers_add(headers, "X", ""), 0);
    assert_int_equal(nw_http_headers_add(headers, "set-cookie", "b=2"), 0);
    assert_int_equal(nw_http_headers_count(headers), 3);
    assert_string_equal(nw_http_headers_get(headers, "SET-COOKIE"), "a=1");
    assert_string_equal(nw_http_headers_get(headers, "x"), "");
    assert_null(nw_http_headers_get(headers, "Set"));
    assert_true(nw_http_headers_at(headers, 2, &field));
    assert_string_equal(field.name, "set-cookie");
    assert_string_equal(field.value, "b=2");
    assert_false(nw_http_headers_at(headers, 3, &field));

    assert_int_equal(nw_http_headers_set(headers, "SET-cookie", "c=3"), 0);
    assert_int_equal(nw_http_headers_count(headers), 2);
    assert_string_equal(nw_http_headers_get(headers, "set-cookie"), "c=3");
    assert_true(nw_http_headers_at(headers, 0, &field));
    assert_string_equal(field.name, "X");
    assert_int_equal(nw_http_headers_remove(headers, "x"), 1);
    assert_int_equal(nw_http_headers_remove(headers, "x"), 0);
    assert_int_equal(nw_http_headers_count(headers), 1);
    assert_string_equal(nw_http_headers_get(headers, "Set-Cookie"), "c=3");
    nw_http_headers_destroy(headers);
}

static void nobody_smuggles_a_header_in(void **state)
{
    static const char *const names[] = {"",    " ",        "A ",    "A:", "A\r\nB", "A\n",
                                        "A B", "\xc3\xa4", "A\x7f", "(",  NULL};
    static const char *const values[] = {"\r\nB: c", "\n", "\r", "a\rb", "\x01", "\x7f", "\x1b[0m", NULL};
    nw_http_headers *headers;

    (void)state;
    assert_int_equal(nw_http_headers_create(&headers), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(nw_http_headers_add(headers, names[i], "b"), -EINVAL);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_int_equal(nw_http_headers_add(headers, "A", values[i]), -EINVAL);
        assert_int_equal(nw_http_headers_set(headers, "A", values[i]), -EINVAL);
    }
    assert_int_equal(nw_http_headers_add(NULL, "A", "b"), -EINVAL);
    assert_int_equal(nw_http_headers_count(headers), 0);
    assert_int_equal(nw_http_headers_count(NULL), 0);
    assert_null(nw_http_headers_get(NULL, "A"));
    assert_null(nw_http_headers_get(headers, NULL));
    assert_int_equal(nw_http_headers_create(NULL), -EINVAL);
    nw_http_headers_destroy(headers);
    nw_http_headers_destroy(NULL);
}

static void setting_again_and_again_does_not_grow(void **state)
{
    nw_http_headers headers;
    char value[16];

    (void)state;
    nw__http_headers_init(&headers, 100, 3);
    assert_int_equal(nw_http_headers_add(&headers, "First", "1"), 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(value, sizeof value, "%d", i);
        assert_int_equal(nw_http_headers_set(&headers, "Second", value), 0);
    }
    assert_string_equal(nw_http_headers_get(&headers, "First"), "1");
    assert_string_equal(nw_http_headers_get(&headers, "Second"), "999");
    nw__http_headers_finish(&headers);
}

static void what_is_there_can_be_added_again(void **state)
{
    nw_http_headers *headers;

    (void)state;
    assert_int_equal(nw_http_headers_create(&headers), 0);
    assert_int_equal(nw_http_headers_add(headers, "A", "0123456789"), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(nw_http_headers_add(headers, "B", nw_http_headers_get(headers, "A")), 0);
    assert_int_equal(nw_http_headers_set(headers, "A", nw_http_headers_get(headers, "A")), 0);
    assert_string_equal(nw_http_headers_get(headers, "A"), "0123456789");
    assert_int_equal(nw_http_headers_set(headers, "B", nw_http_headers_get(headers, "B")), 0);
    assert_string_equal(nw_http_headers_get(headers, "B"), "0123456789");
    assert_int_equal(nw_http_headers_count(headers), 2);
    nw_http_headers_destroy(headers);
}

static void limits_change_nothing(void **state)
{
    struct nw__bytes out;
    nw_http_headers headers;

    (void)state;
    nw__http_headers_init(&headers, 10, 2);
    nw__bytes_init(&out, SIZE_MAX);
    assert_int_equal(nw_http_headers_add(&headers, "A", "234567"), 0);
    assert_int_equal(nw_http_headers_add(&headers, "B", ""), -EMSGSIZE);
    assert_int_equal(nw__http_headers_format(&headers, &out), 0);
    assert_int_equal(out.size_bytes, 11);
    assert_memory_equal(out.data, "A: 234567\r\n", 11);
    nw__http_headers_finish(&headers);
    nw__http_headers_init(&headers, 100, 1);
    assert_int_equal(nw_http_headers_add(&headers, "A", "1"), 0);
    assert_int_equal(nw_http_headers_add(&headers, "B", "2"), -EMSGSIZE);
    assert_int_equal(nw_http_headers_count(&headers), 1);
    nw__http_headers_finish(&headers);
    nw__bytes_finish(&out);
}

static void lists(void **state)
{
    nw_http_headers headers;
    nw_slice rest = NW__LITERAL(" ,, a ,\tb\t,c d,"), item;

    (void)state;
    assert_true(nw__http_list_next(&rest, &item));
    assert_true(nw__http_same(item, NW__LITERAL("A")));
    assert_true(nw__http_list_next(&rest, &item));
    assert_true(nw__http_same(item, NW__LITERAL("B")));
    assert_true(nw__http_list_next(&rest, &item));
    assert_true(nw__http_same(item, NW__LITERAL("c d")));
    assert_false(nw__http_list_next(&rest, &item));

    nw__http_headers_init(&headers, 1000, 10);
    assert_int_equal(nw_http_headers_add(&headers, "Connection", "close"), 0);
    assert_int_equal(nw_http_headers_add(&headers, "CONNECTION", "a, Upgrade"), 0);
    assert_true(nw__http_headers_have_token(&headers, "connection", "upgrade"));
    assert_true(nw__http_headers_have_token(&headers, "connection", "Close"));
    assert_false(nw__http_headers_have_token(&headers, "connection", "clos"));
    assert_false(nw__http_headers_have_token(&headers, "upgrade", "close"));
    nw__http_headers_finish(&headers);
}

static void reasons(void **state)
{
    (void)state;
    assert_string_equal(nw_http_reason(200), "OK");
    assert_string_equal(nw_http_reason(431), "Request Header Fields Too Large");
    assert_string_equal(nw_http_reason(299), "");
    assert_string_equal(nw_http_reason(-1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_counts),
        cmocka_unit_test(names_have_no_case_and_fields_an_order),
        cmocka_unit_test(nobody_smuggles_a_header_in),
        cmocka_unit_test(setting_again_and_again_does_not_grow),
        cmocka_unit_test(what_is_there_can_be_added_again),
        cmocka_unit_test(limits_change_nothing),
        cmocka_unit_test(lists),
        cmocka_unit_test(reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
