/* SPDX-License-Identifier: MIT */
/*
 * Forms and queries: written as browsers write them, read leniently, bounded. Python's urllib reads what was
 * written.
 */
#include <nowait/text.h>
#include <nowait/url.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void pairs_are_written(void **state)
{
    static const nw_pair pairs[] = {
        {"a", "1"}, {"b c", "d&e=f"}, {"", ""}, {"\xc3\xa4", "\r\n+%"}, {"*-._~", "!'()/?:@$,;"},
    };
    nw_bytes text;

    (void)state;
    assert_int_equal(nw_form_encode(pairs, COUNT(pairs), &text), 0);
    assert_string_equal(text.data, "a=1&b+c=d%26e%3Df&=&%C3%A4=%0D%0A%2B%25&"
                                   "*-._%7E=%21%27%28%29%2F%3F%3A%40%24%2C%3B");
    nw_bytes_finish(&text);
    assert_int_equal(nw_form_encode(NULL, 0, &text), 0);
    assert_string_equal(text.data, "");
    nw_bytes_finish(&text);
    assert_int_equal(nw_form_encode(NULL, 1, &text), -EINVAL);
    assert_int_equal(nw_form_encode(pairs, 1, NULL), -EINVAL);
    assert_int_equal(nw_form_encode(&(nw_pair){"a", NULL}, 1, &text), -EINVAL);
    assert_int_equal(nw_form_encode(&(nw_pair){NULL, "a"}, 1, &text), -EINVAL);
}

static const struct {
    const char *text;
    size_t count;
    nw_pair pairs[4];
} forms[] = {
    {"", 0, {{NULL, NULL}}},
    {"&", 0, {{NULL, NULL}}},
    {"&&&", 0, {{NULL, NULL}}},
    {"a", 1, {{"a", ""}}},
    {"a=", 1, {{"a", ""}}},
    {"=a", 1, {{"", "a"}}},
    {"=", 1, {{"", ""}}},
    {"a=b=c", 1, {{"a", "b=c"}}},
    {"&a=1&&b=2&", 2, {{"a", "1"}, {"b", "2"}}},
    {"a+b=c+d", 1, {{"a b", "c d"}}},
    {"a%2Bb=%26%3d", 1, {{"a+b", "&="}}},
    {"a=%", 1, {{"a", "%"}}},
    {"a=%4", 1, {{"a", "%4"}}},
    {"a=%zz%41", 1, {{"a", "%zzA"}}},
    {"a=%%41", 1, {{"a", "%A"}}},
    {"a=%2541", 1, {{"a", "%41"}}},
    {"a=1;b=2", 1, {{"a", "1;b=2"}}},
    {"a=1&a=2&a=3", 3, {{"a", "1"}, {"a", "2"}, {"a", "3"}}},
    {"a=\xff", 1, {{"a", "\xff"}}},
    {"a=\r\n#?", 1, {{"a", "\r\n#?"}}},
};

static void forms_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        nw_form form;

        assert_int_equal(nw_form_decode(nw_slice_of(forms[i].text), &form), 0);
        assert_int_equal(form.count, forms[i].count);
        for (size_t j = 0; j < form.count; j++) {
            assert_string_equal(form.pairs[j].name, forms[i].pairs[j].name);
            assert_string_equal(form.pairs[j].value, forms[i].pairs[j].value);
        }
        nw_form_finish(&form);
        nw_form_finish(&form);
    }
}

static void values_by_name(void **state)
{
    nw_form form;

    (void)state;
    assert_int_equal(nw_form_decode(nw_slice_of("a=1&A=2&a=3&b"), &form), 0);
    assert_string_equal(nw_form_value(&form, "a"), "1");
    assert_string_equal(nw_form_value(&form, "A"), "2");
    assert_string_equal(nw_form_value(&form, "b"), "");
    assert_null(nw_form_value(&form, "c"));
    assert_null(nw_form_value(NULL, "a"));
    assert_null(nw_form_value(&form, NULL));
    nw_form_finish(&form);
    nw_form_finish(NULL);
}

static void bad_forms(void **state)
{
    static char many[20002];
    nw_form form = {.count = 12345};

    (void)state;
    assert_int_equal(nw_form_decode((nw_slice){"a\0b", 3}, &form), -EINVAL);
    assert_int_equal(nw_form_decode(nw_slice_of("a=%00"), &form), -EINVAL);
    assert_int_equal(nw_form_decode(nw_slice_of("%00=a"), &form), -EINVAL);
    assert_int_equal(nw_form_decode((nw_slice){NULL, 1}, &form), -EINVAL);
    assert_int_equal(nw_form_decode(nw_slice_of("a"), NULL), -EINVAL);
    for (size_t i = 0; i < 10001; i++)
        memcpy(many + 2 * i, "a&", 2);
    assert_int_equal(nw_form_decode((nw_slice){many, 20002}, &form), -E2BIG);
    assert_int_equal(form.count, 12345);
    assert_int_equal(nw_form_decode((nw_slice){many, 20000}, &form), 0);
    assert_int_equal(form.count, 10000);
    assert_string_equal(form.pairs[9999].name, "a");
    nw_form_finish(&form);
}

static void queries_are_added(void **state)
{
    static const nw_pair pairs[] = {{"x", "1 2"}, {"y", "#"}};
    static const struct {
        const char *url;
        size_t count;
        const char *result;
    } cases[] = {
        {"http://a", 2, "http://a?x=1+2&y=%23"},
        {"http://a/b?", 1, "http://a/b?x=1+2"},
        {"http://a/b?c", 1, "http://a/b?c&x=1+2"},
        {"http://a/b?c=d#e", 1, "http://a/b?c=d&x=1+2#e"},
        {"http://a/b#e?f", 1, "http://a/b?x=1+2#e?f"},
        {"HTTP://u:p@A:1/b c", 0, "http://u:p@A:1/b%20c"},
        {"/b/../c?", 0, "/b/../c?"},
        {"../b", 1, "../b?x=1+2"},
        {"?a", 1, "?a&x=1+2"},
    };
    nw_bytes url;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(nw_url_with_query(cases[i].url, pairs, cases[i].count, &url), 0);
        assert_string_equal(url.data, cases[i].result);
        nw_bytes_finish(&url);
    }
    assert_int_equal(nw_url_with_query("http://a@b@c", pairs, 1, &url), -EINVAL);
    assert_int_equal(nw_url_with_query("http://a/\n", pairs, 1, &url), -EINVAL);
    assert_int_equal(nw_url_with_query(NULL, pairs, 1, &url), -EINVAL);
    assert_int_equal(nw_url_with_query("http://a", NULL, 1, &url), -EINVAL);
    assert_int_equal(nw_url_with_query("http://a", pairs, 1, NULL), -EINVAL);
}

/* -- Python's opinion -- */

#define PYTHON_CASES 5000

static void make_text(uint64_t *random, char *text)
{
    size_t size = unit_random(random) % 12;

    for (size_t i = 0; i < size; i++)
        text[i] = unit_random(random) % 4 ? "abz09 +&=%;~*-._\r\n/?#"[unit_random(random) % 21]
                                          : (char)(1 + unit_random(random) % 127);
    text[size] = '\0';
}

static void print_hex(FILE *file, const char *text, char end)
{
    for (; *text; text++)
        fprintf(file, "%02x", (unsigned char)*text);
    fputc(end, file);
}

/* Each line: the form as written here, and what it was made of; Python reads it and writes it the same. */
static void python_agrees(void **state)
{
    static const char script[] =
        "import sys\n"
        "from urllib.parse import parse_qsl, urlencode\n"
        "for line in open(\"cases\"):\n"
        "    text, *parts = [bytes.fromhex(p).decode() for p in line[:-1].split(\",\")]\n"
        "    pairs = list(zip(parts[::2], parts[1::2]))\n"
        "    if parse_qsl(text, keep_blank_values=True) != pairs: sys.exit(text)\n"
        "    ours = text.replace(\"*\", \"%2A\").replace(\"%7E\", \"~\")\n"
        "    if urlencode(pairs) != ours: sys.exit(text)\n";
    FILE *cases = fopen("cases", "we"), *python;
    uint64_t random = 1866;

    (void)state;
    assert_non_null(cases);
    for (int i = 0; i < PYTHON_CASES; i++) {
        char names[3][13], values[3][13];
        nw_pair pairs[3];
        nw_bytes text;

        for (int j = 0; j < 3; j++) {
            make_text(&random, names[j]);
            make_text(&random, values[j]);
            pairs[j] = (nw_pair){names[j], values[j]};
        }
        assert_int_equal(nw_form_encode(pairs, 3, &text), 0);
        print_hex(cases, text.data, ',');
        for (int j = 0; j < 6; j++)
            print_hex(cases, j % 2 ? values[j / 2] : names[j / 2], j == 5 ? '\n' : ',');
        nw_bytes_finish(&text);
    }
    assert_int_equal(fclose(cases), 0);
    if (system("python3 -c pass 2>/dev/null") != 0) /* NOLINT(cert-env33-c) */
        skip();
    python = popen("python3 -", "we"); /* NOLINT(cert-env33-c) */
    assert_non_null(python);
    fputs(script, python);
    assert_int_equal(pclose(python), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_written), cmocka_unit_test(forms_are_read),
        cmocka_unit_test(values_by_name),    cmocka_unit_test(bad_forms),
        cmocka_unit_test(queries_are_added), cmocka_unit_test(python_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
