/* SPDX-License-Identifier: MIT */
/*
 * A burst of connections, each with its request, that came while the loop was busy: others have their turn
 * again and again until all are served, never after more than a few of them.
 */
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../support/web.h"

#define BURST   1000 /* fewer than the backlog of a listener */
#define AT_MOST 64   /* served between two turns of another task */

static int served, beats, since_beat, most;

static int reply(nw_http_exchange *exchange, void *context)
{
    (void)context;
    served++;
    since_beat++;
    most = since_beat > most ? since_beat : most;
    return nw_http_reply_text(exchange, 200, "ok");
}

static int connect_one(unsigned port)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_SYS(connect(fd, (struct sockaddr *)&to, sizeof to)); /* the kernel answers */
    CHECK_EQ(write(fd, request, sizeof request - 1), sizeof request - 1);
    return fd;
}

static int beat(void *arg)
{
    const int *burst = arg;

    while (served < *burst) {
        CHECK_EQ(nw_yield(), 0);
        beats++;
        since_beat = 0;
    }
    printf("%d served, %d turns of another, at most %d between two\n", served, beats, most);
    return 0;
}

static void hear(int fd)
{
    char text[512];
    ssize_t n = nw_fd_read(fd, text, sizeof text - 1);

    CHECK(n > 0);
    CHECK_MEM(text, "HTTP/1.1 200 OK", 15);
    CHECK_SYS(close(fd));
}

static int test(void *arg)
{
    int burst = *(int *)arg, *fds = calloc((size_t)burst, sizeof *fds);
    struct web web = {.handler = NULL};

    CHECK(fds);
    web_start(&web, reply, NULL);
    for (int i = 0; i < 3; i++) /* it waits, and in the ring for all that will come */
        WEB_EXCHANGE(&web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", WEB_TEXT("200 OK", "2", "ok"));
    served = since_beat = most = 0;
    unsigned port = (unsigned)atoi(strrchr(web.where, ':') + 1);
    for (int i = 0; i < burst; i++)
        fds[i] = connect_one(port);
    nw_task *task = nw_spawn(beat, &burst);
    CHECK(task);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(served, burst);
    CHECK(most <= AT_MOST);
    CHECK(beats >= burst / AT_MOST);
    for (int i = 0; i < burst; i++)
        hear(fds[i]);
    web_stop(&web);
    free(fds);
    return 0;
}

int main(void)
{
    int burst = scaled(BURST);
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur =
        limit.rlim_max < 10000 ? limit.rlim_max : 10000; /* so many that the ring accepts by itself */
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur < (rlim_t)(2 * burst + 100))
        burst = (int)limit.rlim_cur / 2 - 50;
    CHECK_EQ(nw_run(test, &burst), 0);
    return 0;
}
