/* SPDX-License-Identifier: MIT */
/*
 * Limits of heads, trailers and chunks: what is exactly as long passes, one byte or field more does not.
 */
#include "http_parser.h"

#define HEAD    "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n"
#define CHUNKED "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

static struct outcome outcome;

/* Returns: the error; -2: it depends on the pieces. */
static int parse(const char *text, size_t head_bytes, unsigned fields)
{
    struct nw__http_limits limits = {.head_bytes = head_bytes, .fields = fields};
    struct nw__http_parser parser;
    int error = 0;

    for (size_t piece = 1; piece <= strlen(text) + 1; piece += piece == 1 ? strlen(text) : 1) {
        nw__http_parser_init(&parser, NW__HTTP_REQUESTS, &limits);
        feed_message(&parser, text, strlen(text), piece, piece, &outcome);
        nw__http_parser_finish(&parser);
        if (piece > 1 && outcome.error != error)
            return -2;
        error = outcome.error;
    }
    return error;
}

static void of_heads(void **state)
{
    size_t size = strlen(HEAD);

    (void)state;
    assert_int_equal(parse(HEAD, size, 2), 0);
    assert_int_equal(parse("\r\n" HEAD, size, 2), 0);
    assert_int_equal(parse(HEAD, size - 1, 2), -EMSGSIZE);
    assert_int_equal(outcome.refusal, 431);
    assert_int_equal(parse(HEAD, 17, 2), -EMSGSIZE);
    assert_int_equal(outcome.refusal, 431);
}

static void of_targets(void **state)
{
    (void)state;
    for (size_t limit = 4; limit < strlen("GET / HTTP/1.1\r\n"); limit++) {
        assert_int_equal(parse(HEAD, limit, 2), -EMSGSIZE);
        assert_int_equal(outcome.refusal, 414);
    }
}

static void of_counts(void **state)
{
    (void)state;
    assert_int_equal(parse(HEAD, 4096, 2), 0);
    assert_int_equal(parse(HEAD, 4096, 1), -EMSGSIZE);
    assert_int_equal(outcome.refusal, 431);
    assert_int_equal(parse(CHUNKED "0\r\nA: b\r\nC: d\r\n\r\n", 4096, 2), 0);
    assert_int_equal(parse(CHUNKED "0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", 4096, 2), -EMSGSIZE);
}

static void of_trailers(void **state)
{
    char text[512];
    int head = (int)strlen(CHUNKED), filler = head - (int)strlen("A: \r\n\r\n");

    (void)state;
    snprintf(text, sizeof text, CHUNKED "0\r\nA: %0*d\r\n\r\n", filler, 0);
    assert_int_equal(parse(text, (size_t)head, 2), 0);
    snprintf(text, sizeof text, CHUNKED "0\r\nA: %0*d\r\n\r\n", filler + 1, 0);
    assert_int_equal(parse(text, (size_t)head, 2), -EMSGSIZE);
    assert_int_equal(outcome.refusal, 431);
}

/* Over all chunks of a message, whose sizes and content do not count. */
static void of_extensions(void **state)
{
    char text[1024];
    int head = (int)strlen(CHUNKED), half = head / 2;

    (void)state;
    snprintf(text, sizeof text, CHUNKED "1;%0*d\r\nx\r\n1;%0*d\r\nx\r\n0\r\n\r\n", half, 0, head - half, 0);
    assert_int_equal(parse(text, (size_t)head, 2), 0);
    snprintf(text, sizeof text, CHUNKED "1;%0*d\r\nx\r\n1;%0*d\r\nx\r\n0\r\n\r\n", half, 0, head - half + 1,
             0);
    assert_int_equal(parse(text, (size_t)head, 2), -EMSGSIZE);
    snprintf(text, sizeof text, CHUNKED "1;%0*d", head + 1, 0);
    assert_int_equal(parse(text, (size_t)head, 2), -EMSGSIZE);
    assert_int_equal(outcome.refusal, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_heads),    cmocka_unit_test(of_targets),    cmocka_unit_test(of_counts),
        cmocka_unit_test(of_trailers), cmocka_unit_test(of_extensions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
