/* SPDX-License-Identifier: MIT */
/*
 * Set-Cookie taken apart as browsers do it (RFC 6265bis, 5.6), with the dates of 5.1.1; and Cookie, for those
 * who get it. Owns nothing.
 */
#include "http/cookie_parse.h"

#include <nowait/text.h>

#include "base/ascii.h"
#include "base/slice.h"
#include "http/cookie.h"
#include "http/date.h"
#include "http/headers.h"

#define ATTRIBUTE_BYTES_MAX 1024
#define LIFE_MAX_S          (400 * INT64_C(86400)) /* 5.5 */

bool nw__cookie_begins_with(nw_slice text, const char *prefix)
{
    nw_slice wanted = nw_slice_of(prefix);

    return text.size >= wanted.size && nw__http_same((nw_slice){text.data, wanted.size}, wanted);
}

/* What comes before `delimiter`, which is taken away, too. */
static nw_slice cut_until(nw_slice *text, char delimiter)
{
    const char *end = text->size > 0 ? memchr(text->data, delimiter, text->size) : NULL;
    nw_slice head = nw__cut(text, end ? (size_t)(end - text->data) : text->size);

    nw__cut_char(text, delimiter);
    return head;
}

/* -- dates (5.1.1) -- */

struct date {
    int year, month, day, hour, minute, second; /* -1: not found yet */
};

static bool is_delimiter(unsigned char c)
{
    return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
           (c >= 0x7b && c <= 0x7e);
}

/* `least` to `most` digits; no more may follow. */
static bool take_digits(nw_slice *text, size_t least, size_t most, int *value_out)
{
    size_t size = 0;
    int value = 0;

    while (size < text->size && nw__is_digit(text->data[size])) {
        if (size == most)
            return false;
        value = value * 10 + (text->data[size++] - '0');
    }
    if (size < least)
        return false;
    nw__cut(text, size);
    *value_out = value;
    return true;
}

static bool parse_time(nw_slice token, struct date *date)
{
    int hour, minute, second;

    if (!take_digits(&token, 1, 2, &hour) || !nw__cut_char(&token, ':') ||
        !take_digits(&token, 1, 2, &minute) || !nw__cut_char(&token, ':') ||
        !take_digits(&token, 1, 2, &second))
        return false;
    date->hour = hour;
    date->minute = minute;
    date->second = second;
    return true;
}

/* What the token is: the first of these that was not found yet. */
static void take_token(nw_slice token, struct date *date)
{
    int month;

    if (date->hour < 0 && parse_time(token, date))
        return;
    if (date->day < 0 && take_digits(&token, 1, 2, &date->day))
        return;
    if (date->month < 0 && (month = nw__month_of_name(token)) > 0) {
        date->month = month;
        return;
    }
    if (date->year < 0)
        take_digits(&token, 2, 4, &date->year);
}

int nw__cookie_date_parse(nw_slice text, int64_t *time_s_out)
{
    struct date date = {-1, -1, -1, -1, -1, -1};

    while (text.size > 0) {
        nw_slice token = {text.data, 0};

        while (token.size < text.size && !is_delimiter((unsigned char)text.data[token.size]))
            token.size++;
        if (token.size > 0)
            take_token(token, &date);
        nw__cut(&text, token.size);
        if (text.size > 0)
            nw__cut(&text, 1);
    }
    if (date.year >= 0 && date.year <= 99)
        date.year += date.year >= 70 ? 1900 : 2000;
    if (date.hour < 0 || date.year < 1601 || !nw__date_exists(date.year, date.month, date.day) ||
        date.hour > 23 || date.minute > 59 || date.second > 59)
        return -EINVAL;
    *time_s_out = nw__days_of_date(date.year, date.month, date.day) * 86400 + date.hour * 3600 +
                  date.minute * 60 + date.second;
    return 0;
}

/* -- attributes (5.6.1 to 5.6.7) -- */

/* Both forms of an end of life, as they are found; Max-Age goes before Expires. */
struct life {
    bool has_expires, has_max_age;
    int64_t expires_s, max_age_s;
};

static void take_max_age(nw_slice value, struct life *life)
{
    bool negative = nw__cut_char(&value, '-');
    int64_t seconds = 0;

    if (value.size == 0)
        return;
    for (size_t i = 0; i < value.size; i++) {
        if (!nw__is_digit(value.data[i]))
            return;
        if (seconds < LIFE_MAX_S)
            seconds = seconds * 10 + (value.data[i] - '0');
    }
    life->has_max_age = true;
    life->max_age_s = negative ? 0 : seconds;
}

static void take_expires(nw_slice value, struct life *life)
{
    int64_t time_s;

    if (nw__cookie_date_parse(value, &time_s) < 0)
        return;
    life->has_expires = true;
    life->expires_s = time_s;
}

static enum nw__cookie_site site_of(nw_slice value)
{
    return nw__http_is(value, "none")     ? NW__COOKIE_SITE_NONE
           : nw__http_is(value, "lax")    ? NW__COOKIE_SITE_LAX
           : nw__http_is(value, "strict") ? NW__COOKIE_SITE_STRICT
                                          : NW__COOKIE_SITE_DEFAULT;
}

/* The last of a name counts. */
static void take_attribute(nw_slice text, struct nw__set_cookie *cookie, struct life *life)
{
    nw_slice value = text, name = nw__http_trim(cut_until(&value, '='));

    value = nw__http_trim(value);
    if (value.size > ATTRIBUTE_BYTES_MAX)
        return;
    if (nw__http_is(name, "expires")) {
        take_expires(value, life);
    } else if (nw__http_is(name, "max-age")) {
        take_max_age(value, life);
    } else if (nw__http_is(name, "domain")) {
        nw__cut_char(&value, '.');
        cookie->domain = value;
    } else if (nw__http_is(name, "path")) {
        cookie->path = value.size > 0 && value.data[0] == '/' ? value : (nw_slice){"", 0};
    } else if (nw__http_is(name, "secure")) {
        cookie->secure = true;
    } else if (nw__http_is(name, "httponly")) {
        cookie->http_only = true;
    } else if (nw__http_is(name, "samesite")) {
        cookie->site = site_of(value);
    }
}

static void set_life(struct nw__set_cookie *cookie, const struct life *life, int64_t now_s)
{
    cookie->expires = life->has_max_age || life->has_expires;
    if (life->has_max_age)
        cookie->expires_s = life->max_age_s > 0 ? now_s + life->max_age_s : INT64_MIN;
    else
        cookie->expires_s = life->expires_s;
    if (cookie->expires_s > now_s + LIFE_MAX_S)
        cookie->expires_s = now_s + LIFE_MAX_S;
}

bool nw__set_cookie_parse(nw_slice field, int64_t now_s, struct nw__set_cookie *cookie_out)
{
    struct nw__set_cookie cookie = {.domain = {"", 0}, .path = {"", 0}};
    struct life life = {.has_expires = false};
    nw_slice pair;

    for (size_t i = 0; i < field.size; i++)
        if (((unsigned char)field.data[i] < 0x20 && field.data[i] != '\t') || field.data[i] == 0x7f)
            return false;
    pair = cut_until(&field, ';');
    cookie.name = (nw_slice){"", 0};
    if (pair.size > 0 && memchr(pair.data, '=', pair.size))
        cookie.name = nw__http_trim(cut_until(&pair, '='));
    cookie.value = nw__http_trim(pair);
    if (cookie.name.size + cookie.value.size == 0 ||
        cookie.name.size + cookie.value.size > NW__COOKIE_BYTES_MAX)
        return false;
    while (field.size > 0)
        take_attribute(cut_until(&field, ';'), &cookie, &life);
    set_life(&cookie, &life, now_s);
    *cookie_out = cookie;
    return true;
}

/* -- what servers get (RFC 6265bis, 4.2) -- */

bool nw__cookie_find(const char *cookie, const char *name, nw_slice *value_out)
{
    nw_slice text = nw_slice_of(cookie);

    while (text.size > 0) {
        nw_slice value = cut_until(&text, ';'), found;

        if (value.size == 0 || !memchr(value.data, '=', value.size))
            continue;
        found = nw__http_trim(cut_until(&value, '='));
        if (nw_slice_equal(found, nw_slice_of(name))) {
            *value_out = nw__http_trim(value);
            return true;
        }
    }
    return false;
}
