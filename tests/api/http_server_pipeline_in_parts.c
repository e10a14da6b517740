/* SPDX-License-Identifier: MIT */
/*
 * A request comes together with a part of the next one, of its head or of its body: it is answered before the
 * rest is there, for the client may wait for that. Plain, and over TLS.
 */
#include "../support/web_tls.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_bytes body;
    int rc = nw_http_read(exchange, 0, &body);

    (void)context;
    if (rc < 0)
        return rc;
    rc = nw_http_reply_text(exchange, 200, "%s%.*s", nw_http_path(exchange), (int)body.size, body.data);
    nw_bytes_finish(&body);
    return rc;
}

static void check(nw_stream *stream)
{
    web_say(stream, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nP");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "/1"));
    web_say(stream, "OST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
    web_say(stream, "dyGET /3 HTTP/1.1\r\nHost: a\r\n\r\nPOST /4 HTTP/1.1\r\nHost: a\r\n"
                    "Content-Length: 4\r\n\r\nbo");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "6", "/2body") WEB_TEXT("200 OK", "2", "/3"));
    web_say(stream, "dyGET /5 HTTP/1.1\r\nHost: a\r\n\r\nPOST /6 HTTP/1.1\r\nHost: a\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "6", "/4body") WEB_TEXT("200 OK", "2", "/5"));
    web_say(stream, "4\r\nbody\r\n0\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "6", "/6body"));
}

int main(void)
{
    const nw_http_server_options options = {0};

    return web_tls_test(&options, reply, check);
}
