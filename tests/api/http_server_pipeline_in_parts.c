/* SPDX-License-Identifier: MIT */
/*
 * A request comes together with a part of the next one, of its head or of its body: it is answered before the
 * rest is there, for the client may wait for that. Plain, and over TLS.
 */
#include "../support/tls.h"
#include "../support/web.h"

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

static void check(const struct web *web, const nw_tls_context *client)
{
    nw_stream *stream = web_connect(web);

    if (client)
        CHECK_EQ(nw_tls_connect(client, stream, "localhost", &stream), 0);
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
    CHECK_EQ(nw_close(stream), 0);
}

static int test(void *arg)
{
    bool over_tls = *(bool *)arg;
    nw_tls_context *server = over_tls ? tls_server(NULL) : NULL, *client = over_tls ? tls_client(NULL) : NULL;
    struct web web = {.options = {.tls = server}};

    web_start(&web, reply, NULL);
    check(&web, client);
    web_stop(&web);
    nw_tls_destroy(server);
    nw_tls_destroy(client);
    return 0;
}

int main(void)
{
    bool over_tls = false;

    check_enter_folder();
    CHECK_EQ(nw_run(test, &over_tls), 0);
    tls_make_certificates();
    over_tls = true;
    CHECK_EQ(nw_run(test, &over_tls), 0);
    return 0;
}
