/* SPDX-License-Identifier: MIT */
/*
 * URLs: what they are taken apart into, and what is none. Where two programs could read two hosts out of one
 * text, it is refused. References: the whole of RFC 3986, 5.4, and Python as the second opinion.
 */
#include <nowait/text.h>
#include <nowait/url.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

struct good {
    const char *text, *scheme, *user, *password, *host, *path, *query, *fragment;
    unsigned port;
    bool has_query, has_authority;
};

static const struct good good[] = {
    {"http://a", "http", "", "", "a", "/", "", "", 80, false, true},
    {"https://a", "https", "", "", "a", "/", "", "", 443, false, true},
    {"ws://a/b", "ws", "", "", "a", "/b", "", "", 80, false, true},
    {"wss://a/b", "wss", "", "", "a", "/b", "", "", 443, false, true},
    {"HTTP://ExAmPle.COM/PaTh", "http", "", "", "example.com", "/PaTh", "", "", 80, false, true},
    {"http://a?", "http", "", "", "a", "/", "", "", 80, true, true},
    {"http://a/?", "http", "", "", "a", "/", "", "", 80, true, true},
    {"http://a/#", "http", "", "", "a", "/", "", "", 80, false, true},
    {"http://a?b", "http", "", "", "a", "/", "b", "", 80, true, true},
    {"http://a#b?c", "http", "", "", "a", "/", "", "b?c", 80, false, true},
    {"http://a/b?c?d#e/?f", "http", "", "", "a", "/b", "c?d", "e/?f", 80, true, true},
    {"http://a:/b", "http", "", "", "a", "/b", "", "", 80, false, true},
    {"http://a:0/b", "http", "", "", "a", "/b", "", "", 0, false, true},
    {"http://a/b/.c/d..?e/..", "http", "", "", "a", "/b/.c/d..", "e/..", "", 80, true, true},
    {"http://a/b?c=%20%zz", "http", "", "", "a", "/b", "c=%20%25zz", "", 80, true, true},
    {"http://a/b?c=%2", "http", "", "", "a", "/b", "c=%252", "", 80, true, true},
    {"http://a/b?c=%e4%2F&d", "http", "", "", "a", "/b", "c=%e4%2F&d", "", 80, true, true},
    {"http://a:00080/b", "http", "", "", "a", "/b", "", "", 80, false, true},
    {"http://a:65535", "http", "", "", "a", "/", "", "", 65535, false, true},
    {"http://a:0000000000080", "http", "", "", "a", "/", "", "", 80, false, true},
    {"https://a:8443/", "https", "", "", "a", "/", "", "", 8443, false, true},
    /* user and password */
    {"http://u@a", "http", "u", "", "a", "/", "", "", 80, false, true},
    {"http://u:@a", "http", "u", "", "a", "/", "", "", 80, false, true},
    {"http://:p@a", "http", "", "p", "a", "/", "", "", 80, false, true},
    {"http://@a", "http", "", "", "a", "/", "", "", 80, false, true},
    {"http://u:p:q@a:1", "http", "u", "p:q", "a", "/", "", "", 1, false, true},
    {"http://u%40v:p%3a%2F%23@a", "http", "u@v", "p:/#", "a", "/", "", "", 80, false, true},
    {"http://J%C3%BCrgen:gr\xc3\xbc\xc3\x9f"
     "e@a",
     "http", "J\xc3\xbcrgen",
     "gr\xc3\xbc\xc3\x9f"
     "e",
     "a", "/", "", "", 80, false, true},
    /* hosts */
    {"http://[::1]", "http", "", "", "::1", "/", "", "", 80, false, true},
    {"http://[::1]:8080/x", "http", "", "", "::1", "/x", "", "", 8080, false, true},
    {"http://u:p@[2001:DB8::7]/", "http", "u", "p", "2001:db8::7", "/", "", "", 80, false, true},
    {"http://[::ffff:1.2.3.4]:1", "http", "", "", "::ffff:1.2.3.4", "/", "", "", 1, false, true},
    {"http://[fe80::1%25eth0]:1", "http", "", "", "fe80::1%eth0", "/", "", "", 1, false, true},
    {"http://[fe80::1%Eth0]", "http", "", "", "fe80::1%Eth0", "/", "", "", 80, false, true},
    {"http://[fe80::1%25a%2Db]", "http", "", "", "fe80::1%a-b", "/", "", "", 80, false, true},
    {"http://1.2.3.4:5", "http", "", "", "1.2.3.4", "/", "", "", 5, false, true},
    {"http://%65x%41mple.com/", "http", "", "", "example.com", "/", "", "", 80, false, true},
    {"http://xn--bcher-kva.example/", "http", "", "", "xn--bcher-kva.example", "/", "", "", 80, false, true},
    {"http://my_host.example./", "http", "", "", "my_host.example.", "/", "", "", 80, false, true},
    {"http://1.2.3.4.example/", "http", "", "", "1.2.3.4.example", "/", "", "", 80, false, true},
    {"http://4chan.example/", "http", "", "", "4chan.example", "/", "", "", 80, false, true},
    {"http://0xg/", "http", "", "", "0xg", "/", "", "", 80, false, true},
    /* what is after the host is never the host */
    {"http://a#@b", "http", "", "", "a", "/", "", "@b", 80, false, true},
    {"http://a?@b", "http", "", "", "a", "/", "@b", "", 80, true, true},
    {"http://a/@b", "http", "", "", "a", "/@b", "", "", 80, false, true},
    {"http://a/\\@b", "http", "", "", "a", "/%5C@b", "", "", 80, false, true},
    {"http://a/?u=http://b@c", "http", "", "", "a", "/", "u=http://b@c", "", 80, true, true},
    {"http://a//b", "http", "", "", "a", "//b", "", "", 80, false, true},
    /* what must be encoded is, what is encoded stays */
    {"http://a/b c", "http", "", "", "a", "/b%20c", "", "", 80, false, true},
    {"http://a/ ", "http", "", "", "a", "/%20", "", "", 80, false, true},
    {"http://a/\xc3\xa4?\xc3\xb6#\xc3\xbc", "http", "", "", "a", "/%C3%A4", "%C3%B6", "%C3%BC", 80, true,
     true},
    {"http://a/%C3%a4%2f%zz%4", "http", "", "", "a", "/%C3%a4%2f%25zz%254", "", "", 80, false, true},
    {"http://a/100%", "http", "", "", "a", "/100%25", "", "", 80, false, true},
    {"http://a/\"<>^`{|}", "http", "", "", "a", "/%22%3C%3E%5E%60%7B%7C%7D", "", "", 80, false, true},
    {"http://a/?\"<>^`{|}[]\\", "http", "", "", "a", "/", "%22%3C%3E%5E%60%7B%7C%7D[]%5C", "", 80, true,
     true},
    {"http://a/#b#c", "http", "", "", "a", "/", "", "b%23c", 80, false, true},
    {"http://a/!$&'()*+,;=:@-._~", "http", "", "", "a", "/!$&'()*+,;=:@-._~", "", "", 80, false, true},
    /* dot segments go, also escaped ones */
    {"http://a/b/../c/./d", "http", "", "", "a", "/c/d", "", "", 80, false, true},
    {"http://a/../../b", "http", "", "", "a", "/b", "", "", 80, false, true},
    {"http://a/b/..", "http", "", "", "a", "/", "", "", 80, false, true},
    {"http://a/b/%2e%2E/%2e/c", "http", "", "", "a", "/c", "", "", 80, false, true},
    {"http://a/b/.../..c/%2e%2e%2e", "http", "", "", "a", "/b/.../..c/%2e%2e%2e", "", "", 80, false, true},
    {"http://a/?b/../c", "http", "", "", "a", "/", "b/../c", "", 80, true, true},
    /* other URLs, and references */
    {"file:///etc/fstab", "file", "", "", "", "/etc/fstab", "", "", 0, false, true},
    {"mailto:a@b.example", "mailto", "", "", "", "a@b.example", "", "", 0, false, false},
    {"urn:example:a:b", "urn", "", "", "", "example:a:b", "", "", 0, false, false},
    {"localhost:8080", "localhost", "", "", "", "8080", "", "", 0, false, false},
    {"http:g", "http", "", "", "", "g", "", "", 80, false, false},
    {"http:\\\\a\\b", "http", "", "", "", "%5C%5Ca%5Cb", "", "", 80, false, false},
    {"unix+http://a", "unix+http", "", "", "a", "/", "", "", 0, false, true},
    {"//a/b", "", "", "", "a", "/b", "", "", 0, false, true},
    {"/a:b", "", "", "", "", "/a:b", "", "", 0, false, false},
    {"../b", "", "", "", "", "../b", "", "", 0, false, false},
    {"?a:b", "", "", "", "", "", "a:b", "", 0, true, false},
    {"#a:b", "", "", "", "", "", "", "a:b", 0, false, false},
    {"", "", "", "", "", "", "", "", 0, false, false},
    {"/\\a", "", "", "", "", "/%5Ca", "", "", 0, false, false},
};

static void good_ones_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const struct good *one = &good[i];
        nw_url url;

        if (nw_url_parse(one->text, &url) != 0)
            fail_msg("refused: %s", one->text);
        assert_string_equal(url.scheme, one->scheme);
        assert_string_equal(url.user, one->user);
        assert_string_equal(url.password, one->password);
        assert_string_equal(url.host, one->host);
        assert_string_equal(url.path, one->path);
        assert_string_equal(url.query, one->query);
        assert_string_equal(url.fragment, one->fragment);
        assert_int_equal(url.port, one->port);
        assert_int_equal(url.has_query, one->has_query);
        assert_int_equal(url.has_authority, one->has_authority);
        nw_url_finish(&url);
        assert_null(url.memory);
        nw_url_finish(&url);
    }
}

/* Plain ones are taken apart in a way of their own, which a capital letter keeps them from. */
static void both_ways_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        nw_url a, b;

        if (strncmp(good[i].text, "http://", 7) != 0)
            continue;
        char *shouted = strdup(good[i].text);
        assert_non_null(shouted);
        shouted[0] = 'H';
        assert_int_equal(nw_url_parse(good[i].text, &a), 0);
        assert_int_equal(nw_url_parse(shouted, &b), 0);
        assert_string_equal(a.scheme, b.scheme);
        assert_string_equal(a.user, b.user);
        assert_string_equal(a.password, b.password);
        assert_string_equal(a.host, b.host);
        assert_string_equal(a.path, b.path);
        assert_string_equal(a.query, b.query);
        assert_string_equal(a.fragment, b.fragment);
        assert_int_equal(a.port, b.port);
        nw_url_finish(&a);
        nw_url_finish(&b);
        free(shouted);
    }
}

static const char *const bad[] = {
    /* two readers, two hosts */
    "http://a@b@c",
    "http://a:b@c@d/",
    "http://a\\@b",
    "http://a\\b",
    "http://a\\",
    "http://u\\:p@b",
    "http://a%40b",
    "http://a%2fb",
    "http://a%23b",
    "http://a%3fb",
    "http://a%5cb",
    "http://a%3a80",
    "http://a%25b",
    "http://a%5b",
    "http://a%20b",
    "http://a b",
    "http://a%00",
    "http://a%00.b",
    "http://a%0d%0ab",
    "http://a%",
    "http://a%4",
    "http://a%zz",
    "http://a<b",
    "http://a^b",
    "http://a|b",
    "http://a`b",
    "http://{a}",
    /* numbers that are addresses to some */
    "http://1.2.3.4.",
    "http://1.2.3",
    "http://127.1",
    "http://0x7f.1",
    "http://0x7f000001",
    "http://0X7F000001",
    "http://2130706433",
    "http://0177.0.0.1",
    "http://1.2.3.04",
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://a.1",
    "http://a.0x1",
    "http://0",
    "http://0x",
    "http://%31%32%37.1",
    /* no host */
    "http:///x",
    "http://",
    "http://?a",
    "http://#a",
    "http://:80",
    "http://:80/",
    "http://u@",
    "http://u:p@/",
    "http://@",
    "https:////a",
    "ws:///",
    "x://:80",
    /* ports */
    "http://a:65536",
    "http://a:99999999999999999999",
    "http://a:-1",
    "http://a:+1",
    "http://a: 80",
    "http://a:80 ",
    "http://a:80x",
    "http://a:0x50",
    "http://a:8:0",
    "http://a:b",
    "http://::1",
    "http://::1/",
    /* brackets */
    "http://[::1]:80x",
    "http://[::1]80",
    "http://[::1",
    "http://::1]",
    "http://[]",
    "http://[]:80",
    "http://[a]",
    "http://[1.2.3.4]",
    "http://[::1]a",
    "http://a[::1]",
    "http://[[::1]]",
    "http://[::1]@a",
    "http://[::1%]",
    "http://[::1%25]",
    "http://[::1%25a%2fb]",
    "http://[::1%25a%00]",
    "http://[::1%25a b]",
    "http://[::1%%]",
    "http://[v1.a]",
    "http://[:::1]",
    "http://[::12345]",
    "http://[1:2:3:4:5:6:7:8:9]",
    "http://[::ffff:1.2.3.04]",
    "http://[%3a%3a1]",
    "http://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    /* not ASCII: the xn-- form is for hosts */
    "http://b\xc3\xbc"
    "cher.example",
    "http://b%C3%BCcher.example",
    "http://\xef\xbc\x8e"
    "a",
    "http://a\xe3\x80\x82"
    "b",
    /* user and password */
    "http://u%@a",
    "http://u%4@a",
    "http://u%00@a",
    "http://u:p%0d%0aX-Evil:1@a",
    "http://u%7f@a",
    "http://u v@a",
    /* control characters, anywhere */
    "http://a/\n",
    "http://a/\r\nX: y",
    "http://a\t/",
    "ht\ttp://a",
    "\thttp://a",
    "http://a/\x7f",
    "http://a/?\x01",
    "http://a/#\x1f",
    "h\nttp://a",
    "http://a\n.b",
    /* schemes */
    " http://a",
    "1http://a",
    "ht tp://a",
    "ht_tp://a",
    "://a",
    ":",
    ":a",
    "-a:b",
    "a b:c",
    "a%3ab:c",
};

static void bad_ones_are_refused(void **state)
{
    nw_url url = {.port = 12345};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (nw_url_parse(bad[i], &url) != -EINVAL)
            fail_msg("not refused: %s", bad[i]);
    assert_int_equal(nw_url_parse(NULL, &url), -EINVAL);
    assert_int_equal(nw_url_parse("http://a", NULL), -EINVAL);
    assert_int_equal(url.port, 12345);
    nw_url_finish(NULL);
}

static void every_byte_in_a_host(void **state)
{
    char text[] = "http://ax.b/";

    (void)state;
    for (int c = 1; c < 256; c++) {
        bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    strchr("-._~!$&'()*+,;=", c);
        nw_url url = {.memory = NULL};
        int rc;

        text[8] = (char)c;
        rc = nw_url_parse(text, &url);
        if (fits)
            assert_int_equal(rc, 0);
        if (rc == 0 && !fits)
            assert_true(strchr("/?#@", c)); /* ":.b" is a bad port, and so on */
        nw_url_finish(&url);
    }
}

static void long_ones(void **state)
{
    static char text[64 * 1024 + 2];
    nw_url url;

    (void)state;
    memset(text, ' ', sizeof text - 1);
    memcpy(text, "http://a/", 9);
    text[64 * 1024] = '\0';
    assert_int_equal(nw_url_parse(text, &url), 0);
    assert_int_equal(strlen(url.path), 1 + 3 * (64 * 1024 - 9));
    nw_url_finish(&url);
    text[64 * 1024] = ' ';
    assert_int_equal(nw_url_parse(text, &url), -EMSGSIZE);
    memset(text, 'a', 600);
    memcpy(text, "http://", 7);
    text[7 + 255] = '\0';
    assert_int_equal(nw_url_parse(text, &url), 0);
    nw_url_finish(&url);
    text[7 + 255] = 'a';
    text[7 + 256] = '\0';
    assert_int_equal(nw_url_parse(text, &url), -EINVAL);
}

/* -- references -- */

static const struct {
    const char *base, *reference, *result;
} references[] = {
#define RFC "http://a/b/c/d;p?q"
    /* RFC 3986, 5.4.1 */
    {RFC, "g:h", "g:h"},
    {RFC, "g", "http://a/b/c/g"},
    {RFC, "./g", "http://a/b/c/g"},
    {RFC, "g/", "http://a/b/c/g/"},
    {RFC, "/g", "http://a/g"},
    {RFC, "//g", "http://g"},
    {RFC, "?y", "http://a/b/c/d;p?y"},
    {RFC, "g?y", "http://a/b/c/g?y"},
    {RFC, "#s", "http://a/b/c/d;p?q#s"},
    {RFC, "g#s", "http://a/b/c/g#s"},
    {RFC, "g?y#s", "http://a/b/c/g?y#s"},
    {RFC, ";x", "http://a/b/c/;x"},
    {RFC, "g;x", "http://a/b/c/g;x"},
    {RFC, "g;x?y#s", "http://a/b/c/g;x?y#s"},
    {RFC, "", "http://a/b/c/d;p?q"},
    {RFC, ".", "http://a/b/c/"},
    {RFC, "./", "http://a/b/c/"},
    {RFC, "..", "http://a/b/"},
    {RFC, "../", "http://a/b/"},
    {RFC, "../g", "http://a/b/g"},
    {RFC, "../..", "http://a/"},
    {RFC, "../../", "http://a/"},
    {RFC, "../../g", "http://a/g"},
    /* 5.4.2 */
    {RFC, "../../../g", "http://a/g"},
    {RFC, "../../../../g", "http://a/g"},
    {RFC, "/./g", "http://a/g"},
    {RFC, "/../g", "http://a/g"},
    {RFC, "g.", "http://a/b/c/g."},
    {RFC, ".g", "http://a/b/c/.g"},
    {RFC, "g..", "http://a/b/c/g.."},
    {RFC, "..g", "http://a/b/c/..g"},
    {RFC, "./../g", "http://a/b/g"},
    {RFC, "./g/.", "http://a/b/c/g/"},
    {RFC, "g/./h", "http://a/b/c/g/h"},
    {RFC, "g/../h", "http://a/b/c/h"},
    {RFC, "g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {RFC, "g;x=1/../y", "http://a/b/c/y"},
    {RFC, "g?y/./x", "http://a/b/c/g?y/./x"},
    {RFC, "g?y/../x", "http://a/b/c/g?y/../x"},
    {RFC, "g#s/./x", "http://a/b/c/g#s/./x"},
    {RFC, "g#s/../x", "http://a/b/c/g#s/../x"},
    {RFC, "http:g", "http:g"},
    /* and more */
    {RFC, "?", "http://a/b/c/d;p?"},
    {RFC, "#", "http://a/b/c/d;p?q#"},
    {RFC, "g?#", "http://a/b/c/g?#"},
    {RFC, "//u:p@h:1/x/../y?z", "http://u:p@h:1/y?z"},
    {RFC, "HTTPS://B/x", "https://B/x"},
    {RFC, "%2e%2e/g", "http://a/b/g"},
    {RFC, "g h", "http://a/b/c/g%20h"},
    {RFC, "\\\\evil/x", "http://a/b/c/%5C%5Cevil/x"},
    {RFC, "/\\evil/x", "http://a/%5Cevil/x"},
    {RFC, "..//g", "http://a/b//g"},
    {"http://a", "g", "http://a/g"},
    {"http://a", "../g", "http://a/g"},
    {"http://a?q", "g", "http://a/g"},
    {"http://a?q#f", "", "http://a?q"},
    {"http://a", "?y", "http://a?y"},
    {"http://u:p@a:1/b", "c", "http://u:p@a:1/c"},
    {"http://[::1]:80/b", "c", "http://[::1]:80/c"},
    {"file:///a/b", "../../c", "file:///c"},
    {"a:b/c", "d", "a:b/d"},
    {"a:b", "../d", "a:d"},
    {"a:/b", "/.//c", "a:/.//c"},
    {"a:/b/", "..//c", "a:/.//c"},
    {"mailto:a@b", "?subject=c", "mailto:a@b?subject=c"},
};

static void references_are_made_absolute(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        nw_bytes url;

        if (nw_url_resolve(references[i].base, references[i].reference, &url) != 0)
            fail_msg("refused: %s", references[i].reference);
        assert_string_equal(url.data, references[i].result);
        assert_int_equal(url.size, strlen(references[i].result));
        nw_bytes_finish(&url);
    }
}

static void bad_references_are_refused(void **state)
{
    static const char *const wrong[] = {"http://",   "//",           "///x",         "//a@b@c", "http://[::1",
                                        "//a:70000", "//1.2.3",      "a\nb",         "a b:c",   ":",
                                        "//a\\@b",   "http:///path", "//[::1]:80x/", "\r"};
    nw_bytes url = {.size = 12345};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (nw_url_resolve(RFC, wrong[i], &url) != -EINVAL)
            fail_msg("not refused: %s", wrong[i]);
    assert_int_equal(nw_url_resolve("/a", "b", &url), -EINVAL);
    assert_int_equal(nw_url_resolve("http://a@b@c", "b", &url), -EINVAL);
    assert_int_equal(nw_url_resolve(NULL, "b", &url), -EINVAL);
    assert_int_equal(nw_url_resolve(RFC, NULL, &url), -EINVAL);
    assert_int_equal(nw_url_resolve(RFC, "b", NULL), -EINVAL);
    assert_int_equal(url.size, 12345);
}

/* -- encoding -- */

static void text_is_encoded_and_decoded(void **state)
{
    char all[256];
    nw_bytes encoded, decoded;

    (void)state;
    for (int c = 0; c < 256; c++)
        all[c] = (char)c;
    assert_int_equal(nw_url_encode((nw_slice){all, 256}, NULL, &encoded), 0);
    assert_int_equal(encoded.size, 66 + 190 * 3);
    assert_memory_equal(encoded.data, "%00%01%02", 9);
    assert_non_null(strstr(encoded.data, "%2C-.%2F0123456789%3A"));
    assert_non_null(strstr(encoded.data, "%5E_%60abc"));
    assert_non_null(strstr(encoded.data, "%7D~%7F%80"));
    assert_int_equal(nw_url_decode((nw_slice){encoded.data, encoded.size}, &decoded), 0);
    assert_int_equal(decoded.size, 256);
    assert_memory_equal(decoded.data, all, 256);
    nw_bytes_finish(&encoded);
    nw_bytes_finish(&decoded);
    assert_int_equal(nw_url_encode(nw_slice_of("a/b c"), "/", &encoded), 0);
    assert_string_equal(encoded.data, "a/b%20c");
    nw_bytes_finish(&encoded);
    assert_int_equal(nw_url_encode((nw_slice){NULL, 0}, NULL, &encoded), 0);
    assert_string_equal(encoded.data, "");
    nw_bytes_finish(&encoded);
    assert_int_equal(nw_url_decode(nw_slice_of("a+%2b%2B"), &decoded), 0);
    assert_string_equal(decoded.data, "a+++");
    nw_bytes_finish(&decoded);
    assert_int_equal(nw_url_decode(nw_slice_of("%"), &decoded), -EINVAL);
    assert_int_equal(nw_url_decode(nw_slice_of("a%4"), &decoded), -EINVAL);
    assert_int_equal(nw_url_decode(nw_slice_of("%4g"), &decoded), -EINVAL);
    assert_int_equal(nw_url_decode(nw_slice_of("%-1"), &decoded), -EINVAL);
}

/* -- Python's opinion -- */

#define PYTHON_CASES 20000

static const char *pick(uint64_t *random, const char *const *from, size_t count)
{
    return from[unit_random(random) % count];
}

#define PICK(random, ...)                                                                                    \
    pick(random, (const char *const[]){__VA_ARGS__},                                                         \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Without what Python does otherwise: empty segments, queries and fragments; dots behind a host that the
 * reference has itself. */
static void make_reference(uint64_t *random, char *text)
{
    size_t segments = unit_random(random) % 6;

    strcpy(text, PICK(random, "", "", "/", segments ? "" : "//u@h:1/", segments ? "/" : "https://h/"));
    for (size_t i = 0; i < segments; i++) {
        strcat(text, PICK(random, ".", "..", "..", "g", "g;x=1", ".h", "..h", "k."));
        if (i + 1 < segments || unit_random(random) % 2)
            strcat(text, "/");
    }
    strcat(text, PICK(random, "", "", "?y", "?y/../z"));
    strcat(text, PICK(random, "", "", "#s", "#s/./t"));
}

static void python_agrees(void **state)
{
    static const char script[] = "from urllib.parse import urljoin\n"
                                 "for line in open(\"cases\"):\n"
                                 "    base, reference = line.rstrip(\"\\n\").split(\" \")\n"
                                 "    print(urljoin(base, reference))\n";
    static const char *const bases[] = {RFC, "http://a/b/c/", "http://a/", "https://u:p@a:8/b/c?d"};
    FILE *cases = fopen("cases", "we+"), *answers;
    char command[sizeof script + 32], line[512], reference[256];
    uint64_t random = 3986;

    (void)state;
    assert_non_null(cases);
    for (int i = 0; i < PYTHON_CASES; i++) {
        make_reference(&random, reference);
        fprintf(cases, "%s %s\n", pick(&random, bases, 4), reference);
    }
    rewind(cases);
    if (system("python3 -c pass 2>/dev/null") != 0) /* NOLINT(cert-env33-c) */
        skip();
    snprintf(command, sizeof command, "python3 -c '%s'", script);
    answers = popen(command, "re"); /* NOLINT(cert-env33-c) */
    assert_non_null(answers);
    for (int i = 0; i < PYTHON_CASES; i++) {
        char theirs[512], *space;
        nw_bytes ours;

        assert_non_null(fgets(line, sizeof line, cases));
        assert_non_null(fgets(theirs, sizeof theirs, answers));
        line[strcspn(line, "\n")] = theirs[strcspn(theirs, "\n")] = '\0';
        space = strchr(line, ' ');
        *space = '\0';
        assert_int_equal(nw_url_resolve(line, space + 1, &ours), 0);
        assert_string_equal(ours.data, theirs);
        nw_bytes_finish(&ours);
    }
    fclose(cases);
    assert_int_equal(pclose(answers), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_taken_apart),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(bad_ones_are_refused),
        cmocka_unit_test(every_byte_in_a_host),
        cmocka_unit_test(long_ones),
        cmocka_unit_test(references_are_made_absolute),
        cmocka_unit_test(bad_references_are_refused),
        cmocka_unit_test(text_is_encoded_and_decoded),
        cmocka_unit_test(python_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
