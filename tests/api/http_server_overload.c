/* SPDX-License-Identifier: MIT */
/*
 * Ten times as many clients as the server takes, all at once and again and again: each is answered, by 200 or
 * by a whole 503 with Retry-After, none hangs or is cut off; and then the server is as it was.
 */
#include <sys/resource.h>

#include "../support/web.h"

#define TAKEN 50

static int served, shed, most, now;

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    if (++now > most)
        most = now;
    do
        CHECK_EQ(nw_sleep(NW_MS(1)), 0); /* so that others come meanwhile, */
    while (shed == 0);                   /* until there were too many once */
    now--;
    return nw_http_reply_text(exchange, 200, "ok");
}

struct client {
    const struct web *web;
};

static int ask(void *arg)
{
    const struct web *web = ((struct client *)arg)->web;
    nw_stream *stream = web_connect(web);
    char *heard;

    web_say(stream, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    heard = web_hear(stream);
    if (strcmp(heard, WEB_TEXT_CLOSE("200 OK", "2", "ok")) == 0)
        served++;
    else if (strcmp(heard, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
                           "Connection: close\r\n\r\n") == 0)
        shed++;
    else
        check_fail(__FILE__, __LINE__, "answered with \"%s\"", heard);
    free(heard);
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}

static int test(void *arg)
{
    struct web web = {.options.connections = TAKEN};
    struct client each[10 * TAKEN];
    int rounds = scaled(20), fds = check_open_fds();

    (void)arg;
    for (size_t i = 0; i < 10 * TAKEN; i++)
        each[i].web = &web;
    web_start(&web, reply, NULL);
    for (int i = 0; i < rounds; i++)
        CHECK_EQ(nw_each(each, 10 * TAKEN, sizeof each[0], 0, ask), 0);
    CHECK_EQ(served + shed, rounds * 10 * TAKEN);
    CHECK(served >= rounds);
    CHECK(shed > 0);
    CHECK(most <= TAKEN);
    for (int i = 0; i < 3; i++)
        WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    web_stop(&web);
    CHECK_EQ(check_open_fds(), fds);
    printf("%d served, %d shed\n", served, shed);
    return 0;
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_max < 20 * TAKEN + 100)
        check_skip("too few descriptors");
    if (limit.rlim_cur < 20 * TAKEN + 100)
        limit.rlim_cur = 20 * TAKEN + 100;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

int main(void)
{
    allow_descriptors();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
