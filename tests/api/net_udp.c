/* SPDX-License-Identifier: MIT */
/*
 * Datagrams: whole, cut, empty, too long, to and from peers of both families; who waits is sent away by a
 * close and leaves when cancelled; ports may be names of services that UDP alone has.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include "../support/runtime.h"

static void open_udp(const char *where, nw_udp **udp_out, char place[64])
{
    nw_address address;

    CHECK_EQ(nw_udp_open(NULL, where, udp_out), 0);
    CHECK_EQ(nw_udp_address(*udp_out, &address), 0);
    CHECK(nw_address_port(&address) > 0);
    snprintf(place, 64, "udp://127.0.0.1:%u", nw_address_port(&address));
}

static void exchange(const char *where)
{
    char place_a[64], place_b[64], data[16], text[NW_ADDRESS_TEXT_BYTES];
    static char big[70000];
    nw_udp *a, *b;
    nw_address from;

    open_udp(where, &a, place_a);
    open_udp("udp://127.0.0.1:0", &b, place_b);
    CHECK_EQ(nw_udp_send(a, "x", 1, NULL), -EDESTADDRREQ);
    CHECK_EQ(nw_udp_connect(a, place_b), 0);
    CHECK_EQ(nw_udp_send(a, "hello", 5, NULL), 5);
    CHECK_EQ(nw_udp_receive(b, data, sizeof data, &from), 5);
    CHECK_MEM(data, "hello", 5);
    CHECK(nw_address_text(&from, text, sizeof text) > 0);
    CHECK_STR(text, place_a + 6);
    CHECK_EQ(nw_udp_send(b, "", 0, &from), 0);
    CHECK_EQ(nw_udp_send(b, "more than there is room for", 27, &from), 27);
    CHECK_EQ(nw_udp_receive(a, data, sizeof data, NULL), 0);
    CHECK_EQ(nw_udp_receive(a, data, 4, NULL), 27);
    CHECK_MEM(data, "more", 4);
    CHECK_EQ(nw_udp_send(a, big, sizeof big, NULL), -EMSGSIZE);
    nw_udp_close(b);
    CHECK_EQ(nw_udp_send(a, "x", 1, NULL), 1);
    CHECK_EQ(nw_udp_receive(a, data, sizeof data, NULL), -ECONNREFUSED);
    nw_udp_close(a);
}

static int receive(void *arg)
{
    char data[16];

    return (int)nw_udp_receive(arg, data, sizeof data, NULL);
}

static void waiting(void)
{
    nw_task *tasks[4];
    char place[64];
    nw_udp *udp;

    open_udp(NULL, &udp, place);
    for (int i = 0; i < 4; i++)
        CHECK((tasks[i] = nw_spawn(receive, udp)));
    yield_all();
    nw_cancel(tasks[0]);
    CHECK_EQ(nw_await(tasks[0]), -ECANCELED);
    CHECK_EQ(nw_timeout(NW_MS(1), receive, udp), -ETIMEDOUT);
    nw_udp_close(udp);
    for (int i = 1; i < 4; i++)
        CHECK_EQ(nw_await(tasks[i]), -EBADF);
}

static void mistakes(void)
{
    static const char *const wrong[] = {"tcp://127.0.0.1:1", "udp://127.0.0.1", "udp://127.0.0.1:x y",
                                        "udp:", ""};
    nw_udp_options options = {.reserved = {1}};
    nw_udp *udp = NULL;
    char data[1];

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQ(nw_udp_open(NULL, wrong[i], &udp), -EINVAL);
    CHECK_EQ(nw_udp_open(&options, NULL, &udp), -EINVAL);
    CHECK_EQ(nw_udp_open(NULL, NULL, NULL), -EINVAL);
    CHECK(udp == NULL);
    CHECK_EQ(nw_udp_receive(NULL, data, 1, NULL), -EINVAL);
    CHECK_EQ(nw_udp_send(NULL, data, 1, NULL), -EINVAL);
    CHECK_EQ(nw_udp_fd(NULL), -EINVAL);
    nw_udp_close(NULL);
}

/* One that services(5) knows for UDP only. Not everybody may bind to it. */
static void service_by_name(void)
{
    const struct servent *tftp = getservbyname("tftp", "udp");
    struct sockaddr_in peer = {.sin_port = 0};
    socklen_t size = sizeof peer;
    nw_udp_options v6 = {.v6_only = true};
    nw_udp *udp;

    if (!tftp || tftp->s_port != htons(69))
        return;
    CHECK_EQ(nw_udp_open(NULL, "udp://127.0.0.1:0", &udp), 0);
    CHECK_EQ(nw_udp_connect(udp, "udp://127.0.0.1:tftp"), 0);
    CHECK_EQ(getpeername(nw_udp_fd(udp), (struct sockaddr *)&peer, &size), 0);
    CHECK_EQ(ntohs(peer.sin_port), 69);
    nw_udp_close(udp);
    for (int only = 0; only < 2; only++) {
        nw_address address;
        int rc = nw_udp_open(only ? &v6 : NULL, "udp://:tftp", &udp);
        CHECK(rc != -EINVAL && rc != NW_ENOHOST);
        if (rc < 0)
            continue;
        CHECK_EQ(nw_udp_address(udp, &address), 0);
        CHECK_EQ(nw_address_port(&address), 69);
        nw_udp_close(udp);
    }
}

/* Left open: closed with the loop. */
static int first(void *arg)
{
    nw_udp *left;
    int open_before;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    open_before = check_open_fds();
    exchange("udp://127.0.0.1:0");
    exchange("udp://:0");
    waiting();
    mistakes();
    service_by_name();
    CHECK_EQ(check_open_fds(), open_before);
    return nw_udp_open(NULL, NULL, &left);
}

int main(void)
{
    int open_before = check_open_fds();
    nw_udp *udp;

    CHECK_EQ(nw_udp_open(NULL, NULL, &udp), NW_ENOTASK);
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}
