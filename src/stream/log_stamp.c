/* SPDX-License-Identifier: MIT */
/*
 * The time before each entry: formatted once a second, the fraction's digits whenever they change.
 * Owns the prepared format. Must not wait: nw__stamp_set() is called under the log's lock.
 */
#include "stream/log_stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands in the prepared format, and so in strftime's result, for each digit of a fraction. */
#define MARK_MICRO '\001'
#define MARK_MILLI '\002'

/* Replace %f and %L by marks; NULL when memory is out. */
static char *prepare(const char *format)
{
    char *prepared = malloc(strlen(format) * 3 + 1), *to = prepared;

    if (!prepared)
        return NULL;
    for (const char *from = format; *from; from++) {
        bool fraction = from[0] == '%' && (from[1] == 'f' || from[1] == 'L');
        if (fraction) {
            size_t digits = from[1] == 'f' ? 6 : 3;
            memset(to, from[1] == 'f' ? MARK_MICRO : MARK_MILLI, digits);
            to += digits;
            from++;
            continue;
        }
        *to++ = *from;
        if (from[0] == '%' && from[1])
            *to++ = *++from;
    }
    *to = '\0';
    return prepared;
}

static void write_digits(char *to, long value, unsigned digits)
{
    while (digits-- > 0) {
        to[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void write_fractions(struct nw__stamp *stamp, long micros)
{
    for (unsigned i = 0; i < stamp->count; i++) {
        unsigned digits = stamp->fractions[i].digits;
        write_digits(stamp->text + stamp->fractions[i].at, digits == 6 ? micros : micros / 1000, digits);
    }
    stamp->fraction = micros;
}

/* The library's own: RFC 3339, section 5.6, and a space. */
static void format_default(struct nw__stamp *stamp, const struct tm *tm)
{
    char zone[8] = "Z";

    if (stamp->local) {
        long minutes = tm->tm_gmtoff / 60, absolute = minutes < 0 ? -minutes : minutes;
        snprintf(zone, sizeof zone, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', absolute / 60 % 100,
                 absolute % 60);
    }
    size_t size = strftime(stamp->text, sizeof stamp->text, "%Y-%m-%dT%H:%M:%S.", tm);
    if (size == 0)
        return;
    stamp->count = 1;
    stamp->fractions[0].at = size;
    stamp->fractions[0].digits = 6;
    size += 6;
    stamp->size = size + (size_t)snprintf(stamp->text + size, sizeof stamp->text - size, "%s ", zone);
}

/* Returns: whether there were no more fractions than can be remembered. */
static bool find_fractions(struct nw__stamp *stamp)
{
    for (size_t at = 0; at < stamp->size; at++) {
        char c = stamp->text[at];
        if (c != MARK_MICRO && c != MARK_MILLI)
            continue;
        if (stamp->count == NW__STAMP_FRACTIONS)
            return false;
        stamp->fractions[stamp->count].at = at;
        stamp->fractions[stamp->count].digits = c == MARK_MICRO ? 6 : 3;
        at += stamp->fractions[stamp->count].digits - 1;
        stamp->count++;
    }
    return true;
}

/* The user's. Its fractions are marks, which strftime() copies. */
static void format_own(struct nw__stamp *stamp, const struct tm *tm)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    stamp->size = strftime(stamp->text, sizeof stamp->text, stamp->format, tm);
#pragma GCC diagnostic pop
}

/* Returns: whether there is a text for this second. */
static bool format_second(struct nw__stamp *stamp, time_t second)
{
    struct tm tm;

    stamp->second = second;
    stamp->size = 0;
    stamp->count = 0;
    if (!(stamp->local ? localtime_r(&second, &tm) : gmtime_r(&second, &tm)))
        return false;
    if (!stamp->format) {
        format_default(stamp, &tm);
        return stamp->size > 0;
    }
    format_own(stamp, &tm);
    if (stamp->size > 0 && find_fractions(stamp) && !memchr(stamp->text, '\n', stamp->size))
        return true;
    stamp->size = 0;
    stamp->count = 0;
    return false;
}

void nw__stamp_set(struct nw__stamp *stamp, const struct timespec *now)
{
    long micros = now->tv_nsec / 1000;

    if (now->tv_sec != stamp->second) {
        format_second(stamp, now->tv_sec);
        stamp->fraction = -1;
    }
    if (micros != stamp->fraction)
        write_fractions(stamp, micros);
}

int nw__stamp_init(struct nw__stamp *stamp, const char *format, bool local)
{
    struct timespec now;

    *stamp = (struct nw__stamp){.local = local, .none = format && !*format, .fraction = -1};
    if (stamp->none)
        return 0;
    if (format && strpbrk(format, "\001\002"))
        return -EINVAL;
    if (format && !(stamp->format = prepare(format)))
        return -ENOMEM;
    if (local)
        tzset(); /* localtime_r() need not do it, and later is too late for reading files */
    clock_gettime(CLOCK_REALTIME, &now);
    if (!format_second(stamp, now.tv_sec)) {
        nw__stamp_finish(stamp);
        return -EINVAL;
    }
    return 0;
}

void nw__stamp_finish(struct nw__stamp *stamp)
{
    free(stamp->format);
    stamp->format = NULL;
}
