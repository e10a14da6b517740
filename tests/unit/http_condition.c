/* SPDX-License-Identifier: MIT */
/*
 * Conditional requests: strong and weak comparison (RFC 9110, 8.8.3.2), which condition goes before which
 * (13.2.2), and when a range may be sent (13.1.5).
 */
#include <nowait/text.h>
#include <stdio.h>
#include <string.h>

#include "http/range.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STRONG       "\"a\""
#define WEAK         "W/\"a\""
#define BEFORE       "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME         "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER        "Sun, 06 Nov 1994 08:49:38 GMT"
#define MODIFIED_S   784111777

struct condition {
    const char *fields; /* one a line */
    const char *etag;
    int status;
    bool use_range;
};

static void add_fields(nw_http_headers *headers, const char *text)
{
    char line[256];

    while (*text) {
        size_t size = strcspn(text, "\n");
        char *colon;

        assert_true(size < sizeof line);
        memcpy(line, text, size);
        line[size] = '\0';
        colon = strstr(line, ": ");
        assert_non_null(colon);
        *colon = '\0';
        assert_int_equal(nw_http_headers_add(headers, line, colon + 2), 0);
        text += size + (text[size] == '\n');
    }
}

static void check_at(const struct condition *conditions, size_t count, int64_t modified_s, bool unsettled)
{
    for (size_t i = 0; i < count; i++) {
        struct nw__http_validators validators = {conditions[i].etag, modified_s, unsettled};
        nw_http_headers *request;
        bool use_range = !conditions[i].use_range;
        int status;

        assert_int_equal(nw_http_headers_create(&request), 0);
        add_fields(request, conditions[i].fields);
        status = nw__http_conditions(request, &validators, &use_range);
        if (status != conditions[i].status || use_range != conditions[i].use_range)
            fail_msg("%s | %s: %d %d", conditions[i].fields, conditions[i].etag, status, use_range);
        nw_http_headers_destroy(request);
    }
}

static void check(const struct condition *conditions, size_t count, int64_t modified_s)
{
    check_at(conditions, count, modified_s, false);
}

static void entity_tags(void **state)
{
    static const struct condition conditions[] = {
        {"", STRONG, 200, false},
        {"If-None-Match: \"a\"", STRONG, 304, false},
        {"If-None-Match: W/\"a\"", STRONG, 304, false},
        {"If-None-Match: \"a\"", WEAK, 304, false},
        {"If-None-Match: W/\"a\"", WEAK, 304, false},
        {"if-none-match: \"a\"", STRONG, 304, false},
        {"Host: h\nAccept: */*\nIF-NONE-MATCH: \"a\"", STRONG, 304, false},
        {"Host: h\nReferer: r\nTE: trailers", STRONG, 200, false},
        {"Host: h\nrange: bytes=0-1", STRONG, 200, true},
        {"Host: h\nRANGE: bytes=0-1", STRONG, 200, true},
        {"If-None-Match: \"b\"", STRONG, 200, false},
        {"If-None-Match: \"A\"", STRONG, 200, false},
        {"If-None-Match: w/\"a\"", STRONG, 200, false},
        {"If-None-Match: a", STRONG, 200, false},
        {"If-None-Match: \"a", STRONG, 200, false},
        {"If-None-Match: 'a'", STRONG, 200, false},
        {"If-None-Match: ", STRONG, 200, false},
        {"If-None-Match: *", STRONG, 304, false},
        {"If-None-Match: *", NULL, 304, false},
        {"If-None-Match: \"*\"", STRONG, 200, false},
        {"If-None-Match: \"a\"", NULL, 200, false},
        {"If-None-Match: \"b\", \"a\"", STRONG, 304, false},
        {"If-None-Match: \"b\",\"c\" ,\tW/\"a\"", STRONG, 304, false},
        {"If-None-Match: , ,\"a\",", STRONG, 304, false},
        {"If-None-Match: \"b,\"a\"", STRONG, 200, false},
        {"If-None-Match: \"b, c\", \"a\"", STRONG, 200, false},
        {"If-None-Match: \"b\"\nIf-None-Match: \"a\"", STRONG, 304, false},
        {"If-None-Match: \"b,c\"", "\"b,c\"", 304, false},
        {"If-None-Match: \"\"", "\"\"", 304, false},
        {"If-None-Match: \"\xc3\xa4\"", "\"\xc3\xa4\"", 304, false},
        {"If-Match: \"a\"", STRONG, 200, false},
        {"If-Match: \"b\"", STRONG, 412, false},
        {"If-Match: W/\"a\"", STRONG, 412, false},
        {"If-Match: \"a\"", WEAK, 412, false},
        {"If-Match: W/\"a\"", WEAK, 412, false},
        {"If-Match: *", WEAK, 200, false},
        {"If-Match: *", NULL, 200, false},
        {"If-Match: \"a\"", NULL, 412, false},
        {"If-Match: a", STRONG, 412, false},
        {"If-Match: \"b\", \"a\"", STRONG, 200, false},
        {"If-Match: \"b\"\nIf-Match: \"a\"", STRONG, 200, false},
    };

    (void)state;
    check(conditions, COUNT(conditions), MODIFIED_S);
}

static void dates(void **state)
{
    static const struct condition conditions[] = {
        {"If-Modified-Since: " BEFORE, STRONG, 200, false},
        {"If-Modified-Since: " SAME, STRONG, 304, false},
        {"If-Modified-Since: " AFTER, STRONG, 304, false},
        {"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", STRONG, 304, false},
        {"If-Modified-Since: yesterday", STRONG, 200, false},
        {"If-Modified-Since: 0", STRONG, 200, false},
        {"If-Unmodified-Since: " BEFORE, STRONG, 412, false},
        {"If-Unmodified-Since: " SAME, STRONG, 200, false},
        {"If-Unmodified-Since: " AFTER, STRONG, 200, false},
        {"If-Unmodified-Since: never", STRONG, 200, false},
    };
    static const struct condition undated[] = {
        {"If-Modified-Since: " AFTER, STRONG, 200, false},
        {"If-Unmodified-Since: " BEFORE, STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: " SAME, STRONG, 200, false},
    };

    (void)state;
    check(conditions, COUNT(conditions), MODIFIED_S);
    check(undated, COUNT(undated), INT64_MIN);
}

/* It could still change within the second of its date: that proves a change, and nothing else. */
static void unsettled_dates(void **state)
{
    static const struct condition conditions[] = {
        {"If-Modified-Since: " BEFORE, WEAK, 200, false},
        {"If-Modified-Since: " SAME, WEAK, 200, false},
        {"If-Modified-Since: " AFTER, WEAK, 200, false},
        {"If-Unmodified-Since: " BEFORE, WEAK, 412, false},
        {"If-Unmodified-Since: " SAME, WEAK, 200, false},
        {"If-Unmodified-Since: " AFTER, WEAK, 200, false},
        {"If-Match: *\nIf-Unmodified-Since: " BEFORE, WEAK, 200, false},
        {"Range: bytes=0-1\nIf-Range: " SAME, WEAK, 200, false},
    };

    (void)state;
    check_at(conditions, COUNT(conditions), MODIFIED_S, true);
}

static void which_goes_first(void **state)
{
    static const struct condition conditions[] = {
        {"If-Match: \"a\"\nIf-Unmodified-Since: " BEFORE, STRONG, 200, false},
        {"If-Match: \"b\"\nIf-Unmodified-Since: " AFTER, STRONG, 412, false},
        {"If-None-Match: \"b\"\nIf-Modified-Since: " AFTER, STRONG, 200, false},
        {"If-None-Match: \"a\"\nIf-Modified-Since: " BEFORE, STRONG, 304, false},
        {"If-Match: \"b\"\nIf-None-Match: \"a\"", STRONG, 412, false},
        {"If-Match: \"a\"\nIf-None-Match: \"a\"", STRONG, 304, false},
        {"If-Unmodified-Since: " BEFORE "\nIf-None-Match: \"a\"", STRONG, 412, false},
        {"If-Unmodified-Since: " SAME "\nIf-Modified-Since: " SAME, STRONG, 304, false},
    };

    (void)state;
    check(conditions, COUNT(conditions), MODIFIED_S);
}

static void ranges(void **state)
{
    static const struct condition conditions[] = {
        {"Range: bytes=0-1", STRONG, 200, true},
        {"Range: bytes=0-1", NULL, 200, true},
        {"If-Range: \"a\"", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: \"a\"", STRONG, 200, true},
        {"Range: bytes=0-1\nIf-Range: \"b\"", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: W/\"a\"", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: W/\"a\"", WEAK, 200, false},
        {"Range: bytes=0-1\nIf-Range: \"a\"", WEAK, 200, false},
        {"Range: bytes=0-1\nIf-Range: \"a\"", NULL, 200, false},
        {"Range: bytes=0-1\nIf-Range: *", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: \"a\", \"b\"", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: a", STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: " SAME, STRONG, 200, true},
        {"Range: bytes=0-1\nIf-Range: " BEFORE, STRONG, 200, false},
        {"Range: bytes=0-1\nIf-Range: " AFTER, STRONG, 200, false},
        {"Range: bytes=0-1\nIf-None-Match: \"a\"", STRONG, 304, false},
        {"Range: bytes=0-1\nIf-Match: \"b\"", STRONG, 412, false},
        {"Range: bytes=0-1\nIf-Match: \"a\"", STRONG, 200, true},
    };

    (void)state;
    check(conditions, COUNT(conditions), MODIFIED_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entity_tags),      cmocka_unit_test(dates),  cmocka_unit_test(unsettled_dates),
        cmocka_unit_test(which_goes_first), cmocka_unit_test(ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
