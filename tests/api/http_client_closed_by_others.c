/* SPDX-License-Identifier: MIT */
/*
 * A response that one task closes while another one reads or saves all of it: the latter is told -EBADF, and
 * has let go of everything when the close returns. A third one that wants all of it, too, is told -EBUSY.
 */
#include "../support/http_peer.h"

#define READ 0
#define SAVE 1

/* The beginning of a body, and then nothing more. */
static int talk(struct peer *peer, nw_stream *stream)
{
    if (peer_read_head(peer, stream) <= 0 || peer_say(stream, peer->says) < 0)
        return -1;
    return nw_skip(stream, 1) < 0 ? -1 : 0;
}

struct call {
    nw_http_response *response;
    int how;
    int64_t result;
};

static int take_all(void *arg)
{
    struct call *call = arg;
    nw_bytes body;

    call->result = call->how == SAVE ? nw_http_response_save(call->response, "saved", NULL)
                                     : nw_http_response_read(call->response, 0, &body);
    return 0;
}

static void closed_in(const char *head, int how)
{
    struct call call = {.how = how};
    nw_http_client *client;
    nw_bytes body;
    struct peer peer;
    char byte;

    peer_begin(&peer, talk);
    peer.says = head;
    CHECK_EQ(nw_http_client_create(NULL, &client), 0);
    CHECK_EQ(nw_http_get(client, peer_url(&peer, "/"), &call.response), 0);
    nw_task *task = nw_spawn(take_all, &call);
    for (int i = 0; i < 100; i++) /* it is in its wait for more */
        CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(nw_http_response_read(call.response, 0, &body), -EBUSY);
    CHECK_EQ(nw_http_response_save(call.response, "other", NULL), -EBUSY);
    if (how == READ && !strstr(head, "gzip")) /* past the stream, which must not come in between */
        CHECK_EQ(nw_read(nw_http_response_body(call.response), &byte, 1), -EBUSY);
    nw_http_response_close(call.response);
    nw_http_client_destroy(client);
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(call.result, -EBADF);
    CHECK_EQ(check_count_entries("."), 0);
    while (peer.open > 0)
        CHECK_EQ(nw_yield(), 0);
    peer_end(&peer);
}

static int test(void *arg)
{
    static const char plain[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\npart";
    static const char little[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
    static const char chunks[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n";
    static const char coded[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n\x1f\x8b";

    (void)arg;
    for (int how = READ; how <= SAVE; how++) {
        closed_in(plain, how);
        closed_in(little, how);
        closed_in(chunks, how);
        closed_in(coded, how);
    }
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
