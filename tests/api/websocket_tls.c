/* SPDX-License-Identifier: MIT */
/*
 * The same over TLS: messages of all sizes there and back, the good-bye, and a server whose certificate is
 * not trusted.
 */
#include "../support/tls.h"
#include "../support/ws.h"

static int test(void *arg)
{
    static const size_t sizes[] = {0, 1, 126, 16384, 65536, 3000000};
    nw_tls_context *server = tls_server(NULL), *client = tls_client(&(nw_tls_options){.insecure = true});
    struct web web = {.options = {.tls = server}};
    nw_http_client *http;
    nw_websocket *websocket;
    char url[sizeof web.where + 16], *data = malloc(3000000);
    int end = 1;

    (void)arg;
    CHECK(data);
    memset(data, 'x', 3000000);
    web_start(&web, ws_echo, &end);
    snprintf(url, sizeof url, "wss://%s/", web.where + strlen("tcp://"));
    CHECK_EQ(nw_http_client_create(&(nw_http_client_options){.tls = client}, &http), 0);
    CHECK_EQ(nw_websocket_connect(http, NULL, url, &websocket), 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_EQ(nw_websocket_send(websocket, NW_WEBSOCKET_TEXT, data, sizes[i]), 0);
        ws_expect(__FILE__, __LINE__, websocket, NW_WEBSOCKET_TEXT, data, sizes[i]);
    }
    CHECK_EQ(nw_websocket_close(websocket, 1001, "bye"), 0);
    CHECK_EQ(nw_websocket_connect(NULL, NULL, url, &websocket), NW_ECERTUNTRUSTED);
    nw_http_client_destroy(http);
    web_stop(&web);
    CHECK_EQ(end, 0);
    nw_tls_destroy(server);
    nw_tls_destroy(client);
    free(data);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
