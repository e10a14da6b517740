/* SPDX-License-Identifier: MIT */
/*
 * HTTP's dates and media types: the three forms of RFC 9110, 5.6.7, each day of four centuries, and the C
 * library's gmtime() as the second opinion.
 */
#include <nowait/http_message.h>

#include <string.h>
#include <time.h>

#include "http/date.h"
#include "unit.h"

#define NOW 1800000000 /* 2027 */

static void dates_are_written(void **state)
{
    static const struct {
        int64_t time_s;
        const char *text;
    } cases[] = {
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},           {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},   {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"}, {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {-62167219200, "Sat, 01 Jan 0000 00:00:00 GMT"}, {INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[NW_HTTP_DATE_BYTES];

        nw_http_date(cases[i].time_s, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void every_day_of_four_centuries(void **state)
{
    char text[NW_HTTP_DATE_BYTES], theirs[64];

    (void)state;
    for (int64_t day = -100000; day < 100000; day++) {
        time_t time_s = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        int64_t back;
        struct tm tm;

        assert_non_null(gmtime_r(&time_s, &tm));
        strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        nw_http_date(time_s, text);
        assert_string_equal(text, theirs);
        assert_int_equal(nw_http_date_parse(text, &back), 0);
        assert_int_equal(back, time_s);
        strftime(theirs, sizeof theirs, "%a %b %e %H:%M:%S %Y", &tm);
        assert_int_equal(nw_http_date_parse(theirs, &back), 0);
        assert_int_equal(back, time_s);
    }
}

static void three_forms_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t time_s;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun Nov 16 08:49:37 1994", 784975777},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, /* the wrong day of the week */
        {"Wednesday, 06-Jan-77 00:00:00 GMT", 3377116800},
        {"Wednesday, 06-Jan-78 00:00:00 GMT", 252892800},
        {"Friday, 01-Jan-27 00:00:00 GMT", 1798761600},
    };
    int64_t time_s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (nw__http_date_parse_at(cases[i].text, NOW, &time_s) != 0)
            fail_msg("refused: %s", cases[i].text);
        assert_int_equal(time_s, cases[i].time_s);
    }
    /* The same, seen in 2080. */
    assert_int_equal(nw__http_date_parse_at("Friday, 01-Jan-27 00:00:00 GMT", 3471292800, &time_s), 0);
    assert_int_equal(time_s, 4954435200); /* 2127 */
    assert_int_equal(nw__http_date_parse_at("Friday, 01-Jan-81 00:00:00 GMT", 3471292800, &time_s), 0);
    assert_int_equal(time_s, 3502915200); /* 2081 */
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "0",
        "-1",
        "Sun",
        "Sun, ",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 NOV 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 19994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 23:60:00 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Thu, 31 Nov 1994 08:49:37 GMT",
        "Tue, 29 Feb 2023 00:00:00 GMT",
        "Mon, 29 Feb 1900 00:00:00 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov 06 08:49:37 94",
        "1994-11-06T08:49:37Z",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xxx 1994 08:49:37 GMT",
    };
    int64_t time_s = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (nw_http_date_parse(bad[i], &time_s) != -EINVAL)
            fail_msg("not refused: %s", bad[i]);
    assert_int_equal(nw_http_date_parse(NULL, &time_s), -EINVAL);
    assert_int_equal(nw_http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", NULL), -EINVAL);
    assert_int_equal(time_s, 12345);
}

static void media_types_by_name(void **state)
{
    static const struct {
        const char *name, *type;
    } cases[] = {
        {"index.html", "text/html; charset=utf-8"},
        {"/a.b/INDEX.HTML", "text/html; charset=utf-8"},
        {"a.tar.gz", "application/gzip"},
        {"x.3gp", "video/3gpp"},
        {"x.zst", "application/zstd"},
        {"photo.JPG", "image/jpeg"},
        {"clip.GIF", "image/gif"},
        {"a.js", "text/javascript; charset=utf-8"},
        {"a.json", "application/json"},
        {"a.wasm", "application/wasm"},
        {"a.webmanifest", "application/manifest+json"},
        {"a.svg", "image/svg+xml"},
        {"a.woff2", "font/woff2"},
        {"a.mp4", "video/mp4"},
        {"a.txt", "text/plain; charset=utf-8"},
        {"", "application/octet-stream"},
        {"a", "application/octet-stream"},
        {"a.", "application/octet-stream"},
        {".html", "application/octet-stream"},
        {"a.html/b", "application/octet-stream"},
        {"dir/.txt", "application/octet-stream"},
        {"a.htmlx", "application/octet-stream"},
        {"a.averylongextension", "application/octet-stream"},
        {"a.html~", "application/octet-stream"},
        {NULL, "application/octet-stream"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(nw_http_media_type(cases[i].name), cases[i].type);
}

/* The table is searched by halves: each of these is found only when all are in order. */
static void every_known_end_is_found(void **state)
{
    static const char ends[] =
        "3gp 7z aac apk apng atom avi avif bmp br bz2 c cc cfg conf cpp css csv deb diff doc docx eot epub "
        "flac "
        "geojson gif go gz h heic htm html ico ics ini jar java jpeg jpg js json jsonl jsonld jxl log m3u8 "
        "m4a m4v "
        "map markdown md mid mjs mkv mov mp3 mp4 mpd mpeg mpg ndjson odp ods odt oga ogg ogv opus otf patch "
        "pdf pem png ppt pptx ps py rar rpm rs rss rst rtf sh sqlite svg svgz tar text tgz tif tiff toml ts "
        "tsv ttf txt "
        "vtt wasm wav weba webm webmanifest webp woff woff2 xhtml xls xlsx xml xz yaml yml zip zst";
    char text[sizeof ends], name[32];

    (void)state;
    memcpy(text, ends, sizeof text);
    for (char *rest = text, *end; (end = strtok_r(NULL, " ", &rest));) {
        strcpy(name, "a.");
        strcat(name, end);
        if (strcmp(nw_http_media_type(name), "application/octet-stream") == 0)
            fail_msg("not found: %s", end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written),    cmocka_unit_test(every_day_of_four_centuries),
        cmocka_unit_test(three_forms_are_read), cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(media_types_by_name),  cmocka_unit_test(every_known_end_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
