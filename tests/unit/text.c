/* SPDX-License-Identifier: MIT */
/*
 * Text in slices: line ends, equality, and UTF-8 to the letter of RFC 3629: all code points, all boundaries,
 * at all distances from the blocks that are looked at together, and Python's decoder as the second opinion.
 */
#include <nowait/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define FILLER_MAX 70 /* more than two of the blocks that are looked at together */

#define SLICE(literal) ((nw_slice){literal, sizeof literal - 1})

static void line_ends_are_taken_off_once(void **state)
{
    static const struct {
        nw_slice line;
        size_t size;
    } cases[] = {
        {SLICE(""), 0},         {SLICE("\n"), 0},       {SLICE("\r"), 0},      {SLICE("\r\n"), 0},
        {SLICE("\n\n"), 1},     {SLICE("\n\r"), 1},     {SLICE("\r\r"), 1},    {SLICE("\r\r\n"), 1},
        {SLICE("line"), 4},     {SLICE("line\n"), 4},   {SLICE("line\r"), 4},  {SLICE("line\r\n"), 4},
        {SLICE("line\n\r"), 5}, {SLICE("a\r\nb\n"), 4}, {SLICE("nul\0\n"), 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nw_slice trimmed = nw_trim_newline(cases[i].line);

        assert_ptr_equal(trimmed.data, cases[i].line.data);
        assert_int_equal(trimmed.size, cases[i].size);
    }
    assert_int_equal(nw_trim_newline((nw_slice){NULL, 0}).size, 0);
}

static void slices_are_equal_by_their_bytes(void **state)
{
    char copy[] = "a\0b";

    (void)state;
    assert_true(nw_slice_equal(SLICE("a\0b"), (nw_slice){copy, 3}));
    assert_false(nw_slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(nw_slice_equal(SLICE("ab"), SLICE("abc")));
    assert_true(nw_slice_equal((nw_slice){NULL, 0}, SLICE("")));
    assert_true(nw_slice_equal(nw_slice_of("text"), SLICE("text")));
    assert_true(nw_slice_equal(nw_slice_of(NULL), nw_slice_of("")));
}

static void json_strings_are_always_valid(void **state)
{
    static const struct {
        nw_slice text;
        const char *json;
    } cases[] = {
        {SLICE(""), "\"\""},
        {{NULL, 0}, "\"\""},
        {SLICE("plain text"), "\"plain text\""},
        {SLICE("\""), "\"\\\"\""},
        {SLICE("C:\\a \"b\"/"), "\"C:\\\\a \\\"b\\\"/\""},
        {SLICE("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {SLICE("\0\x01\x1f\x20\x7f"), "\"\\u0000\\u0001\\u001f \x7f\""},
        {SLICE("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {SLICE("\xff"), "\"\\ufffd\""},
        {SLICE("a\xc3"), "\"a\\ufffd\""},
        {SLICE("\xc3\"b"), "\"\\ufffd\\\"b\""},                 /* the quotation mark is not swallowed */
        {SLICE("\xed\xa0\x80x"), "\"\\ufffd\\ufffd\\ufffdx\""}, /* half a surrogate */
        {SLICE("\xc0\xaf"), "\"\\ufffd\\ufffd\""},              /* overlong */
    };
    nw_bytes json;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(nw_json_string(cases[i].text, &json), 0);
        assert_string_equal(json.data, cases[i].json);
        assert_int_equal(json.size, strlen(cases[i].json));
        nw_bytes_finish(&json);
    }
    assert_int_equal(nw_json_string((nw_slice){NULL, 1}, &json), -EINVAL);
    assert_int_equal(nw_json_string(SLICE(""), NULL), -EINVAL);
}

/* -1: it is UTF-8, else where it is not. The text lies at the end of its block, so that checkers see a read
 * beyond. */
static long bad_offset(const char *text, size_t size)
{
    size_t offset = 12345;
    char *copy = malloc(size + 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy + 1, text, size);
    rc = nw_utf8_check((nw_slice){copy + 1, size}, &offset);
    assert_int_equal(nw_utf8_check((nw_slice){copy + 1, size}, NULL), rc);
    free(copy);
    if (rc == 0) {
        assert_int_equal(offset, 12345);
        return -1;
    }
    assert_int_equal(rc, -EILSEQ);
    return (long)offset;
}

struct boundary {
    nw_slice text;
    long bad; /* -1: it is UTF-8 */
};

static const struct boundary boundaries[] = {
    /* the first and the last of each length */
    {SLICE("\0"), -1},
    {SLICE("\x7f"), -1},
    {SLICE("\xc2\x80"), -1},
    {SLICE("\xdf\xbf"), -1},
    {SLICE("\xe0\xa0\x80"), -1},
    {SLICE("\xef\xbf\xbf"), -1},
    {SLICE("\xf0\x90\x80\x80"), -1},
    {SLICE("\xf4\x8f\xbf\xbf"), -1},
    /* on both sides of the surrogates */
    {SLICE("\xed\x9f\xbf"), -1},
    {SLICE("\xee\x80\x80"), -1},
    {SLICE("\xed\xa0\x80"), 0},
    {SLICE("\xed\xbf\xbf"), 0},
    /* overlong */
    {SLICE("\xc0\x80"), 0},
    {SLICE("\xc1\xbf"), 0},
    {SLICE("\xe0\x80\x80"), 0},
    {SLICE("\xe0\x9f\xbf"), 0},
    {SLICE("\xf0\x80\x80\x80"), 0},
    {SLICE("\xf0\x8f\xbf\xbf"), 0},
    /* too large */
    {SLICE("\xf4\x90\x80\x80"), 0},
    {SLICE("\xf5\x80\x80\x80"), 0},
    {SLICE("\xf8\x88\x80\x80\x80"), 0},
    {SLICE("\xfc\x84\x80\x80\x80\x80"), 0},
    {SLICE("\xfe"), 0},
    {SLICE("\xff"), 0},
    /* what continues nothing */
    {SLICE("\x80"), 0},
    {SLICE("\xbf"), 0},
    {SLICE("\xc3\xa4\x80"), 2},
    {SLICE("\xe2\x82\xac\xbf"), 3},
    /* cut short, by the end and by something else */
    {SLICE("\xc3"), 0},
    {SLICE("\xe2\x82"), 0},
    {SLICE("\xe2"), 0},
    {SLICE("\xf0\x9f\x98"), 0},
    {SLICE("\xf0\x9f"), 0},
    {SLICE("\xf0"), 0},
    {SLICE("\xc3("), 0},
    {SLICE("\xe2\x82("), 0},
    {SLICE("\xe2(\x82"), 0},
    {SLICE("\xf0\x9f\x98("), 0},
    {SLICE("\xf0\x9f(\x80"), 0},
    {SLICE("\xc3\xc3\xa4"), 0},
    {SLICE("\xc3\xa4\xc3"), 2},
};

static void boundaries_hold_at_all_distances(void **state)
{
    char text[FILLER_MAX * 2 + 8];

    (void)state;
    assert_int_equal(bad_offset("", 0), -1);
    assert_int_equal(nw_utf8_check((nw_slice){NULL, 0}, NULL), 0);
    for (size_t i = 0; i < sizeof boundaries / sizeof *boundaries; i++) {
        const struct boundary *one = &boundaries[i];

        for (size_t before = 0; before <= FILLER_MAX; before++)
            for (size_t after = 0; after <= FILLER_MAX; after += 1 + after / 4) {
                memset(text, 'x', sizeof text);
                memcpy(text + before, one->text.data, one->text.size);
                assert_int_equal(bad_offset(text, before + one->text.size + after),
                                 one->bad < 0 ? -1 : one->bad + (long)before);
            }
    }
}

static size_t encode(uint32_t point, char *text)
{
    if (point < 0x80) {
        text[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        text[0] = (char)(0xc0 | point >> 6);
        text[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        text[0] = (char)(0xe0 | point >> 12);
        text[1] = (char)(0x80 | (point >> 6 & 0x3f));
        text[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | point >> 18);
    text[1] = (char)(0x80 | (point >> 12 & 0x3f));
    text[2] = (char)(0x80 | (point >> 6 & 0x3f));
    text[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static void every_code_point_but_surrogates(void **state)
{
    char text[4];

    (void)state;
    for (uint32_t point = 0; point < 0x120000; point++) {
        bool good = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
        size_t size = encode(point, text);

        assert_int_equal(nw_utf8_check((nw_slice){text, size}, NULL), good ? 0 : -EILSEQ);
    }
}

/* -- Python's opinion -- */

#define PYTHON_CASES 20000
#define PYTHON_BYTES 120

/* Text that is nearly UTF-8: pieces from the table above among ASCII, code points, and some bytes changed. */
static size_t make_nearly_text(uint64_t *random, char *text)
{
    size_t size = 0, most = unit_random(random) % PYTHON_BYTES;

    while (size < most) {
        uint64_t choice = unit_random(random) % 64;

        if (choice < 30) {
            text[size++] = (char)(unit_random(random) % 128);
        } else if (choice < 63) {
            size +=
                encode((uint32_t)(unit_random(random) % 0x110000) >> unit_random(random) % 14, text + size);
        } else {
            const nw_slice *piece =
                &boundaries[unit_random(random) % (sizeof boundaries / sizeof *boundaries)].text;

            memcpy(text + size, piece->data, piece->size);
            size += piece->size;
        }
    }
    if (size > 0 && unit_random(random) % 2)
        text[unit_random(random) % size] ^= (char)(1u << unit_random(random) % 8);
    return size;
}

static void python_agrees(void **state)
{
    static const char script[] = "import sys\n"
                                 "for line in open(\"cases\"):\n"
                                 "    try: bytes.fromhex(line).decode(\"utf-8\"); print(-1)\n"
                                 "    except UnicodeDecodeError as error: print(error.start)\n";
    char text[PYTHON_BYTES + 8], command[sizeof script + 32];
    uint64_t random = 20030401;
    FILE *cases = fopen("cases", "we"), *answers;
    static long ours[PYTHON_CASES];

    (void)state;
    assert_non_null(cases);
    for (int i = 0; i < PYTHON_CASES; i++) {
        size_t size = make_nearly_text(&random, text);

        for (size_t at = 0; at < size; at++)
            fprintf(cases, "%02x", (unsigned char)text[at]);
        fputc('\n', cases);
        ours[i] = bad_offset(text, size);
    }
    assert_int_equal(fclose(cases), 0);
    if (system("python3 -c pass 2>/dev/null") != 0) /* NOLINT(cert-env33-c) */
        skip();
    snprintf(command, sizeof command, "python3 -c '%s'", script);
    answers = popen(command, "re"); /* NOLINT(cert-env33-c) */
    assert_non_null(answers);
    for (int i = 0; i < PYTHON_CASES; i++) {
        long theirs;

        assert_int_equal(fscanf(answers, "%ld", &theirs), 1);
        assert_int_equal(ours[i], theirs);
    }
    assert_int_equal(pclose(answers), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings_are_always_valid),   cmocka_unit_test(line_ends_are_taken_off_once),
        cmocka_unit_test(slices_are_equal_by_their_bytes), cmocka_unit_test(boundaries_hold_at_all_distances),
        cmocka_unit_test(every_code_point_but_surrogates), cmocka_unit_test(python_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
