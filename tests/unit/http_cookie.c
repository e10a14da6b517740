/* SPDX-License-Identifier: MIT */
/*
 * Cookies by RFC 6265bis: what a jar keeps of what servers say, what it gives to whom and in which order, and
 * every way in which one site could reach another's cookies.
 */
#include "http/cookie.h"

#include <nowait/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/cookie_parse.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW          INT64_C(1800000000)
#define DAY          INT64_C(86400)

static void take_at(struct nw__cookie_jar *jar, const char *address, const char *field, int64_t now_s)
{
    nw_url url;

    assert_int_equal(nw_url_parse(address, &url), 0);
    assert_int_equal(nw__cookie_jar_take(jar, &url, field, now_s), 0);
    nw_url_finish(&url);
}

static void take(struct nw__cookie_jar *jar, const char *address, const char *field)
{
    take_at(jar, address, field, NOW);
}

/* Good until the next call. */
static const char *give_at(struct nw__cookie_jar *jar, const char *address, int64_t now_s)
{
    static char text[20000];
    struct nw__bytes out;
    nw_url url;

    nw__bytes_init(&out, SIZE_MAX);
    assert_int_equal(nw_url_parse(address, &url), 0);
    assert_int_equal(nw__cookie_jar_give(jar, &url, now_s, &out), 0);
    nw_url_finish(&url);
    assert_true(out.size_bytes < sizeof text);
    if (out.size_bytes > 0)
        memcpy(text, out.data, out.size_bytes);
    text[out.size_bytes] = '\0';
    nw__bytes_finish(&out);
    return text;
}

static const char *give(struct nw__cookie_jar *jar, const char *address)
{
    return give_at(jar, address, NOW);
}

static struct nw__cookie_jar *make_jar(void)
{
    struct nw__cookie_jar *jar;

    assert_int_equal(nw__cookie_jar_create(&jar), 0);
    return jar;
}

/* One field, from one URL: what then goes to another. */
struct step {
    const char *from, *field, *to, *cookie;
};

static void check_steps(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct nw__cookie_jar *jar = make_jar();
        const char *cookie;

        take(jar, steps[i].from, steps[i].field);
        cookie = give(jar, steps[i].to);
        if (strcmp(cookie, steps[i].cookie) != 0)
            fail_msg("%s: %s, %s: %s", steps[i].from, steps[i].field, steps[i].to, cookie);
        nw__cookie_jar_destroy(jar);
    }
}

static void names_and_values(void **state)
{
    static const struct step steps[] = {
        {"http://a.test/", "a=b", "http://a.test/", "a=b"},
        {"http://a.test/", " \ta \t= \tb c\t ; x", "http://a.test/", "a=b c"},
        {"http://a.test/", "a=", "http://a.test/", "a="},
        {"http://a.test/", "a=b=c", "http://a.test/", "a=b=c"},
        {"http://a.test/", "a=\"b; c\"", "http://a.test/", "a=\"b"},
        {"http://a.test/", "a=\"b\"", "http://a.test/", "a=\"b\""},
        {"http://a.test/", "a", "http://a.test/", "a"},
        {"http://a.test/", "=a", "http://a.test/", "a"},
        {"http://a.test/", "", "http://a.test/", ""},
        {"http://a.test/", "=", "http://a.test/", ""},
        {"http://a.test/", ";a=b", "http://a.test/", ""},
        {"http://a.test/", "a=\xc3\xa4", "http://a.test/", "a=\xc3\xa4"},
        {"http://a.test/", "a=b\tc", "http://a.test/", "a=b\tc"},
        {"http://a.test/", "a=b\x01", "http://a.test/", ""},
        {"http://a.test/", "a=b\r\nX: y", "http://a.test/", ""},
        {"http://a.test/", "a=b\x7f", "http://a.test/", ""},
        {"http://a.test/", "a=b; x=\n", "http://a.test/", ""},
        {"http://a.test/", "a=b; unknown; Domain2=c;;;=;", "http://a.test/", "a=b"},
    };

    (void)state;
    check_steps(steps, COUNT(steps));
}

static void domains(void **state)
{
    static const struct step steps[] = {
        /* of the host only */
        {"http://a.test/", "a=b", "http://a.test/", "a=b"},
        {"http://a.test/", "a=b", "http://A.TEST/", "a=b"},
        {"http://a.test/", "a=b", "http://a.test:8080/", "a=b"},
        {"http://a.test/", "a=b", "http://b.a.test/", ""},
        {"http://b.a.test/", "a=b", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=", "http://b.a.test/", ""},
        {"http://a.test/", "a=b; Domain=.", "http://b.a.test/", ""},
        {"http://a.test/", "a=b; Domain=a.test; Domain=", "http://b.a.test/", ""},
        {"http://a.test/", "a=b", "http://a.test./", ""},
        /* of a domain and what is below */
        {"http://a.test/", "a=b; Domain=a.test", "http://a.test/", "a=b"},
        {"http://a.test/", "a=b; Domain=a.test", "http://b.a.test/", "a=b"},
        {"http://a.test/", "a=b; domain = .A.Test ", "http://c.b.a.test/", "a=b"},
        {"http://c.b.a.test/", "a=b; Domain=a.test", "http://a.test/", "a=b"},
        {"http://c.b.a.test/", "a=b; Domain=b.a.test", "http://a.test/", ""},
        /* on the border of a label */
        {"http://a.test/", "a=b; Domain=a.test", "http://xa.test/", ""},
        {"http://xa.test/", "a=b; Domain=a.test", "http://xa.test/", ""},
        /* of others */
        {"http://a.test/", "a=b; Domain=b.test", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=b.test", "http://b.test/", ""},
        {"http://a.test/", "a=b; Domain=b.a.test", "http://b.a.test/", ""},
        {"http://a.test/", "a=b; Domain=test", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=.test", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=test.", "http://a.test/", ""},
        {"http://a.test./", "a=b; Domain=test.", "http://a.test./", ""},
        {"http://a.test/", "a=b; Domain=..a.test", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=a.test.", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=a.test/", "http://a.test/", ""},
        {"http://a.test/", "a=b; Domain=a.test:80", "http://a.test/", ""},
        {"http://localhost/", "a=b", "http://localhost:81/", "a=b"},
        {"http://localhost/", "a=b; Domain=localhost", "http://localhost/", "a=b"},
        {"http://localhost/", "a=b; Domain=localhost", "http://a.localhost/", ""},
        {"http://test/", "a=b; Domain=test", "http://a.test/", ""},
        /* addresses */
        {"http://127.0.0.1/", "a=b", "http://127.0.0.1/", "a=b"},
        {"http://127.0.0.1/", "a=b; Domain=127.0.0.1", "http://127.0.0.1/", "a=b"},
        {"http://127.0.0.1/", "a=b; Domain=0.0.1", "http://127.0.0.1/", ""},
        {"http://127.0.0.1/", "a=b; Domain=0.0.1", "http://128.0.0.1/", ""},
        {"http://127.0.0.1/", "a=b", "http://128.0.0.1/", ""},
        {"http://[::1]/", "a=b", "http://[::1]/", "a=b"},
        {"http://[::ffff:1.2.3.4]/", "a=b; Domain=3.4", "http://[::ffff:1.2.3.4]/", ""},
    };

    (void)state;
    check_steps(steps, COUNT(steps));
}

/* With the list: one label or several; without: one. */
static void public_suffixes(void **state)
{
    static const struct step always[] = {
        {"http://a.com/", "a=b; Domain=com", "http://a.com/", ""},
        {"http://a.co.uk/", "a=b; Domain=a.co.uk", "http://b.a.co.uk/", "a=b"},
        {"http://a.co.uk/", "a=b", "http://a.co.uk/", "a=b"},
        {"http://a.unlisted/", "a=b; Domain=a.unlisted", "http://b.a.unlisted/", "a=b"},
    };
    static const struct step listed[] = {
        {"http://a.co.uk/", "a=b; Domain=co.uk", "http://a.co.uk/", ""},
        {"http://a.co.uk/", "a=b; Domain=CO.UK", "http://b.co.uk/", ""},
        {"http://a.co.uk/", "a=b; Domain=.co.uk", "http://b.co.uk/", ""},
        {"http://b.a.co.uk/", "a=b; Domain=co.uk", "http://b.a.co.uk/", ""},
        /* a host that is one itself */
        {"http://co.uk/", "a=b; Domain=co.uk", "http://co.uk/", "a=b"},
        {"http://co.uk/", "a=b; Domain=co.uk", "http://a.co.uk/", ""},
        /* those of one company; a rule with a star, and the exception from it; not in ASCII */
        {"http://a.github.io/", "a=b; Domain=github.io", "http://b.github.io/", ""},
        {"http://b.a.ck/", "a=b; Domain=a.ck", "http://b.a.ck/", ""},
        {"http://a.www.ck/", "a=b; Domain=www.ck", "http://b.www.ck/", "a=b"},
        {"http://a.xn--55qx5d.cn/", "a=b; Domain=xn--55qx5d.cn", "http://b.xn--55qx5d.cn/", ""},
    };

    (void)state;
    check_steps(always, COUNT(always));
#ifdef NW__HAVE_PSL
    check_steps(listed, COUNT(listed));
#else
    (void)listed;
#endif
}

static void paths(void **state)
{
    static const struct step steps[] = {
        {"http://a.test/x/y", "a=b", "http://a.test/x", "a=b"},
        {"http://a.test/x/y", "a=b", "http://a.test/x/z", "a=b"},
        {"http://a.test/x/y", "a=b", "http://a.test/xz", ""},
        {"http://a.test/x/y", "a=b", "http://a.test/", ""},
        {"http://a.test/x/", "a=b", "http://a.test/x", "a=b"},
        {"http://a.test/x", "a=b", "http://a.test/", "a=b"},
        {"http://a.test", "a=b", "http://a.test/z", "a=b"},
        {"http://a.test/x?/y/z", "a=b", "http://a.test/", "a=b"},
        {"http://a.test/", "a=b; Path=/x", "http://a.test/x", "a=b"},
        {"http://a.test/", "a=b; Path=/x", "http://a.test/x?y", "a=b"},
        {"http://a.test/", "a=b; Path=/x", "http://a.test/x/y", "a=b"},
        {"http://a.test/", "a=b; Path=/x", "http://a.test/xy", ""},
        {"http://a.test/", "a=b; Path=/x/", "http://a.test/x", ""},
        {"http://a.test/", "a=b; Path=/x/", "http://a.test/x/", "a=b"},
        {"http://a.test/", "a=b; Path=/X", "http://a.test/x", ""},
        {"http://a.test/x/y", "a=b; Path=", "http://a.test/x/", "a=b"},
        {"http://a.test/x/y", "a=b; Path=z", "http://a.test/x/", "a=b"},
        {"http://a.test/x/y", "a=b; Path=/; Path=z", "http://a.test/", ""},
        {"http://a.test/x/y", "a=b; Path=z; Path=/", "http://a.test/", "a=b"},
        {"http://a.test/", "a=b; Path=/x y", "http://a.test/x%20y", ""},
    };

    (void)state;
    check_steps(steps, COUNT(steps));
}

static void secure_ones(void **state)
{
    static const struct step steps[] = {
        {"https://a.test/", "a=b; Secure", "https://a.test/", "a=b"},
        {"https://a.test/", "a=b; secure=no", "wss://a.test/", "a=b"},
        {"https://a.test/", "a=b; Secure", "http://a.test/", ""},
        {"https://a.test/", "a=b", "http://a.test/", "a=b"},
        {"http://a.test/", "a=b; Secure", "https://a.test/", ""},
        {"http://a.test/", "a=b; HttpOnly", "http://a.test/", "a=b"},
        {"https://a.test/", "a=b; SameSite=None; Secure", "https://a.test/", "a=b"},
        {"https://a.test/", "a=b; SameSite=None", "https://a.test/", ""},
        {"https://a.test/", "a=b; SameSite=Strict", "https://a.test/", "a=b"},
        {"https://a.test/", "a=b; SameSite=what", "https://a.test/", "a=b"},
        {"https://a.test/", "a=b; SameSite=None; SameSite=Lax", "https://a.test/", "a=b"},
        /* names that promise something */
        {"https://a.test/", "__Secure-a=b; Secure", "https://a.test/", "__Secure-a=b"},
        {"https://a.test/", "__Secure-a=b", "https://a.test/", ""},
        {"https://a.test/", "__sEcure-a=b", "https://a.test/", ""},
        {"http://a.test/", "__Secure-a=b; Secure", "https://a.test/", ""},
        {"https://a.test/", "__Secure-a=b; Secure; Domain=a.test", "https://b.a.test/", "__Secure-a=b"},
        {"https://a.test/", "__Host-a=b; Secure; Path=/", "https://a.test/", "__Host-a=b"},
        {"https://a.test/", "__Host-a=b; Secure", "https://a.test/", ""},
        {"https://a.test/x/", "__Host-a=b; Secure; Path=/x", "https://a.test/x", ""},
        {"https://a.test/", "__Host-a=b; Path=/", "https://a.test/", ""},
        {"https://a.test/", "__HOST-a=b; Path=/", "https://a.test/", ""},
        {"https://a.test/", "__Host-a=b; Secure; Path=/; Domain=a.test", "https://a.test/", ""},
        {"https://a.test/", "__Host-a=b; Secure; Path=/; Domain=", "https://a.test/", "__Host-a=b"},
        {"https://a.test/", "=__Host-a=b; Secure; Path=/", "https://a.test/", ""},
        {"https://a.test/", "__Secure-a; Secure", "https://a.test/", ""},
    };

    (void)state;
    check_steps(steps, COUNT(steps));
}

/* Who has no TLS cannot put one over a cookie that was set with it. */
static void secure_ones_are_left_alone(void **state)
{
    struct nw__cookie_jar *jar = make_jar();

    (void)state;
    take(jar, "https://a.test/", "a=good; Secure; Domain=a.test; Path=/x");
    take(jar, "http://a.test/", "a=evil; Domain=a.test; Path=/x");
    take(jar, "http://a.test/", "a=evil; Path=/x");
    take(jar, "http://b.a.test/", "a=evil; Domain=a.test; Path=/x");
    take(jar, "http://b.a.test/", "a=evil; Path=/x/y");
    take(jar, "http://a.test/", "a=; Max-Age=0; Domain=a.test; Path=/x");
    assert_string_equal(give(jar, "https://a.test/x"), "a=good");
    assert_string_equal(give(jar, "https://b.a.test/x/y"), "a=good");
    take(jar, "http://a.test/", "a=other; Path=/");
    assert_string_equal(give(jar, "https://a.test/x"), "a=good; a=other");
    assert_string_equal(give(jar, "http://a.test/x"), "a=other");
    take(jar, "https://a.test/", "a=new; Domain=a.test; Path=/x");
    assert_string_equal(give(jar, "http://a.test/x"), "a=new; a=other");
    nw__cookie_jar_destroy(jar);
}

static void ends_of_life(void **state)
{
    struct nw__cookie_jar *jar = make_jar();

    (void)state;
    take(jar, "http://a.test/", "a=1; Max-Age=10");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 9), "a=1");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 10), "");
    take(jar, "http://a.test/", "a=2; Expires=Fri, 15 Jan 2027 08:00:10 GMT");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 9), "a=2");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 10), "");
    take(jar, "http://a.test/", "a=3; Max-Age=10; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
    assert_string_equal(give(jar, "http://a.test/"), "a=3");
    take(jar, "http://a.test/", "a=4; Expires=Fri, 15 Jan 2028 08:00:10 GMT; Max-Age=10");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 10), "");
    take(jar, "http://a.test/", "a=5; Max-Age=10; Max-Age=20");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 19), "a=5");
    /* with the session: never */
    take(jar, "http://a.test/", "a=6");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 9999 * DAY), "a=6");
    take(jar, "http://a.test/", "a=7; Max-Age=x; Expires=y");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 9999 * DAY), "a=7");
    take(jar, "http://a.test/", "a=8; Max-Age=");
    take(jar, "http://a.test/", "a=8; Max-Age=-");
    take(jar, "http://a.test/", "a=8; Max-Age=1x");
    take(jar, "http://a.test/", "a=8; Max-Age=+1");
    take(jar, "http://a.test/", "a=8; Max-Age=1.5");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 9999 * DAY), "a=8");
    /* 400 days at most */
    take(jar, "http://a.test/", "a=9; Max-Age=99999999999999999999999");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 400 * DAY - 1), "a=9");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 400 * DAY), "");
    take(jar, "http://a.test/", "a=10; Expires=Fri, 15 Jan 9027 08:00:10 GMT");
    assert_string_equal(give_at(jar, "http://a.test/", NOW + 400 * DAY), "");
    /* over at once: removed */
    take(jar, "http://a.test/", "a=11; Max-Age=0");
    assert_string_equal(give(jar, "http://a.test/"), "");
    take(jar, "http://a.test/", "a=12");
    take(jar, "http://a.test/", "a=13; Max-Age=-1");
    assert_string_equal(give(jar, "http://a.test/"), "");
    take(jar, "http://a.test/", "a=14");
    take(jar, "http://a.test/", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    assert_string_equal(give(jar, "http://a.test/"), "");
    take(jar, "http://a.test/", "a=15");
    take(jar, "http://a.test/x", "a=; Max-Age=0; Path=/x");
    take(jar, "http://b.test/", "a=; Max-Age=0");
    assert_string_equal(give(jar, "http://a.test/"), "a=15");
    nw__cookie_jar_destroy(jar);
}

static void order_of_sending(void **state)
{
    struct nw__cookie_jar *jar = make_jar();

    (void)state;
    take(jar, "http://a.test/", "a=1; Path=/");
    take(jar, "http://a.test/", "b=2; Path=/x");
    take(jar, "http://a.test/", "c=3; Path=/x/y");
    take(jar, "http://a.test/", "d=4; Path=/x; Domain=a.test");
    take(jar, "http://a.test/", "e=5; Path=/; Domain=a.test");
    assert_string_equal(give(jar, "http://a.test/x/y"), "c=3; b=2; d=4; a=1; e=5");
    /* one that is set anew keeps its place */
    take(jar, "http://a.test/", "a=6; Path=/");
    assert_string_equal(give(jar, "http://a.test/"), "a=6; e=5");
    /* of the host only, and of the domain: two */
    take(jar, "http://a.test/", "a=7; Path=/; Domain=a.test");
    assert_string_equal(give(jar, "http://a.test/"), "a=6; e=5; a=7");
    /* names differ by case, and by none */
    take(jar, "http://a.test/", "A=8; Path=/");
    take(jar, "http://a.test/", "9; Path=/");
    take(jar, "http://a.test/", "=10; Path=/");
    assert_string_equal(give(jar, "http://a.test/"), "a=6; e=5; a=7; A=8; 10");
    nw__cookie_jar_destroy(jar);
}

static size_t count_cookies(const char *text)
{
    size_t count = *text != '\0';

    for (; *text; text++)
        count += *text == ';';
    return count;
}

static void a_domain_has_fifty(void **state)
{
    struct nw__cookie_jar *jar = make_jar();
    char field[64];

    (void)state;
    take(jar, "https://a.test/", "secure=1; Secure");
    take(jar, "https://b.test/", "other=1");
    for (int i = 0; i < 49; i++) {
        snprintf(field, sizeof field, "a%d=1; Path=/%s", i, i == 7 ? "x" : "");
        take(jar, "https://a.test/", field);
    }
    assert_int_equal(count_cookies(give(jar, "https://a.test/x")), 50);
    give(jar, "https://a.test/y"); /* all but a7 were used */
    take(jar, "https://a.test/", "new=1");
    assert_int_equal(count_cookies(give(jar, "https://a.test/x")), 50);
    assert_null(strstr(give(jar, "https://a.test/x"), "a7="));
    for (int i = 0; i < 1000; i++) {
        snprintf(field, sizeof field, "b%d=1", i);
        take(jar, "http://a.test/", field);
    }
    assert_int_equal(count_cookies(give(jar, "https://a.test/")), 50);
    assert_non_null(strstr(give(jar, "https://a.test/"), "secure=1"));
    assert_string_equal(give(jar, "https://b.test/"), "other=1");
    /* what is over makes room for free */
    take_at(jar, "http://c.test/", "a=1; Max-Age=1", NOW);
    for (int i = 0; i < 49; i++) {
        snprintf(field, sizeof field, "b%d=1", i);
        take(jar, "http://c.test/", field);
    }
    take_at(jar, "http://c.test/", "new=1", NOW + 1);
    assert_non_null(strstr(give_at(jar, "http://c.test/", NOW + 1), "b0=1"));
    assert_int_equal(count_cookies(give_at(jar, "http://c.test/", NOW + 1)), 50);
    nw__cookie_jar_destroy(jar);
}

static void a_jar_has_three_thousand(void **state)
{
    struct nw__cookie_jar *jar = make_jar();
    char address[64];
    size_t kept = 0;

    (void)state;
    for (int i = 0; i < 3001; i++) {
        snprintf(address, sizeof address, "http://h%d.test/", i);
        take(jar, address, "a=1");
        if (i % 100 == 0)
            assert_string_equal(give(jar, "http://h0.test/"), "a=1"); /* used again and again */
    }
    for (int i = 0; i < 3001; i++) {
        snprintf(address, sizeof address, "http://h%d.test/", i);
        kept += give(jar, address)[0] != '\0';
    }
    assert_int_equal(kept, 3000);
    assert_string_equal(give(jar, "http://h0.test/"), "a=1");
    assert_string_equal(give(jar, "http://h1.test/"), "");
    nw__cookie_jar_destroy(jar);
    nw__cookie_jar_destroy(NULL);
}

static void long_ones(void **state)
{
    struct nw__cookie_jar *jar = make_jar();
    static char field[8192];

    (void)state;
    memset(field, 'v', sizeof field);
    memcpy(field, "n=", 2);
    field[1 + 4096] = '\0';
    take(jar, "http://a.test/", field);
    assert_int_equal(strlen(give(jar, "http://a.test/")), 4097);
    nw__cookie_jar_destroy(jar);
    jar = make_jar();
    field[1 + 4096] = 'v';
    field[2 + 4096] = '\0';
    take(jar, "http://a.test/", field);
    assert_string_equal(give(jar, "http://a.test/"), "");
    /* an attribute that is too long is as if it were not there */
    memset(field, 'd', sizeof field);
    memcpy(field, "n=v;Path=/", 10);
    field[9 + 1024] = '\0';
    take(jar, "http://a.test/", field);
    assert_string_equal(give(jar, "http://a.test/"), "");
    field[9 + 1024] = 'd';
    field[10 + 1024] = '\0';
    take(jar, "http://a.test/", field);
    assert_string_equal(give(jar, "http://a.test/"), "n=v");
    nw__cookie_jar_destroy(jar);
}

static void dates(void **state)
{
    static const struct {
        const char *text;
        int64_t time_s;
    } good[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"6 nov 1994 8:49:37", 784111777},
        {"08:49:37 1994 NOVEMBER 06th", 784111777},
        {"06/Nov/1994/08:49:37", 784111777},
        {"06 Nov 94 08:49:37 +0500", 784111777},
        {"01 Jan 70 0:0:0", 0},
        {"01 Jan 69 0:0:0", 3124224000},
        {"01 Jan 1601 00:00:00", -11644473600},
        {"29 Feb 2000 00:00:00", 951782400},
        {"01 Jan 2000 00:00:00pm", 946684800},
    };
    static const char *const bad[] = {
        "",
        " ",
        "06 Nov 1994",
        "06 Nov 08:49:37",
        "06 1994 08:49:37",
        "Nov 1994 08:49:37",
        "06 Nov 1994 08:49",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 00:60:00",
        "06 Nov 1994 00:00:60",
        "32 Jan 1994 00:00:00",
        "31 Nov 1994 00:00:00",
        "00 Nov 1994 00:00:00",
        "29 Feb 1900 00:00:00",
        "01 Jan 1600 00:00:00",
        "01 Jan 19944 00:00:00",
        "01 Jan 1 00:00:00",
        "001 Jan 1994 00:00:00",
        "01 Xan 1994 00:00:00",
        "01 Jan 1994 000:00:00",
        "01 Jan 1994 00.00.00",
        "94 Nov 6 08:49:37",
    };
    int64_t time_s = -7;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (nw__cookie_date_parse(nw_slice_of(bad[i]), &time_s) != -EINVAL)
            fail_msg("not refused: %s", bad[i]);
    assert_int_equal(time_s, -7);
    for (size_t i = 0; i < COUNT(good); i++) {
        if (nw__cookie_date_parse(nw_slice_of(good[i].text), &time_s) != 0)
            fail_msg("refused: %s", good[i].text);
        if (time_s != good[i].time_s)
            fail_msg("%s: %ld", good[i].text, (long)time_s);
    }
}

static void sent_cookies_are_found(void **state)
{
    static const struct {
        const char *cookie, *name, *value;
    } cases[] = {
        {"a=b", "a", "b"},      {"a=b; c=d", "c", "d"},  {"a=b;c=d", "c", "d"}, {" a = b ; c = d ", "c", "d"},
        {"a=b; a=c", "a", "b"}, {"a=b=c", "a", "b=c"},   {"a=", "a", ""},       {"a=\"b c\"", "a", "\"b c\""},
        {"a=b", "A", NULL},     {"a=b", "b", NULL},      {"aa=b", "a", NULL},   {"a", "a", NULL},
        {"b; a=c", "a", "c"},   {"x=a=b", "a", NULL},    {"", "a", NULL},       {NULL, "a", NULL},
        {";;;=;", "a", NULL},   {"a=b, c=d", "c", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        nw_slice value = {"none", 4};
        bool found = nw__cookie_find(cases[i].cookie, cases[i].name, &value);

        if (found != (cases[i].value != NULL))
            fail_msg("%s, %s", cases[i].cookie, cases[i].name);
        assert_true(nw_slice_equal(value, nw_slice_of(found ? cases[i].value : "none")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values),
        cmocka_unit_test(domains),
        cmocka_unit_test(public_suffixes),
        cmocka_unit_test(paths),
        cmocka_unit_test(secure_ones),
        cmocka_unit_test(secure_ones_are_left_alone),
        cmocka_unit_test(ends_of_life),
        cmocka_unit_test(order_of_sending),
        cmocka_unit_test(a_domain_has_fifty),
        cmocka_unit_test(a_jar_has_three_thousand),
        cmocka_unit_test(long_ones),
        cmocka_unit_test(dates),
        cmocka_unit_test(sent_cookies_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
