/* SPDX-License-Identifier: MIT */
/*
 * Amounts on the command line, with their units.
 * Owns nothing. Must refuse what it does not understand as a whole, and what does not fit.
 */
#include "units.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Errors: -EINVAL; -ERANGE: it is understood, and too large. */
static int parse(const char *text, const struct unit *units, uint64_t *amount_out)
{
    uint64_t amount;
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    unsigned long long count = strtoull(text, &end, 10);
    bool fits = errno == 0;
    while (units->name && strcmp(units->name, end) != 0)
        units++;
    if (!units->name)
        return -EINVAL;
    if (!fits || __builtin_mul_overflow((uint64_t)count, units->factor, &amount))
        return -ERANGE;
    *amount_out = amount;
    return 0;
}

int units_parse_count(const char *text, uint64_t *count_out)
{
    static const struct unit units[] = {{"", 1},
                                        {"b", 512},
                                        {"kB", 1000},
                                        {"K", UINT64_C(1) << 10},
                                        {"k", UINT64_C(1) << 10},
                                        {"KiB", UINT64_C(1) << 10},
                                        {"MB", 1000000},
                                        {"M", UINT64_C(1) << 20},
                                        {"m", UINT64_C(1) << 20},
                                        {"MiB", UINT64_C(1) << 20},
                                        {"GB", 1000000000},
                                        {"G", UINT64_C(1) << 30},
                                        {"GiB", UINT64_C(1) << 30},
                                        {"TB", 1000000000000},
                                        {"T", UINT64_C(1) << 40},
                                        {"TiB", UINT64_C(1) << 40},
                                        {NULL, 0}};
    int rc = parse(text, units, count_out);

    if (rc == -ERANGE)
        *count_out = UINT64_MAX;
    return rc == -ERANGE ? 0 : rc;
}

static int parse_signed(const char *text, const struct unit *units, int64_t *amount_out)
{
    uint64_t amount;

    if (parse(text, units, &amount) < 0 || amount > INT64_MAX)
        return -EINVAL;
    *amount_out = (int64_t)amount;
    return 0;
}

int units_parse_bytes(const char *text, int64_t *bytes_out)
{
    static const struct unit units[] = {{"", 1},
                                        {"K", UINT64_C(1) << 10},
                                        {"M", UINT64_C(1) << 20},
                                        {"G", UINT64_C(1) << 30},
                                        {"T", UINT64_C(1) << 40},
                                        {NULL, 0}};
    return parse_signed(text, units, bytes_out);
}

int units_parse_duration(const char *text, int64_t *ns_out)
{
    const uint64_t second = 1000000000;
    const struct unit units[] = {{"", second},
                                 {"ms", second / 1000},
                                 {"s", second},
                                 {"m", 60 * second},
                                 {"h", 3600 * second},
                                 {"d", 86400 * second},
                                 {"w", 7 * 86400 * second},
                                 {NULL, 0}};
    return parse_signed(text, units, ns_out);
}
