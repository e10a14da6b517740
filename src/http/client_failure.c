/* SPDX-License-Identifier: MIT */
/*
 * What a failed request tells: which error, in which phase, where, in one line. No password is in it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/client.h"

const char *nw_http_phase_name(enum nw_http_phase phase)
{
    static const char *const names[] = {"url",  "wait",    "resolve", "connect", "TLS",
                                        "send", "headers", "body",    "redirect"};

    return (unsigned)phase < sizeof names / sizeof *names ? names[phase] : "unknown";
}

int64_t nw__http_now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* One that could not be taken apart, or is none of HTTP's: what may be a password, up to the last "@", goes.
 * Without a scheme it begins with the text, whatever is in its query. */
static void show_text(const char *text, char *to, size_t size_bytes)
{
    const char *scheme_end = text + strcspn(text, ":/?#@"), *begin = text, *at;

    if (strncmp(scheme_end, "://", 3) == 0)
        begin = scheme_end + 3;
    at = strrchr(begin, '@');
    snprintf(to, size_bytes, "%.*s%s", (int)(begin - text < 64 ? begin - text : 64), text,
             at ? at + 1 : begin);
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

static void show_url(const struct nw__http_call *call, char *to, size_t size_bytes)
{
    if (call->target)
        snprintf(to, size_bytes, "%s", call->target->text);
    else
        show_text(call->request->url ? call->request->url : "", to, size_bytes);
}

static void put_words(nw_http_failure *failure, const struct nw__http_call *call, int error)
{
    failure->error = error;
    failure->phase = call->phase;
    snprintf(failure->text, sizeof failure->text, "%.15s %.140s: %s: %s%s%s", call->method, failure->url,
             nw_http_phase_name(call->phase), nw_strerror(error), call->why ? ": " : "",
             call->why ? call->why : "");
}

static void explain(nw_http_failure *failure, const struct nw__http_call *call, int error)
{
    show_url(call, failure->url, sizeof failure->url);
    put_words(failure, call, error);
}

/* -- the task's last one -- */

/* Kept by the task as what it has deferred: found by its function, freed at the task's end. */
static void free_noted(void *arg)
{
    free(arg);
}

static nw_http_failure *find_noted(const nw_task *self)
{
    for (const struct nw__deferred *deferred = self->deferred; deferred; deferred = deferred->next)
        if (deferred->fn == free_noted)
            return deferred->arg;
    return NULL;
}

static nw_http_failure *make_noted(void)
{
    nw_http_failure *noted = calloc(1, sizeof *noted);

    return noted && nw_defer(free_noted, noted) == 0 ? noted : NULL;
}

void nw__http_tell_failure(const struct nw__http_call *call, int error)
{
    nw_task *self = nw__task_self();
    nw_http_failure *noted = self ? find_noted(self) : NULL;

    if (self && !noted)
        noted = make_noted();
    if (noted)
        explain(noted, call, error);
    if (call->request->failure_out)
        explain(call->request->failure_out, call, error);
}

int nw_http_last_failure(nw_http_failure *failure_out)
{
    nw_task *self = nw__task_self();

    if (!failure_out)
        return -EINVAL;
    if (!self)
        return NW_ENOTASK;
    const nw_http_failure *noted = find_noted(self);
    if (!noted)
        return -ENOENT;
    *failure_out = *noted;
    return 0;
}

void nw__http_explain_at(nw_http_failure *failure, const struct nw__http_call *call, const char *url,
                         int error)
{
    snprintf(failure->url, sizeof failure->url, "%s", url);
    put_words(failure, call, error);
}
