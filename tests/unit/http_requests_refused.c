/* SPDX-License-Identifier: MIT */
/*
 * Requests that must not be let pass: by whom they might be understood otherwise, and with which status.
 */
#include "http_parser.h"

#define BAD    NW_EPROTOCOL, 400
#define HOST   "Host: a\r\n"
#define GET    "GET / HTTP/1.1\r\n" HOST
#define POST   "POST / HTTP/1.1\r\n" HOST
#define CHUNKS POST "Transfer-Encoding: chunked\r\n\r\n"

#define CHECK_ALL(table) check_all(NW__HTTP_REQUESTS, table, sizeof(table) / sizeof *(table))

static void request_lines(void **state)
{
    static const struct expected expected[] = {
        {TEXT("GET  / HTTP/1.1\r\n"), BAD, "too many spaces in the request line"},
        {TEXT("GET /  HTTP/1.1\r\n"), BAD, "too many spaces in the request line"},
        {TEXT("GET / HTTP/1.1 \r\n"), BAD, "too many spaces in the request line"},
        {TEXT("GET /a b HTTP/1.1\r\n"), BAD, NULL},
        {TEXT(" GET / HTTP/1.1\r\n"), BAD, "no method"},
        {TEXT("GET\t/ HTTP/1.1\r\n"), BAD, "a method that is no token"},
        {TEXT("GET /\tHTTP/1.1\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.1\t\r\n"), BAD, NULL},
        {TEXT("G\0T / HTTP/1.1\r\n"), BAD, "a method that is no token"},
        {TEXT("GET:/ HTTP/1.1\r\n"), BAD, "a method that is no token"},
        {TEXT("GET /\0 HTTP/1.1\r\n"), BAD, NULL},
        {TEXT("GET /\x7f HTTP/1.1\r\n"), BAD, NULL},
        {TEXT("GET /\xc3\xa4 HTTP/1.1\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.1\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.1\rHost: a\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.1\r\r\n"), BAD, NULL},
        {TEXT("\nGET / HTTP/1.1\r\n"), BAD, NULL},
        {TEXT("\rGET / HTTP/1.1\r\n"), BAD, "a CR without LF"},
        {TEXT("\r\n\r\n\r\n\r\n\r\n"), BAD, "too many empty lines"},
        {TEXT("\r\n\r\n\r\n\r\n" GET "\r\n"), 0, 0, NULL},
        {TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), BAD, "a method that is no token"},
        {TEXT("GET / http/1.1\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/11\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.10\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/01.1\r\n"), NW_EPROTOCOL, 400, NULL},
        {TEXT("GET / HTTP/1.1" HOST "\r\n"), BAD, NULL},
        {TEXT("GET / XTTP/1.1\r\n"), BAD, NULL},
        {TEXT("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLM"), BAD,
         "a method that is too long"},
        {TEXT("get / HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
        {TEXT("QUERY / HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
        {TEXT("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void versions(void **state)
{
    static const struct expected expected[] = {
        {TEXT("GET /\r\n"), NW_EPROTOCOL, 505, "HTTP/0.9"},
        {TEXT("GET / HTTP/0.9\r\n\r\n"), NW_EPROTOCOL, 505, "a version other than 1.0 and 1.1"},
        {TEXT("GET / HTTP/1.2\r\n"), NW_EPROTOCOL, 505, "a version other than 1.0 and 1.1"},
        {TEXT("GET / HTTP/2.0\r\n" HOST "\r\n"), NW_EPROTOCOL, 505, "a version other than 1.0 and 1.1"},
        {TEXT("GET / HTTP/3.0\r\n"), NW_EPROTOCOL, 505, "a version other than 1.0 and 1.1"},
        {TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), NW_EPROTOCOL, 505, NULL},
        {TEXT("GET / HTTP/1.0\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void lines(void **state)
{
    static const struct expected expected[] = {
        {TEXT(GET "A: b\n"), BAD, "a LF without CR"},
        {TEXT(GET "A: b\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "a LF without CR"},
        {TEXT(GET "A: b\rTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: \rTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A:\rTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: b\r\r\n\r\n"), BAD, NULL},
        {TEXT(GET "\n"), BAD, NULL},
        {TEXT(GET "\rX"), BAD, NULL},
        {TEXT(GET " folded\r\n\r\n"), BAD, "a folded field"},
        {TEXT(GET "\tfolded\r\n\r\n"), BAD, "a folded field"},
        {TEXT(GET "A: b\r\n c\r\n\r\n"), BAD, "a folded field"},
        {TEXT(GET "A:\r\n b\r\n\r\n"), BAD, "a folded field"},
        {TEXT(GET " \r\n\r\n"), BAD, "a folded field"},
        {TEXT("GET / HTTP/1.1\r\n " HOST "\r\n"), BAD, "a folded field"},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void names_and_values(void **state)
{
    static const struct expected expected[] = {
        {TEXT(GET "A : b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A\t: b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "Content-Length : 5\r\n\r\n"), BAD, NULL},
        {TEXT(GET "Transfer-Encoding : chunked\r\n\r\n"), BAD, NULL},
        {TEXT(GET ": b\r\n\r\n"), BAD, "a field without a name"},
        {TEXT(GET "A b: c\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A\0: b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A(: b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "\xc3\xa4: b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: \0\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: b\0c\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: b\x01\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: 1234567890\x1f\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: b\x7f\r\n\r\n"), BAD, NULL},
        {TEXT(GET "Connection: close\x0b\r\n\r\n"), BAD, NULL},
        {TEXT(GET "A: b\tc\xc3\xa4~\r\n\r\n"), 0, 0, NULL},
        {TEXT(GET "!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void content_lengths(void **state)
{
    static const struct expected expected[] = {
        {TEXT(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), BAD, NULL},
        {TEXT(POST "content-length: 0\r\nContent-Length: 0\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5, 5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5,6\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: ,5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: +5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: -5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5 5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 0x5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5.0\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 5a\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length:\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length:  \r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: \"5\"\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 9223372036854775807\r\n\r\n"), 1, 0, NULL},
        {TEXT(POST "Content-Length: 9223372036854775808\r\n\r\n"), BAD, "a Content-Length that is too large"},
        {TEXT(POST "Content-Length: 18446744073709551616\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 18446744073709551621\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 99999999999999999999999999\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Content-Length: 00005 \r\n\r\nhello"), 0, 0, NULL},
        {TEXT(POST "Content-Length: 5\r\n\r\nhell"), 1, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void transfer_codings(void **state)
{
    static const struct expected expected[] = {
        {TEXT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"), BAD, NULL},
        {TEXT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "Transfer-Encoding in HTTP/1.0"},
        {TEXT(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: identity\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: gzip\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding:\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: ,chunked\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked,\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: xchunked\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunkedx\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked;q=1\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: chunked\x0b\r\n\r\n"), BAD, NULL},
        {TEXT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), NW_EPROTOCOL, 501,
         "an unknown transfer coding"},
        {TEXT(POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"), NW_EPROTOCOL, 501, NULL},
        {TEXT(POST "Transfer-Encoding: identity, chunked\r\n\r\n"), NW_EPROTOCOL, 501, NULL},
        {TEXT(POST "transfer-encoding:\tCHUNKED \r\n\r\n0\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void chunks(void **state)
{
    static const struct expected expected[] = {
        {TEXT(CHUNKS "\r\n"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS ";a\r\n"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "g\r\n"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "+5\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "-5\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS " 5\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5 \r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5\t\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5 ;a\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "0x5\r\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5_0\r\n"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5\nhello"), BAD, "a chunk's size that is no number"},
        {TEXT(CHUNKS "5\rhello"), BAD, "a CR without LF"},
        {TEXT(CHUNKS "5;a\nhello"), BAD, "a LF without CR"},
        {TEXT(CHUNKS "5;a=\"\n\"\r\nhello"), BAD, "a LF without CR"},
        {TEXT(CHUNKS "5;a\0\r\nhello"), BAD, "a control byte"},
        {TEXT(CHUNKS "5;a\x7f\r\nhello"), BAD, "a control byte"},
        {TEXT(CHUNKS "5;a\rhello"), BAD, "a CR without LF"},
        {TEXT(CHUNKS "7fffffffffffffff\r\n"), 1, 0, NULL},
        {TEXT(CHUNKS "8000000000000000\r\n"), BAD, "a chunk's size that is too large"},
        {TEXT(CHUNKS "ffffffffffffffff\r\n"), BAD, "a chunk's size that is too large"},
        {TEXT(CHUNKS "10000000000000005\r\nhello"), BAD, "a chunk's size that is too large"},
        {TEXT(CHUNKS "00000000000000005\r\nhello"), BAD, "a chunk's size that is too large"},
        {TEXT(CHUNKS "0000000000000005\r\nhello\r\n0\r\n\r\n"), 0, 0, NULL},
        {TEXT(CHUNKS "5\r\nhello!"), BAD, "a chunk that does not end where its size says"},
        {TEXT(CHUNKS "5\r\nhell\r\n0\r\n\r\n"), BAD, "a chunk that does not end where its size says"},
        {TEXT(CHUNKS "5\r\nhello\n0\r\n\r\n"), BAD, "a chunk that does not end where its size says"},
        {TEXT(CHUNKS "5\r\nhello\rx"), BAD, "a CR without LF"},
        {TEXT(CHUNKS "5\r\nhello0\r\n\r\n"), BAD, "a chunk that does not end where its size says"},
        {TEXT(CHUNKS "0\r\n\n"), BAD, NULL},
        {TEXT(CHUNKS "0\r\n\rx"), BAD, NULL},
        {TEXT(CHUNKS "0\r\nA\r\n\r\n"), BAD, NULL},
        {TEXT(CHUNKS "0\r\n folded\r\n\r\n"), BAD, "a folded field"},
        {TEXT(CHUNKS "0\r\nA : b\r\n\r\n"), BAD, NULL},
        {TEXT(CHUNKS "0\r\nA: b\n\r\n"), BAD, NULL},
        {TEXT(CHUNKS "0\r\nA: b\r\n"), 1, 0, NULL},
        {TEXT(CHUNKS "0\r\n"), 1, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void hosts(void **state)
{
    static const struct expected expected[] = {
        {TEXT("GET / HTTP/1.1\r\n\r\n"), BAD, "no Host field"},
        {TEXT(GET HOST "\r\n"), BAD, "several Host fields"},
        {TEXT(GET "host: b\r\n\r\n"), BAD, "several Host fields"},
        {TEXT("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), BAD, "several Host fields"},
        {TEXT("GET http://b/ HTTP/1.1\r\n\r\n"), BAD, "no Host field"},
        {TEXT("GET / HTTP/1.1\r\nHost:\r\n\r\n"), BAD, "an empty Host"},
        {TEXT("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"), BAD, "an empty Host"},
        {TEXT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a#b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: <a>\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a:-1\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n"), BAD, NULL},
        {TEXT("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: []\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), BAD, "a Host that is none"},
        {TEXT("GET / HTTP/1.0\r\n\r\n"), 0, 0, NULL},
        {TEXT("GET / HTTP/1.0\r\nHost:\r\n\r\n"), 0, 0, NULL},
        {TEXT("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n"), 0, 0, NULL},
        {TEXT("GET http://b/ HTTP/1.1\r\nHost:\r\n\r\n"), 0, 0, NULL},
        {TEXT("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), 0, 0, NULL},
        {TEXT("GET / HTTP/1.1\r\nHost: [2001:db8::1]:65535\r\n\r\n"), 0, 0, NULL},
        {TEXT("GET / HTTP/1.1\r\nHost: a_b.%41-~!$&'()*+;=\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void targets(void **state)
{
    static const struct expected expected[] = {
        {TEXT("GET * HTTP/1.1\r\n" HOST "\r\n"), BAD, "a target in none of the four forms"},
        {TEXT("OPTIONS ** HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("GET a HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("GET a:443 HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("GET ?a HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("GET /#a HTTP/1.1\r\n" HOST "\r\n"), BAD, "a target with a fragment"},
        {TEXT("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "a target in none of the four forms"},
        {TEXT("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("GET http://u@b/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "a target whose host is none"},
        {TEXT("GET http://b:x/ HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT a HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT / HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT http://a:443 HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT :443 HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT a: HTTP/1.1\r\n" HOST "\r\n"), BAD, "a CONNECT to what is no host and port"},
        {TEXT("CONNECT u@a:443 HTTP/1.1\r\n" HOST "\r\n"), BAD, NULL},
        {TEXT("CONNECT a:443 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"), BAD, "a CONNECT with a body"},
        {TEXT("CONNECT a:443 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), BAD,
         "a CONNECT with a body"},
        {TEXT("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
        {TEXT("CONNECT [::1]:443 HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
        {TEXT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
        {TEXT("GET //a//b HTTP/1.1\r\n" HOST "\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

static void expectations(void **state)
{
    static const struct expected expected[] = {
        {TEXT(POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n"), NW_EPROTOCOL, 417,
         "an unknown expectation"},
        {TEXT(POST "Expect: 100-continue\r\nExpect: x\r\n\r\n"), NW_EPROTOCOL, 417, NULL},
        {TEXT(POST "Expect: x\r\nExpect: 100-continue\r\n\r\n"), NW_EPROTOCOL, 417, NULL},
        {TEXT(POST "Expect: 100-Continue\r\n\r\n"), 0, 0, NULL},
        {TEXT("POST / HTTP/1.0\r\nExpect: x\r\n\r\n"), 0, 0, NULL},
    };

    (void)state;
    CHECK_ALL(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines),   cmocka_unit_test(versions),
        cmocka_unit_test(lines),           cmocka_unit_test(names_and_values),
        cmocka_unit_test(content_lengths), cmocka_unit_test(transfer_codings),
        cmocka_unit_test(chunks),          cmocka_unit_test(hosts),
        cmocka_unit_test(targets),         cmocka_unit_test(expectations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
