/* SPDX-License-Identifier: MIT */
/*
 * The same over TLS: requests are answered, the handler knows of it, and who does not speak it is dropped
 * without harm.
 */
#include "../support/tls.h"
#include "../support/web.h"

static int reply(nw_http_exchange *exchange, void *context)
{
    nw_tls_info info;

    (void)context;
    CHECK_EQ(nw_http_tls(exchange, &info), 0);
    CHECK(info.version == NW_TLS_1_3);
    return nw_http_reply_text(exchange, 200, "%s", nw_http_path(exchange));
}

static int told;

static void tell(int error, const char *what, const nw_address *peer, void *arg)
{
    (void)arg, (void)peer;
    CHECK(error < 0);
    CHECK_STR(what, "tls");
    told++;
}

/* Ask once, and wait for the end. False: it came before the answer, in the handshake or behind it. */
static bool is_answered(const struct web *web, const nw_tls_context *client)
{
    static const char request[] = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    nw_stream *below = web_connect(web), *stream;
    nw_bytes answer = {NULL, 0};

    if (nw_tls_connect(client, below, "localhost", &stream) < 0) {
        CHECK_EQ(nw_close(below), 0);
        return false;
    }
    if (nw_write(stream, request, sizeof request - 1) > 0 && nw_flush(stream) == 0)
        (void)!nw_read_all(stream, 0, &answer);
    bool answered = answer.data && answer.size > 0;
    if (answered) {
        web_remove_dates(answer.data);
        CHECK_STR(answer.data, WEB_TEXT("200 OK", "2", "/a"));
    }
    nw_bytes_finish(&answer);
    (void)nw_close(stream);
    return answered;
}

/* That a client has been idle for too long is no error. How long a handshake takes here nobody knows: the
 * limit grows until it is longer. */
static void check_idle(const nw_tls_context *server, const nw_tls_context *client)
{
    bool answered = false;

    for (int64_t limit_ns = NW_MS(50); !answered; limit_ns *= 2) {
        struct web web = {.options = {.tls = server, .on_error = tell, .idle_timeout_ns = limit_ns}};
        int before = told;
        web_start(&web, reply, NULL);
        answered = is_answered(&web, client);
        web_stop(&web);
        CHECK(!answered || told == before);
    }
}

/* A handshake is what there is no room for. */
static void check_too_many(const nw_tls_context *server, const nw_tls_context *client)
{
    struct web web = {.options = {.tls = server, .connections = 1}};
    nw_stream *stream, *more;

    web_start(&web, reply, NULL);
    CHECK_EQ(nw_tls_connect(client, web_connect(&web), "localhost", &stream), 0);
    web_say(stream, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "/a"));
    more = web_connect(&web);
    WEB_END(more, "");
    CHECK_EQ(nw_close(more), 0);
    CHECK_EQ(nw_close(stream), 0);
    web_stop(&web);
}

static int test(void *arg)
{
    nw_tls_context *server = tls_server(NULL), *client = tls_client(&(nw_tls_options){.insecure = true});
    struct web web = {.options = {.tls = server, .on_error = tell}};
    nw_stream *below, *stream;
    nw_bytes rest = {NULL, 0};

    (void)arg;
    web_start(&web, reply, NULL);
    below = web_connect(&web);
    CHECK_EQ(nw_tls_connect(client, below, "localhost", &stream), 0);
    for (int i = 0; i < 3; i++) {
        web_say(stream, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
        WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "/a"));
        WEB_NEXT(stream, WEB_TEXT("200 OK", "2", "/b"));
    }
    web_say(stream, "GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    WEB_END(stream, WEB_TEXT_CLOSE("200 OK", "2", "/c"));
    CHECK_EQ(nw_close(stream), 0);
    below = web_connect(&web);
    web_say(below, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)!nw_read_all(below, 0, &rest);
    CHECK(!rest.data || !strstr(rest.data, "HTTP/1.1"));
    nw_bytes_finish(&rest);
    CHECK_EQ(nw_close(below), 0);
    web_stop(&web);
    CHECK_EQ(told, 1);
    check_idle(server, client);
    check_too_many(server, client);
    nw_tls_destroy(server);
    nw_tls_destroy(client);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
