/* SPDX-License-Identifier: MIT */
/*
 * What a head says of its connection and of who is meant: keep-alive, upgrades, expectations, forms of
 * targets, hosts.
 */
#include "http_parser.h"

static struct nw__http_parser parser;

static void head(enum nw__http_side side, const char *text)
{
    nw__http_parser_finish(&parser);
    nw__http_parser_init(&parser, side, &usual_limits);
    assert_int_equal(nw__http_parser_head(&parser, text, strlen(text)), strlen(text));
    assert_true(parser.head_done);
}

static bool request_goes_on(const char *version, const char *fields)
{
    char text[512];

    snprintf(text, sizeof text, "GET / HTTP/%s\r\nHost: a\r\n%s\r\n", version, fields);
    head(NW__HTTP_REQUESTS, text);
    return parser.keep_alive;
}

static bool response_goes_on(const char *version, const char *fields)
{
    char text[512];

    snprintf(text, sizeof text, "HTTP/%s 200 OK\r\n%s\r\n", version, fields);
    head(NW__HTTP_RESPONSES, text);
    return parser.keep_alive;
}

static void keep_alive(void **state)
{
    (void)state;
    assert_true(request_goes_on("1.1", ""));
    assert_true(request_goes_on("1.1", "Connection: keep-alive\r\n"));
    assert_true(request_goes_on("1.1", "Connection: closed, xclose, \"close\"\r\n"));
    assert_false(request_goes_on("1.1", "Connection: Close\r\n"));
    assert_false(request_goes_on("1.1", "Connection: keep-alive, \t close ,\r\n"));
    assert_false(request_goes_on("1.1", "Connection: upgrade\r\nConnection: close\r\n"));
    assert_false(request_goes_on("1.0", ""));
    assert_true(request_goes_on("1.0", "Connection: Keep-Alive\r\n"));
    assert_false(request_goes_on("1.0", "Connection: keep-alive, close\r\n"));
    assert_false(response_goes_on("1.1", ""));
    assert_true(response_goes_on("1.1", "Content-Length: 1\r\n"));
    assert_true(response_goes_on("1.1", "Transfer-Encoding: chunked\r\n"));
    assert_false(response_goes_on("1.1", "Content-Length: 1\r\nConnection: close\r\n"));
    assert_false(response_goes_on("1.0", "Content-Length: 1\r\n"));
    assert_true(response_goes_on("1.0", "Content-Length: 1\r\nConnection: keep-alive\r\n"));
}

static bool upgrades(const char *version, const char *fields)
{
    request_goes_on(version, fields);
    return parser.upgrade;
}

static void upgrade(void **state)
{
    (void)state;
    assert_true(upgrades("1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    assert_true(upgrades("1.1", "Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n"));
    assert_false(upgrades("1.1", "Upgrade: websocket\r\n"));
    assert_false(upgrades("1.1", "Connection: upgrade\r\n"));
    assert_false(upgrades("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
    head(NW__HTTP_RESPONSES, "HTTP/1.1 101 x\r\n\r\n");
    assert_true(parser.upgrade);
    head(NW__HTTP_RESPONSES, "HTTP/1.1 426 x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    assert_false(parser.upgrade);
}

static bool expects(const char *version, const char *fields)
{
    request_goes_on(version, fields);
    return parser.expect_continue;
}

static void expectation(void **state)
{
    (void)state;
    assert_true(expects("1.1", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    assert_true(expects("1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n"));
    assert_false(expects("1.1", "Expect: 100-continue\r\n"));
    assert_false(expects("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
}

static void is_target(const char *line, enum nw__http_target_form form, const char *host,
                      const char *resource)
{
    char text[512];

    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: Field:80\r\n\r\n", line);
    head(NW__HTTP_REQUESTS, text);
    assert_int_equal(parser.form, form);
    assert_int_equal(parser.host.size, strlen(host));
    assert_memory_equal(parser.host.data, host, strlen(host));
    assert_string_equal(parser.resource.data, resource);
    assert_int_equal(parser.resource.size, strlen(resource));
}

static void targets(void **state)
{
    (void)state;
    is_target("GET /a?b", NW__HTTP_ORIGIN_FORM, "Field:80", "/a?b");
    is_target("GET http://b.example:8080/a?b", NW__HTTP_ABSOLUTE_FORM, "b.example:8080", "/a?b");
    is_target("GET HTTPS://b.example?c", NW__HTTP_ABSOLUTE_FORM, "b.example", "?c");
    is_target("GET http://[::1]", NW__HTTP_ABSOLUTE_FORM, "[::1]", "");
    is_target("OPTIONS *", NW__HTTP_ASTERISK_FORM, "Field:80", "*");
    is_target("CONNECT b:443", NW__HTTP_AUTHORITY_FORM, "b:443", "");
    is_target("connect /x", NW__HTTP_ORIGIN_FORM, "Field:80", "/x");
}

/* A tunnel begins behind the answer to a CONNECT only when it was granted. */
static void answers_to_connect(void **state)
{
    static const char granted[] = "HTTP/1.1 200 OK\r\n\r\n";
    static const char refused[] = "HTTP/1.1 407 x\r\nContent-Length: 2\r\n\r\n";

    (void)state;
    nw__http_parser_finish(&parser);
    nw__http_parser_init(&parser, NW__HTTP_RESPONSES, &usual_limits);
    nw__http_parser_next(&parser, NW__HTTP_ANSWER_TO_CONNECT);
    assert_int_equal(nw__http_parser_head(&parser, refused, sizeof refused - 1), sizeof refused - 1);
    assert_false(parser.message_done);
    assert_int_equal(parser.length, 2);
    nw__http_parser_next(&parser, NW__HTTP_ANSWER_TO_CONNECT);
    assert_int_equal(nw__http_parser_head(&parser, granted, sizeof granted - 1), sizeof granted - 1);
    assert_true(parser.message_done);
}

static void an_end_in_the_middle(void **state)
{
    static const char *const texts[] = {"G", "GET / HTTP/1.1\r\n",
                                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        nw__http_parser_finish(&parser);
        nw__http_parser_init(&parser, NW__HTTP_REQUESTS, &usual_limits);
        assert_int_equal(nw__http_parser_end(&parser), 0);
        assert_int_equal(nw__http_parser_head(&parser, texts[i], strlen(texts[i])), strlen(texts[i]));
        assert_int_equal(nw__http_parser_end(&parser), NW_ETRUNCATED);
        assert_int_equal(nw__http_parser_head(&parser, "x", 1), NW_ETRUNCATED);
    }
}

static int finish(void **state)
{
    (void)state;
    nw__http_parser_finish(&parser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alive),         cmocka_unit_test(upgrade),
        cmocka_unit_test(expectation),        cmocka_unit_test(targets),
        cmocka_unit_test(answers_to_connect), cmocka_unit_test(an_end_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, finish);
}
