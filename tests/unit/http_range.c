/* SPDX-License-Identifier: MIT */
/*
 * Ranges of bytes and Accept-Encoding: RFC 9110's own examples, what is out of range in every way, and fields
 * that are attacks.
 */
#include "http/range.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct ranges {
    const char *text;
    int64_t size_bytes;
    int count;
    struct nw__http_range ranges[4];
};

static const struct ranges cases[] = {
    /* RFC 9110, 14.1.2 */
    {"bytes=0-499", 10000, 1, {{0, 500}}},
    {"bytes=500-999", 10000, 1, {{500, 1000}}},
    {"bytes=-500", 10000, 1, {{9500, 10000}}},
    {"bytes=9500-", 10000, 1, {{9500, 10000}}},
    {"bytes=0-0,-1", 10000, 2, {{0, 1}, {9999, 10000}}},
    {"bytes= 0-999, 4500-5499, -1000", 10000, 3, {{0, 1000}, {4500, 5500}, {9000, 10000}}},
    {"bytes=500-600,601-999", 10000, 1, {{500, 1000}}},
    {"bytes=500-700,601-999", 10000, 0, {{0, 0}}},
    /* ends */
    {"bytes=0-", 1, 1, {{0, 1}}},
    {"bytes=0-99", 100, 1, {{0, 100}}},
    {"bytes=0-100", 100, 1, {{0, 100}}},
    {"bytes=99-99", 100, 1, {{99, 100}}},
    {"bytes=99-", 100, 1, {{99, 100}}},
    {"bytes=100-", 100, -ERANGE, {{0, 0}}},
    {"bytes=100-200", 100, -ERANGE, {{0, 0}}},
    {"bytes=100-,0-1", 100, 1, {{0, 2}}},
    {"bytes=0-1,100-", 100, 1, {{0, 2}}},
    {"bytes=-100", 100, 1, {{0, 100}}},
    {"bytes=-101", 100, 1, {{0, 100}}},
    {"bytes=-0", 100, -ERANGE, {{0, 0}}},
    {"bytes=-0,5-5", 100, 1, {{5, 6}}},
    {"bytes=-000001", 100, 1, {{99, 100}}},
    /* nothing to take from */
    {"bytes=0-", 0, -ERANGE, {{0, 0}}},
    {"bytes=0-0", 0, -ERANGE, {{0, 0}}},
    {"bytes=-0", 0, -ERANGE, {{0, 0}}},
    {"bytes=-1", 0, 0, {{0, 0}}},
    /* numbers too large for anything */
    {"bytes=99999999999999999999-", 100, -ERANGE, {{0, 0}}},
    {"bytes=99999999999999999999-99999999999999999999", 100, -ERANGE, {{0, 0}}},
    {"bytes=0-99999999999999999999", 100, 1, {{0, 100}}},
    {"bytes=-99999999999999999999", 100, 1, {{0, 100}}},
    {"bytes=9223372036854775807-", INT64_MAX, -ERANGE, {{0, 0}}},
    {"bytes=9223372036854775806-", INT64_MAX, 1, {{INT64_MAX - 1, INT64_MAX}}},
    {"bytes=0-9223372036854775807", INT64_MAX, 1, {{0, INT64_MAX}}},
    {"bytes=-9223372036854775808", INT64_MAX, 1, {{0, INT64_MAX}}},
    {"bytes=18446744073709551616-18446744073709551617", 100, -ERANGE, {{0, 0}}},
    /* lists */
    {"bytes=,,0-1,,3-4,", 100, 2, {{0, 2}, {3, 5}}},
    {"bytes=\t0-1\t,\t3-4\t", 100, 2, {{0, 2}, {3, 5}}},
    {"bytes=90-,0-9", 100, 2, {{90, 100}, {0, 10}}},
    {"bytes=5-9,0-4", 100, 2, {{5, 10}, {0, 5}}},
    {"BYTES=0-1", 100, 1, {{0, 2}}},
    /* what means nothing */
    {NULL, 100, 0, {{0, 0}}},
    {"", 100, 0, {{0, 0}}},
    {"bytes", 100, 0, {{0, 0}}},
    {"bytes=", 100, 0, {{0, 0}}},
    {"bytes=,", 100, 0, {{0, 0}}},
    {"bytes=-", 100, 0, {{0, 0}}},
    {"bytes=--1", 100, 0, {{0, 0}}},
    {"bytes=1", 100, 0, {{0, 0}}},
    {"bytes=2-1", 100, 0, {{0, 0}}},
    {"bytes=200-199", 100, 0, {{0, 0}}},
    {"bytes=0-1,2-1", 100, 0, {{0, 0}}},
    {"bytes=0-1;3-4", 100, 0, {{0, 0}}},
    {"bytes=0 -1", 100, 0, {{0, 0}}},
    {"bytes=0- 1", 100, 0, {{0, 0}}},
    {"bytes=- 1", 100, 0, {{0, 0}}},
    {"bytes =0-1", 100, 0, {{0, 0}}},
    {" bytes=0-1", 100, 0, {{0, 0}}},
    {"bytes:0-1", 100, 0, {{0, 0}}},
    {"bytes=+0-1", 100, 0, {{0, 0}}},
    {"bytes=0x0-1", 100, 0, {{0, 0}}},
    {"bytes=a-b", 100, 0, {{0, 0}}},
    {"bytes=0-1-2", 100, 0, {{0, 0}}},
    {"items=0-1", 100, 0, {{0, 0}}},
    {"bytesx=0-1", 100, 0, {{0, 0}}},
    /* the same bytes more than once */
    {"bytes=0-,0-", 100, 0, {{0, 0}}},
    {"bytes=0-,5-0,5-1", 100, 0, {{0, 0}}},
    {"bytes=0-0,0-0", 100, 0, {{0, 0}}},
    {"bytes=50-,-50", 100, 0, {{0, 0}}},
};

static void ranges_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct nw__http_range found[NW__HTTP_RANGES] = {{-7, -7}};
        int count = nw__http_ranges(cases[i].text, cases[i].size_bytes, found);

        if (count != cases[i].count)
            fail_msg("%s: %d", cases[i].text, count);
        for (int j = 0; j < count; j++) {
            assert_int_equal(found[j].begin, cases[i].ranges[j].begin);
            assert_int_equal(found[j].end, cases[i].ranges[j].end);
        }
        if (count <= 0)
            assert_int_equal(found[0].begin, -7);
    }
}

/* "0-0,2-2,4-4,..." */
static void many_ranges(void **state)
{
    struct nw__http_range found[NW__HTTP_RANGES];
    static char text[200000];
    size_t size;

    (void)state;
    for (int count = 1; count < 20; count++) {
        size = (size_t)sprintf(text, "bytes=");
        for (int i = 0; i < count; i++)
            size += (size_t)sprintf(text + size, "%d-%d,", 2 * i, 2 * i);
        assert_int_equal(nw__http_ranges(text, 1000, found), count <= NW__HTTP_RANGES ? count : 0);
    }
    size = (size_t)sprintf(text, "bytes=0-");
    for (int i = 0; i < 15000; i++)
        size += (size_t)sprintf(text + size, ",5-%d", i + 5);
    assert_int_equal(nw__http_ranges(text, 1000000, found), 0);
    /* joined as they come, they are one */
    size = (size_t)sprintf(text, "bytes=");
    for (int i = 0; i < 10000; i++)
        size += (size_t)sprintf(text + size, "%d-%d,", i, i);
    assert_int_equal(nw__http_ranges(text, 1000000, found), 1);
    assert_int_equal(found[0].begin, 0);
    assert_int_equal(found[0].end, 10000);
}

/* Whatever the text, what is found lies within, is not empty, and does not overlap. */
static void any_text(void **state)
{
    uint64_t random = 9110;
    char text[64];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct nw__http_range found[NW__HTTP_RANGES];
        size_t size = unit_random(&random) % 24;
        int64_t body = (int64_t)(unit_random(&random) % 300);
        int count;

        memcpy(text, "bytes=", 6);
        for (size_t j = 6; j < 6 + size; j++)
            text[j] = "0123456789---,,, "[unit_random(&random) % 17];
        text[6 + size] = '\0';
        count = nw__http_ranges(text, body, found);
        assert_in_range(count + ERANGE, 0, NW__HTTP_RANGES + ERANGE);
        for (int j = 0; j < count; j++) {
            assert_true(found[j].begin >= 0 && found[j].begin < found[j].end && found[j].end <= body);
            for (int k = 0; k < j; k++)
                assert_true(found[j].end <= found[k].begin || found[k].end <= found[j].begin);
        }
    }
}

static void content_ranges(void **state)
{
    static const struct {
        const char *text;
        int64_t begin, end, total;
    } good[] = {
        {"bytes 42-1233/1234", 42, 1234, 1234},
        {"bytes 42-1233/*", 42, 1234, -1},
        {"bytes */1234", 0, 0, 1234},
        {"bytes 0-0/1", 0, 1, 1},
        {"bytes */0", 0, 0, 0},
        {"Bytes 0-0/1", 0, 1, 1},
        {"bytes 0-9223372036854775805/9223372036854775806", 0, INT64_MAX - 1, INT64_MAX - 1},
    };
    static const char *const bad[] = {
        "",
        "bytes",
        "bytes ",
        "bytes=0-1/2",
        "bytes 0-1",
        "bytes 0-1/",
        "bytes 0-1/1",
        "bytes 1-0/5",
        "bytes -1/5",
        "bytes 0-/5",
        "bytes */*",
        "bytes *-1/5",
        "bytes 0-1/2 ",
        "bytes  0-1/2",
        " bytes 0-1/2",
        "bytes 0-1 /2",
        "bytes 0 - 1/2",
        "items 0-1/2",
        "bytes 0-1/-2",
        "bytes 0-99999999999999999999/*",
        "bytes 0-1/99999999999999999999",
        "bytes 99999999999999999999-99999999999999999999/*",
    };
    struct nw__http_range range = {-7, -7};
    int64_t total = -7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (nw__http_content_range(bad[i], &range, &total) != -EINVAL)
            fail_msg("not refused: %s", bad[i]);
    assert_int_equal(nw__http_content_range(NULL, &range, &total), -EINVAL);
    assert_int_equal(range.begin, -7);
    assert_int_equal(total, -7);
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(nw__http_content_range(good[i].text, &range, &total), 0);
        assert_int_equal(range.begin, good[i].begin);
        assert_int_equal(range.end, good[i].end);
        assert_int_equal(total, good[i].total);
    }
}

static void codings_are_weighed(void **state)
{
    static const struct {
        const char *field, *coding;
        int weight;
    } weights[] = {
        {NULL, "gzip", 0},
        {NULL, "identity", 1000},
        {"", "gzip", 0},
        {"", "identity", 1000},
        {"gzip", "gzip", 1000},
        {"gzip", "br", 0},
        {"gzip", "identity", 1},
        {"GZip", "gzip", 1000},
        {"x-gzip", "gzip", 1000},
        {"gzip;q=0", "gzip", 0},
        {"gzip;q=0", "identity", 1},
        {"gzip; q=0.5", "gzip", 500},
        {"gzip ; Q=0.123", "gzip", 123},
        {"gzip;q=1.000", "gzip", 1000},
        {"gzip;q=1.", "gzip", 1000},
        {"gzip;q=0.", "gzip", 0},
        {"gzip;q=0.07", "gzip", 70},
        {"compress;q=0.5, gzip;q=1.0", "gzip", 1000},
        {"gzip;q=1.0, identity; q=0.5, *;q=0", "gzip", 1000},
        {"gzip;q=1.0, identity; q=0.5, *;q=0", "identity", 500},
        {"gzip;q=1.0, identity; q=0.5, *;q=0", "br", 0},
        {"*", "br", 1000},
        {"*;q=0", "identity", 0},
        {"*;q=0.2, br", "br", 1000},
        {"br, *;q=0.2", "zstd", 200},
        {"identity;q=0", "identity", 0},
        {" , ,gzip,, ", "gzip", 1000},
        {"gzip, deflate, br, zstd", "zstd", 1000},
        {"gzipx", "gzip", 0},
        {"xgzip", "gzip", 0},
        {"gzip br", "br", 0},
        /* a weight that is none is as if the coding were not there */
        {"gzip;q=1.1", "gzip", 0},
        {"gzip;q=2", "gzip", 0},
        {"gzip;q=0.1234", "gzip", 0},
        {"gzip;q=-1", "gzip", 0},
        {"gzip;q=", "gzip", 0},
        {"gzip;q", "gzip", 0},
        {"gzip;", "gzip", 0},
        {"gzip;q=.5", "gzip", 0},
        {"gzip;q=0,5", "gzip", 0},
        {"gzip;x=1", "gzip", 0},
        {";q=1", "gzip", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(weights); i++)
        if (nw__http_accepts_coding(weights[i].field, weights[i].coding) != weights[i].weight)
            fail_msg("%s, %s", weights[i].field, weights[i].coding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_found), cmocka_unit_test(many_ranges),         cmocka_unit_test(any_text),
        cmocka_unit_test(content_ranges),   cmocka_unit_test(codings_are_weighed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
