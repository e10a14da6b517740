/* SPDX-License-Identifier: MIT */
/*
 * Amounts on the command line, with their units.
 * Owns nothing. Must refuse what it does not understand as a whole, and what does not fit.
 */
#include "units.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

static int parse(const char *text, const struct unit *units, int64_t *amount_out)
{
    char *end;
    int64_t amount;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    long long count = strtoll(text, &end, 10);
    if (errno)
        return -EINVAL;
    for (; units->name; units++) {
        if (strcmp(units->name, end) != 0)
            continue;
        if (__builtin_mul_overflow((int64_t)count, units->factor, &amount))
            return -EINVAL;
        *amount_out = amount;
        return 0;
    }
    return -EINVAL;
}

int units_parse_bytes(const char *text, int64_t *bytes_out)
{
    static const struct unit units[] = {{"", 1},
                                        {"K", INT64_C(1) << 10},
                                        {"M", INT64_C(1) << 20},
                                        {"G", INT64_C(1) << 30},
                                        {"T", INT64_C(1) << 40},
                                        {NULL, 0}};
    return parse(text, units, bytes_out);
}

int units_parse_duration(const char *text, int64_t *ns_out)
{
    const int64_t second = 1000000000;
    const struct unit units[] = {{"", second},
                                 {"ms", second / 1000},
                                 {"s", second},
                                 {"m", 60 * second},
                                 {"h", 3600 * second},
                                 {"d", 86400 * second},
                                 {"w", 7 * 86400 * second},
                                 {NULL, 0}};
    return parse(text, units, ns_out);
}
