/* SPDX-License-Identifier: MIT */
/*
 * Another try: for what passes by itself, after a wait that doubles and is never the same for two clients.
 * Owns nothing. Must not try again what cannot get better: a name that does not exist, a bad certificate.
 */
#include "get_retry.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

bool retry_error(int error)
{
    switch (error) {
    case NW_ERESOLVE:
    case NW_ETRUNCATED:
    case NW_ETLS:
    case NW_EPROTOCOL: /* a broken answer of a server that is being restarted looks like that */
    case NW_EPROXY:
    case -EAGAIN:
    case -ETIMEDOUT:
    case -ECONNREFUSED:
    case -ECONNRESET:
    case -ECONNABORTED:
    case -EPIPE:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -ENETDOWN:
    case -EHOSTDOWN:
    case -ENETRESET:
        return true;
    default:
        return false;
    }
}

bool retry_status(int status)
{
    if (status == 501 || status == 505) /* it will not learn it meanwhile */
        return false;
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status <= 599);
}

int64_t retry_after(const char *value, int64_t now_s)
{
    const int64_t most_s = INT64_MAX / NW_SEC(1);
    int64_t time_s;
    char *end;

    if (!value)
        return -1;
    if (*value >= '0' && *value <= '9') {
        errno = 0;
        long long seconds = strtoll(value, &end, 10);
        if (end[strspn(end, " \t")])
            return -1;
        return NW_SEC(errno || seconds > most_s ? most_s : seconds);
    }
    if (nw_http_date_parse(value, &time_s) < 0)
        return -1;
    if (time_s <= now_s)
        return 0;
    return NW_SEC(time_s - now_s > most_s ? most_s : time_s - now_s);
}

/* A fraction from 0.5 to 1: clients that failed together do not come back together. */
static double jitter(void)
{
    uint32_t number = 0;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number)
        number = (uint32_t)nw_now();
    return 0.5 + (double)number / 4294967296.0 / 2;
}

int64_t retry_delay(const struct retry_options *options, unsigned retry, const struct retry_hint *hint)
{
    if (hint->retry_after_ns > options->longest_ns)
        return -1;
    int64_t delay_ns = options->delay_ns;
    while (--retry > 0 && delay_ns < options->longest_ns)
        delay_ns *= 2;
    if (delay_ns > options->longest_ns)
        delay_ns = options->longest_ns;
    delay_ns = (int64_t)((double)delay_ns * jitter());
    return delay_ns > hint->retry_after_ns ? delay_ns : hint->retry_after_ns;
}
