/* SPDX-License-Identifier: MIT */
/*
 * Numbers as people read them: three significant digits and a unit.
 * Owns nothing.
 * Must not depend on the locale: a decimal point is a point.
 */
#include "human.h"

#include <stdio.h>

/* Three significant digits: 1.23, 12.3, 123, 1234. */
static int decimals(double value)
{
    if (value < 9.995)
        return 2;
    return value < 99.95 ? 1 : 0;
}

/* The largest unit in which the number is at least 1. `step` is the ratio of a unit to the one before. */
static struct human scale(double value, double step, const char *const *units, unsigned count)
{
    struct human human;
    unsigned unit = 0;
    while (value >= step * 0.9995 && unit + 1 < count) {
        value /= step;
        unit++;
    }
    int digits = unit == 0 && value == (double)(int64_t)value ? 0 : decimals(value);
    snprintf(human.text, sizeof human.text, "%.*f%s", digits, value, units[unit]);
    return human;
}

struct human human_bytes(double bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
    return scale(bytes, 1024, units, sizeof units / sizeof units[0]);
}

struct human human_count(double count)
{
    static const char *const units[] = {"", "k", "M", "G"};
    return scale(count, 1000, units, sizeof units / sizeof units[0]);
}

struct human human_duration(double nanoseconds)
{
    static const char *const units[] = {" ns", " us", " ms", " s"};
    struct human human;
    if (nanoseconds < 99.5e9)
        return scale(nanoseconds, 1000, units, sizeof units / sizeof units[0]);

    long seconds = (long)(nanoseconds / 1e9 + 0.5);
    if (seconds < 3600)
        snprintf(human.text, sizeof human.text, "%ld:%02ld", seconds / 60, seconds % 60);
    else
        snprintf(human.text, sizeof human.text, "%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
    return human;
}

struct human human_ratio(double ratio)
{
    struct human human;
    snprintf(human.text, sizeof human.text, "%.*fx", decimals(ratio), ratio);
    return human;
}

unsigned human_bar(char *text, size_t size_bytes, double fraction, unsigned width, bool unicode)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const char *block = unicode ? "█" : "#";
    if (!(fraction > 0))
        fraction = 0;
    if (fraction > 1)
        fraction = 1;

    unsigned steps = (unsigned)(fraction * width * 8 + 0.5);
    if (!unicode)
        steps = (steps + 4) / 8 * 8;
    size_t used = 0;
    for (unsigned i = 0; i < steps / 8 && used + 4 < size_bytes; i++)
        used += (size_t)snprintf(text + used, size_bytes - used, "%s", block);
    snprintf(text + used, size_bytes - used, "%s", eighths[steps % 8]);
    return (steps + 7) / 8;
}
