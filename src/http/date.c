/* SPDX-License-Identifier: MIT */
/*
 * Dates of HTTP (RFC 9110, 5.6.7): one form is written, three are read. Pure arithmetic: the C library's
 * conversions take a lock that all threads share, and know locales and zones, which HTTP does not.
 */
#include "http/date.h"

#include <nowait/text.h>
#include <time.h>

#define DAY_S             86400
#define DAYS_OF_400_YEARS 146097
#define YEARS_AHEAD_MAX   50

static const char week_days[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* -- days -- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int64_t year, int month)
{
    static const signed char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

bool nw__date_exists(int64_t year, int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

/* A year that begins in March has its odd day at the end, and its months follow a line. */
int64_t nw__days_of_date(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * DAYS_OF_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_days(int64_t days, int *year_out, int *month_out, int *day_out)
{
    int64_t since = days + 719468; /* 0000-03-01 */
    int64_t era = (since >= 0 ? since : since - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
    int64_t of_era = since - era * DAYS_OF_400_YEARS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t shifted = (5 * of_year + 2) / 153;

    *day_out = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month_out = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year_out = (int)(year + era * 400 + (*month_out <= 2));
}

int nw__month_of_name(nw_slice name)
{
    for (int i = 0; name.size >= 3 && i < 12; i++)
        if ((name.data[0] | 0x20) == (months[i][0] | 0x20) && (name.data[1] | 0x20) == months[i][1] &&
            (name.data[2] | 0x20) == months[i][2])
            return i + 1;
    return 0;
}

/* -- writing -- */

static char *put_digits(char *to, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + digits;
}

static char *put_text(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

void nw_http_date(int64_t time_s, char text[NW_HTTP_DATE_BYTES])
{
    int64_t first = nw__days_of_date(0, 1, 1) * DAY_S, end = nw__days_of_date(10000, 1, 1) * DAY_S, days;
    int year, month, day, second;
    char *to = text;

    if (!text)
        return;
    time_s = time_s < first ? first : time_s >= end ? end - 1 : time_s;
    days = (time_s - first) / DAY_S;
    second = (int)((time_s - first) % DAY_S);
    to = put_text(to, week_days[(days + 6) % 7], 3); /* the first of the year 0 is a Saturday */
    to = put_text(to, ", ", 2);
    date_of_days(days + first / DAY_S, &year, &month, &day);
    to = put_digits(to, day, 2);
    to = put_text(to, " ", 1);
    to = put_text(to, months[month - 1], 3);
    to = put_text(to, " ", 1);
    to = put_digits(to, year, 4);
    to = put_text(to, " ", 1);
    to = put_digits(to, second / 3600, 2);
    to = put_text(to, ":", 1);
    to = put_digits(to, second / 60 % 60, 2);
    to = put_text(to, ":", 1);
    to = put_digits(to, second % 60, 2);
    put_text(to, " GMT", sizeof " GMT");
}

/* -- reading: a pattern says where what stands -- */

struct date {
    int year, month, day, hour, minute, second;
};

static bool take_number(const char **text, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

/* RFC 9110: asctime's day is two digits, or a space and one. */
static bool take_padded_day(const char **text, int *value)
{
    bool padded = **text == ' ';

    *text += padded;
    return take_number(text, padded ? 1 : 2, value);
}

/* Case counts in these dates. */
static bool take_month(const char **text, int *month)
{
    for (int i = 0; i < 12; i++)
        if (strncmp(*text, months[i], 3) == 0) {
            *text += 3;
            *month = i + 1;
            return true;
        }
    return false;
}

static bool take_week_day(const char **text, bool whole)
{
    for (int i = 0; i < 7; i++) {
        size_t size = whole ? strlen(week_days[i]) : 3;
        if (strncmp(*text, week_days[i], size) == 0) {
            *text += size;
            return true;
        }
    }
    return false;
}

/*
 * w: the short name of a day of the week, W: the whole; d: day; e: day, padded; m: month; y: two digits of
 * the year, Y: four; h, i, s: the time; anything else is itself.
 */
static bool matches(const char *text, const char *pattern, struct date *date)
{
    bool good = true;

    for (; good && *pattern; pattern++)
        switch (*pattern) {
        case 'w':
        case 'W':
            good = take_week_day(&text, *pattern == 'W');
            break;
        case 'd':
            good = take_number(&text, 2, &date->day);
            break;
        case 'e':
            good = take_padded_day(&text, &date->day);
            break;
        case 'm':
            good = take_month(&text, &date->month);
            break;
        case 'y':
            good = take_number(&text, 2, &date->year);
            break;
        case 'Y':
            good = take_number(&text, 4, &date->year);
            break;
        case 'h':
            good = take_number(&text, 2, &date->hour);
            break;
        case 'i':
            good = take_number(&text, 2, &date->minute);
            break;
        case 's':
            good = take_number(&text, 2, &date->second);
            break;
        default:
            good = *text++ == *pattern;
        }
    return good && *text == '\0';
}

/* 60 is a leap second, and the same as the first second of the next minute. */
static int to_seconds(const struct date *date, int64_t *time_s_out)
{
    if (!nw__date_exists(date->year, date->month, date->day) || date->hour > 23 || date->minute > 59 ||
        date->second > 60)
        return -EINVAL;
    *time_s_out = nw__days_of_date(date->year, date->month, date->day) * DAY_S + date->hour * 3600 +
                  date->minute * 60 + date->second;
    return 0;
}

/* More than 50 years ahead is the last year in the past with these digits. */
static int full_year(int digits, int64_t now_s)
{
    int year, month, day;

    date_of_days(now_s / DAY_S, &year, &month, &day);
    digits += year / 100 * 100;
    if (digits <= year - 50) /* around the turn of a century */
        digits += 100;
    return digits > year + YEARS_AHEAD_MAX ? digits - 100 : digits;
}

int nw__http_date_parse_at(const char *text, int64_t now_s, int64_t *time_s_out)
{
    struct date date = {.year = 0};

    if (matches(text, "w, d m Y h:i:s GMT", &date) || matches(text, "w m e h:i:s Y", &date))
        return to_seconds(&date, time_s_out);
    if (!matches(text, "W, d-m-y h:i:s GMT", &date))
        return -EINVAL;
    date.year = full_year(date.year, now_s);
    return to_seconds(&date, time_s_out);
}

int nw_http_date_parse(const char *text, int64_t *time_s_out)
{
    if (!text || !time_s_out)
        return -EINVAL;
    return nw__http_date_parse_at(text, (int64_t)time(NULL), time_s_out);
}
