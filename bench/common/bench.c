/* SPDX-License-Identifier: MIT */
/*
 * Rounds, medians and rows. Owns nothing beyond one comparison; must not know what is measured.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 21 /* odd, so that there is a middle one */

int64_t bench_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

/* One round's time of an operation, in nanoseconds. */
static int round_of(const struct bench_side *side, double operations, double *each_out)
{
    int64_t took = side->run(side->arg);

    if (took < 0) {
        printf("  %s failed: %s\n", side->name, strerror((int)-took));
        return (int)took;
    }
    *each_out = (double)took / operations;
    return 0;
}

static int alone(const char *title, double operations, const struct bench_side *ours, const char *missing)
{
    double each[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        int rc = round_of(ours, operations, &each[i]);
        if (rc < 0)
            return rc;
    }
    printf("  %-40s %10.1f ns   (no %s on this machine)\n", title, median(each), missing);
    return 0;
}

int bench_compare(const char *title, double operations, const struct bench_side *ours,
                  const struct bench_side *peer, double target)
{
    double our_ns[ROUNDS], peer_ns[ROUNDS], ratios[ROUNDS];
    double ratio;

    if (!peer->run)
        return alone(title, operations, ours, peer->name);
    for (int i = -1; i < ROUNDS; i++) { /* the first, for caches and page faults, is not counted */
        int at = i < 0 ? 0 : i;
        int rc = round_of(ours, operations, &our_ns[at]);
        if (rc == 0)
            rc = round_of(peer, operations, &peer_ns[at]);
        if (rc < 0)
            return rc;
        ratios[at] = our_ns[at] / peer_ns[at];
    }
    ratio = median(ratios);
    printf("  %-40s %10.1f ns   %s %.1f ns   %.2fx its time (%s %.2fx)\n", title, median(our_ns), peer->name,
           median(peer_ns), ratio, ratio <= target ? "good: <=" : "TARGET MISSED: <=", target);
    return 0;
}
