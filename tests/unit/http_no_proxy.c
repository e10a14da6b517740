/* SPDX-License-Identifier: MIT */
/*
 * no_proxy: which hosts its list names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/client.h"

static bool excepted(const char *list, const char *host)
{
    return nw__http_proxy_excepted(list, host, 80);
}

static void names(void **state)
{
    (void)state;
    assert_true(excepted("example.com", "example.com"));
    assert_true(excepted("example.com", "www.example.com"));
    assert_true(excepted(".example.com", "www.example.com"));
    assert_true(excepted(".example.com", "example.com"));
    assert_true(excepted("EXAMPLE.com", "example.com"));
    assert_true(excepted("example.com.", "example.com"));
    assert_true(excepted("example.com", "example.com."));
    assert_true(excepted("a, b,c example.com", "example.com"));
    assert_true(excepted(" ,, localhost", "localhost"));
    assert_false(excepted("example.com", "badexample.com"));
    assert_false(excepted("www.example.com", "example.com"));
    assert_false(excepted("example.com", "example.org"));
    assert_false(excepted("", "example.com"));
    assert_false(excepted(NULL, "example.com"));
    assert_false(excepted(".", "example.com"));
    assert_false(excepted("com.", "example.org"));
}

static void all(void **state)
{
    (void)state;
    assert_true(excepted("*", "example.com"));
    assert_true(excepted("*", "::1"));
    assert_false(excepted("*.com", "example.com"));
}

static void addresses(void **state)
{
    (void)state;
    assert_true(excepted("127.0.0.1", "127.0.0.1"));
    assert_true(excepted("10.0.0.0/8", "10.255.1.2"));
    assert_true(excepted("10.1.2.128/25", "10.1.2.129"));
    assert_true(excepted("0.0.0.0/0", "1.2.3.4"));
    assert_true(excepted("::1", "::1"));
    assert_true(excepted("[::1]", "::1"));
    assert_true(excepted("0:0::1", "::1"));
    assert_true(excepted("fe80::/10", "fe80::1"));
    assert_true(excepted("fe80::/10", "fe80::1%eth0"));
    assert_true(excepted("fe80::1", "fe80::1%eth0"));
    assert_false(excepted("fe80::2", "fe80::1%eth0"));
    assert_false(excepted("10.0.0.0/8", "11.0.0.1"));
    assert_false(excepted("10.1.2.128/25", "10.1.2.127"));
    assert_false(excepted("10.0.0.0/33", "10.0.0.0"));
    assert_false(excepted("10.0.0.0/x", "10.0.0.0"));
    assert_false(excepted("127.0.0.1", "127.0.0.10"));
    assert_false(excepted("10.0.0.0/8", "::1"));
    assert_false(excepted("::/0", "10.0.0.1"));
    assert_false(excepted("fe80::/10", "fec0::1"));
}

static void ports(void **state)
{
    (void)state;
    assert_true(excepted("example.com:80", "example.com"));
    assert_true(excepted("[::1]:80", "::1"));
    assert_false(excepted("example.com:8080", "example.com"));
    assert_false(excepted("[::1]:81", "::1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(all),
        cmocka_unit_test(addresses),
        cmocka_unit_test(ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
