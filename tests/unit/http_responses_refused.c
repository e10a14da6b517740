/* SPDX-License-Identifier: MIT */
/*
 * Responses that must not be let pass, and those that end where one would not think.
 */
#include "http_parser.h"

#define BAD NW_EPROTOCOL, 400
#define OK  "HTTP/1.1 200 OK\r\n"

#define CHECK_ALL(table) check_all(NW__HTTP_RESPONSES, table, sizeof(table) / sizeof *(table))

static void status_lines(void **state)
{
    static const struct expected expected[] = {
        {TEXT("HTTP/1.1 200\r\n\r\n"), 1, 0, NULL},
        {TEXT("HTTP/1.1 200 \r\n\r\n"), 1, 0, NULL},
        {TEXT("HTTP/1.1 200 O\tK\xff\r\n\r\n"), 1, 0, NULL},
        {TEXT("HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n"), 0, 0, NULL},
        {TEXT("HTTP/1.1 099 x\r\n\r\n"), BAD, "a status out of range"},
        {TEXT("HTTP/1.1 000 x\r\n\r\n"), BAD, "a status out of range"},
        {TEXT("HTTP/1.1 20 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 2000 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 -20 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1  200 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1\t200 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200\tOK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1\r\n\r\n"), BAD, NULL},
        {TEXT("http/1.1 200 OK\r\n\r\n"), BAD, NULL},
        {TEXT("ICY 200 OK\r\n\r\n"), BAD, NULL},
        {TEXT("<html>"), BAD, NULL},
        {TEXT("\r\nHTTP/1.1 200 OK\r\n\r\n"), BAD, NULL},
        {TEXT(" HTTP/1.1 200 OK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200 O\0K\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200 O\rK\r\n\r\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200 OK\n\n"), BAD, NULL},
        {TEXT("HTTP/1.1 200\n\n"), BAD, NULL},
        {TEXT("HTTP/0.9 200 OK\r\n\r\n"), NW_EPROTOCOL, 505, NULL},
        {TEXT("HTTP/1.2 200 OK\r\n\r\n"), NW_EPROTOCOL, 505, NULL},
        {TEXT("HTTP/2.0 200 OK\r\n\r\n"), NW_EPROTOCOL, 505, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void fields(void **state)
{
    static const struct expected expected[] = {
        {TEXT(OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Content-Length: 1, 1\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Content-Length: -1\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Content-Length: 9223372036854775808\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Transfer-Encoding: chunked, chunked\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Transfer-Encoding: ,chunked\r\n\r\n"), BAD, "a Transfer-Encoding with an empty element"},
        {TEXT(OK "Transfer-Encoding: chunked\t,\t\r\n\r\n"), BAD,
         "a Transfer-Encoding with an empty element"},
        {TEXT(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: \r\n\r\n"), BAD,
         "a Transfer-Encoding with an empty element"},
        {TEXT(OK "Transfer-Encoding: identity\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Transfer-Encoding: gzip\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Transfer-Encoding: gzip, chunked\r\n\r\n"), NW_EPROTOCOL, 501, NULL},
        {TEXT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(OK "A : b\r\n\r\n"), BAD, NULL},
        {TEXT(OK "A: b\r\n c\r\n\r\n"), BAD, "a folded field"},
        {TEXT(OK "A: b\n\r\n"), BAD, NULL},
        {TEXT(OK "A: \rB: c\r\n\r\n"), BAD, NULL},
        {TEXT(OK "Set-Cookie: a\0b\r\n\r\n"), BAD, NULL},
        {TEXT(OK "\r\n"), 1, 0, NULL},
        {TEXT(OK "Expect: x\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

/* What follows the head is the next message's. */
static void without_a_body(void **state)
{
    static const struct expected expected[] = {
        {TEXT("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1"), 0, 0, NULL},
        {TEXT(OK "Content-Length: 0\r\n\r\nHTTP/1.1"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_lines),
        cmocka_unit_test(fields),
        cmocka_unit_test(without_a_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
