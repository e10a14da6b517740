/* SPDX-License-Identifier: MIT */
/*
 * A body is refused, and the client sees the reply only when it has sent all of it: what it sends is taken
 * meanwhile, and the reply is not lost to a reset.
 */
#include "../support/web.h"

#define BODY (4 * 1024 * 1024) /* more than the sockets' buffers take at first */

static char piece[65536];

static int refuse(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply(exchange, 403, NULL, (nw_slice){"no", 2});
}

static void in_pieces(const struct web *web, size_t answered_bytes)
{
    nw_stream *stream = web_connect(web);
    char head[256];

    snprintf(head, sizeof head, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", BODY);
    web_say(stream, head);
    for (size_t done = 0; done < answered_bytes; done += sizeof piece)
        CHECK_EQ(nw_write(stream, piece, sizeof piece), sizeof piece);
    CHECK_EQ(nw_flush(stream), 0);
    WEB_END(stream, WEB_REPLY("403 Forbidden", "Content-Length: 2\r\nConnection: close\r\n", "no"));
    CHECK_EQ(nw_close(stream), 0);
}

static void all_of_it(const struct web *web)
{
    in_pieces(web, BODY);
}

static void a_part(const struct web *web)
{
    in_pieces(web, BODY / 2);
}

int main(void)
{
    static void (*const checks[])(const struct web *) = {all_of_it, a_part, NULL};
    const nw_http_server_options options = {0};

    return web_test(&options, refuse, checks);
}
