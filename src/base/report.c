/* SPDX-License-Identifier: MIT */
/*
 * Words on stderr, by write(2) alone. Owns nothing, keeps errno.
 */
#include "base/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void nw__report_text(const char *text)
{
    int saved_errno = errno;
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

    (void)ignored; /* there is nobody to tell */
    errno = saved_errno;
}

void nw__report_number(uintmax_t number, unsigned base)
{
    char digits[sizeof number * 8 + 1];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while (number /= base);
    nw__report_text(digits + at);
}

void nw__report_duration(const char *text, int64_t ns)
{
    nw__report_text(text);
    nw__report_number((uintmax_t)ns / 1000000, 10);
    nw__report_text(" ms\n");
}
