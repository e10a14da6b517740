/* SPDX-License-Identifier: MIT */
/*
 * What the tests of files over HTTP share: files of a known age, and the fields that a reply has for them.
 */
#ifndef NW_TESTS_WEB_FILES_H
#define NW_TESTS_WEB_FILES_H

#include "web.h"

#define OLD_S      1000000000 /* long ago, so that validators are strong */
#define OLD_DATE   "Sun, 09 Sep 2001 01:46:40 GMT"
#define AFTER_DATE "Sun, 09 Sep 2001 01:46:41 GMT"
#define PAST_DATE  "Sun, 09 Sep 2001 01:46:39 GMT"

CHECK_UNUSED static void set_age(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};

    CHECK_SYS(utimensat(AT_FDCWD, path, times, 0));
}

CHECK_UNUSED static void write_old(const char *path, const void *data, size_t size)
{
    check_write_file(path, data, size);
    set_age(path, OLD_S);
}

CHECK_UNUSED static void write_text(const char *path, const char *text)
{
    write_old(path, text, strlen(text));
}

/* Text of printf(3); good until a thousand more were made. */
CHECK_UNUSED __attribute__((format(printf, 1, 2))) static const char *text_of(const char *format, ...)
{
    static char *texts[1024];
    static unsigned next;
    char **text = &texts[next++ % 1024];
    va_list arguments;

    free(*text);
    va_start(arguments, format);
    CHECK(vasprintf(text, format, arguments) >= 0);
    va_end(arguments);
    return *text;
}

/* The tag of a file that is OLD_S old. */
CHECK_UNUSED static const char *etag_of(const char *path)
{
    struct stat status;

    CHECK_SYS(stat(path, &status));
    return text_of("\"de0b6b3a7640000-%jx-%jx\"", (uintmax_t)status.st_size, (uintmax_t)status.st_ino);
}

CHECK_UNUSED static nw_http_files *files_of(const nw_http_files_options *options, const char *root)
{
    nw_http_files *files;

    CHECK_EQ(nw_http_files_create(options, root, &files), 0);
    return files;
}

/* "GET target" with more fields, each with its CR LF. */
CHECK_UNUSED static const char *request_of(const char *method, const char *target, const char *fields)
{
    return text_of("%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, fields);
}

#endif
