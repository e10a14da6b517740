/* SPDX-License-Identifier: MIT */
/*
 * Messages as they should be: what the parser says of them, whatever the pieces they come in.
 */
#include "http_parser.h"

static const struct nw__http_limits limits = {.head_bytes = 4096, .fields = 20};

static struct nw__http_parser parser;
static struct outcome outcome;

static void is_text(nw_slice slice, const char *text)
{
    assert_int_equal(slice.size, strlen(text));
    assert_memory_equal(slice.data, text, slice.size);
}

/* Calls `check` after each way of feeding `text`. */
static void each_way(enum nw__http_side side, enum nw__http_answer answer, const char *text,
                     void (*check)(void))
{
    size_t size = strlen(text);

    for (size_t first = 1; first <= size; first++) {
        nw__http_parser_init(&parser, side, &limits);
        nw__http_parser_next(&parser, answer);
        feed_message(&parser, text, size, first, first == 1 ? 1 : size, &outcome);
        check();
        nw__http_parser_finish(&parser);
    }
}

static void check_get(void)
{
    assert_int_equal(outcome.error, 0);
    is_text(parser.method, "GET");
    is_text(parser.target, "/a%20b?c=d");
    is_text(parser.resource, "/a%20b?c=d");
    is_text(parser.host, "a.example:80");
    assert_int_equal(parser.minor_version, 1);
    assert_int_equal(parser.length, 0);
    assert_true(parser.keep_alive);
    assert_false(parser.upgrade);
    assert_int_equal(parser.headers.count, 3);
    assert_string_equal(nw_http_headers_get(&parser.headers, "accept"), "text/html,\t*/*");
    assert_string_equal(nw_http_headers_get(&parser.headers, "X-Empty"), "");
    assert_null(nw_http_headers_get(&parser.headers, "Accep"));
}

static void a_get(void **state)
{
    (void)state;
    each_way(NW__HTTP_REQUESTS, NW__HTTP_ANSWER,
             "GET /a%20b?c=d HTTP/1.1\r\n"
             "Host: a.example:80\r\n"
             "Accept: \t text/html,\t*/* \t\r\n"
             "X-Empty:\r\n"
             "\r\n",
             check_get);
}

static void check_post(void)
{
    assert_int_equal(outcome.error, 0);
    is_text(parser.method, "POST");
    assert_int_equal(parser.length, 5);
    assert_int_equal(outcome.content_bytes, 5);
    assert_memory_equal(outcome.content, "hello", 5);
    assert_int_equal(outcome.taken, strlen("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
}

static void a_post_and_what_follows_it(void **state)
{
    (void)state;
    each_way(NW__HTTP_REQUESTS, NW__HTTP_ANSWER,
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n", check_post);
}

static void check_chunks(void)
{
    assert_int_equal(outcome.error, 0);
    assert_true(parser.chunked);
    assert_int_equal(parser.length, -1);
    assert_int_equal(outcome.content_bytes, 16);
    assert_memory_equal(outcome.content, "hello, wide worl", 16);
    assert_int_equal(parser.trailers.count, 2);
    assert_string_equal(nw_http_headers_get(&parser.trailers, "Digest"), "x");
    assert_string_equal(nw_http_headers_get(&parser.trailers, "ETag"), "\"1\"");
    assert_int_equal(parser.headers.count, 2);
}

static void chunks_with_extensions_and_trailers(void **state)
{
    (void)state;
    each_way(NW__HTTP_REQUESTS, NW__HTTP_ANSWER,
             "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
             "05\r\nhello\r\n"
             "b;name=value;q=\"a b\"\r\n, wide worl\r\n"
             "000\r\n"
             "Digest: x\r\nContent-Length: 5\r\nHost: b\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n"
             "\r\n",
             check_chunks);
}

static void check_response(void)
{
    assert_int_equal(outcome.error, 0);
    assert_int_equal(parser.status, 404);
    is_text(parser.reason, "Not here, \xc3\xa4h");
    assert_int_equal(parser.length, 2);
    assert_memory_equal(outcome.content, "no", 2);
    assert_true(parser.keep_alive);
}

static void a_response(void **state)
{
    (void)state;
    each_way(NW__HTTP_RESPONSES, NW__HTTP_ANSWER,
             "HTTP/1.1 404 Not here, \xc3\xa4h\r\nContent-Length: 2\r\n\r\nno", check_response);
}

static void check_head_answer(void)
{
    assert_int_equal(outcome.error, 0);
    assert_int_equal(parser.length, 0);
    assert_int_equal(parser.announced, 1000);
    assert_true(parser.keep_alive);
    assert_int_equal(outcome.taken, strlen("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
}

static void the_answer_to_a_head(void **state)
{
    (void)state;
    each_way(NW__HTTP_RESPONSES, NW__HTTP_ANSWER_TO_HEAD,
             "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nHTTP/1.1", check_head_answer);
}

static void check_until_close(void)
{
    assert_int_equal(outcome.error, 1);
    assert_true(parser.head_done);
    assert_true(parser.until_close);
    assert_false(parser.keep_alive);
    assert_int_equal(nw__http_parser_end(&parser), 0);
    assert_true(parser.message_done);
    assert_int_equal(outcome.content_bytes, 4);
    assert_memory_equal(outcome.content, "abcd", 4);
}

static void a_body_up_to_the_end(void **state)
{
    (void)state;
    each_way(NW__HTTP_RESPONSES, NW__HTTP_ANSWER, "HTTP/1.1 200\r\nServer: x\r\n\r\nabcd", check_until_close);
}

static void one_connection_many_messages(void **state)
{
    static const char text[] = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                               "\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "1\r\nx\r\n0\r\n\r\n"
                               "HEAD /3 HTTP/1.0\r\n\r\n";
    static const char *const targets[] = {"/1", "/2", "/3"};
    size_t at = 0;

    (void)state;
    nw__http_parser_init(&parser, NW__HTTP_REQUESTS, &limits);
    for (int i = 0; i < 3; i++) {
        feed_message(&parser, text + at, sizeof text - 1 - at, SIZE_MAX, SIZE_MAX, &outcome);
        assert_int_equal(outcome.error, 0);
        is_text(parser.target, targets[i]);
        at += outcome.taken;
        nw__http_parser_next(&parser, NW__HTTP_ANSWER);
    }
    assert_int_equal(at, sizeof text - 1);
    nw__http_parser_finish(&parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get),
        cmocka_unit_test(a_post_and_what_follows_it),
        cmocka_unit_test(chunks_with_extensions_and_trailers),
        cmocka_unit_test(a_response),
        cmocka_unit_test(the_answer_to_a_head),
        cmocka_unit_test(a_body_up_to_the_end),
        cmocka_unit_test(one_connection_many_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
