/* SPDX-License-Identifier: MIT */
/*
 * The time before each entry of a log. Most entries come in the same second as the one before, so the text is
 * kept, and only the digits of the fraction are written anew.
 */
#ifndef NW_STREAM_LOG_STAMP_H
#define NW_STREAM_LOG_STAMP_H

#include <nowait/base.h>
#include <time.h>

#define NW__STAMP_BYTES     192
#define NW__STAMP_FRACTIONS 4 /* %f and %L in one format */

struct nw__stamp {
    char *format;   /* of strftime(3), with marks where the fractions go; NULL: the library's own format */
    bool local;     /* the time of the local zone */
    bool none;      /* no time at all */
    time_t second;  /* what `text` tells */
    long fraction;  /* ... and the microseconds that stand in it */
    unsigned count; /* of fractions */
    struct {
        size_t at;
        unsigned digits; /* 3 or 6 */
    } fractions[NW__STAMP_FRACTIONS];
    size_t size;
    char text[NW__STAMP_BYTES];
};

/*
 * `format` as nw_log_options.time_format has it. May read the zone's file: on a worker.
 * Errors: -EINVAL: the text would be too long or have a newline; -ENOMEM.
 */
NW_CHECK int nw__stamp_init(struct nw__stamp *stamp, const char *format, bool local);
void nw__stamp_finish(struct nw__stamp *stamp);

/* Bring the text up to the given time, of CLOCK_REALTIME. A time that cannot be formatted gives no text. */
void nw__stamp_set(struct nw__stamp *stamp, const struct timespec *now);

/* ... up to the time of now. */
static inline void nw__stamp_update(struct nw__stamp *stamp)
{
    struct timespec now;

    if (stamp->none)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    nw__stamp_set(stamp, &now);
}

#endif
