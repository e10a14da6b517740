/* SPDX-License-Identifier: MIT */
/*
 * Proxies: a request for http goes to it with all of its URL, one for https through a tunnel; its credentials
 * are for it alone; what the environment says counts, no_proxy included; a refusal is NW_EPROXY.
 */
#include "../support/http_peer.h"

static struct peer proxy;

/* Tunnels are refused with `says`, or answered with it. */
static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0)
        if (peer_say(stream, peer->says) < 0)
            break;
    return 0;
}

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static nw_http_client *create(const char *format_option)
{
    nw_http_client_options options = {.proxy = format_option};
    nw_http_client *client;

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    return client;
}

static int get(nw_http_client *client, const char *url, nw_http_failure *failure)
{
    nw_http_request_options request = {.url = url, .failure_out = failure, .connect_timeout_ns = NW_SEC(20)};
    nw_http_response *response;
    int rc = nw_http_request(client, &request, &response);

    if (rc == 0) {
        rc = nw_http_response_status(response);
        nw_http_response_close(response);
    }
    return rc;
}

static void plain(const char *option)
{
    nw_http_client *client = create(option);
    nw_http_failure failure;

    proxy.says = ok;
    CHECK_EQ(get(client, "http://name.invalid:81/a?b#c", &failure), 200);
    CHECK(peer_heard(&proxy, "GET http://name.invalid:81/a?b HTTP/1.1"));
    CHECK(peer_heard(&proxy, "Host: name.invalid:81"));
    CHECK(peer_heard(&proxy, "Proxy-Authorization: Basic dTpw"));
    CHECK_EQ(get(client, "http://name.invalid/", &failure), 200);
    CHECK(peer_heard(&proxy, "GET http://name.invalid/ HTTP/1.1"));
    proxy.says = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    CHECK_EQ(get(client, "http://name.invalid/", &failure), NW_EPROXY);
    CHECK_EQ(failure.error, NW_EPROXY);
    nw_http_client_destroy(client);
}

static void refused_tunnels(const char *option)
{
    static const char *const refusals[] = {
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nwho",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 502 Bad Gateway\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    };
    nw_http_client *client = create(option);
    nw_http_failure failure;

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        proxy.says = refusals[i];
        CHECK_EQ(get(client, "https://name.invalid/secret?path", &failure), NW_EPROXY);
        CHECK_EQ(failure.phase, NW_HTTP_PHASE_CONNECT);
        CHECK(strstr(failure.text, "the proxy answered"));
        CHECK(peer_heard(&proxy, "CONNECT name.invalid:443 HTTP/1.1"));
        CHECK(peer_heard(&proxy, "Host: name.invalid:443"));
        CHECK(peer_heard(&proxy, "Proxy-Authorization: Basic dTpw"));
        CHECK(!strstr(proxy.head, "secret"));
    }
    proxy.says = "nonsense\r\n\r\n";
    CHECK_EQ(get(client, "https://name.invalid/", &failure), NW_EPROTOCOL);
    /* What comes behind the head, before we have spoken, cannot be of the server behind the tunnel. */
    proxy.says = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    CHECK_EQ(get(client, "https://name.invalid/", &failure), NW_EPROTOCOL);
    nw_http_client_destroy(client);
}

/* RFC 6874, 4: a zone means something on this machine only. */
static void zones(const char *option)
{
    nw_http_client *client = create(option);
    nw_http_failure failure;

    proxy.says = ok;
    CHECK_EQ(get(client, "http://[fe80::1%25zone]:81/a", &failure), 200);
    CHECK(peer_heard(&proxy, "GET http://[fe80::1]:81/a HTTP/1.1"));
    CHECK(peer_heard(&proxy, "Host: [fe80::1]:81"));
    CHECK(!strstr(proxy.head, "zone"));
    CHECK_EQ(get(client, "http://[fe80::1%25zone]/", &failure), 200);
    CHECK(peer_heard(&proxy, "GET http://[fe80::1]/ HTTP/1.1"));
    CHECK(peer_heard(&proxy, "Host: [fe80::1]"));
    proxy.says = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    CHECK_EQ(get(client, "https://[fe80::1%25zone]/", &failure), NW_EPROXY);
    CHECK(peer_heard(&proxy, "CONNECT [fe80::1]:443 HTTP/1.1"));
    CHECK(peer_heard(&proxy, "Host: [fe80::1]:443"));
    CHECK(!strstr(proxy.head, "zone"));
    CHECK(strstr(failure.text, "[fe80::1%zone]")); /* here it says which one was meant */
    nw_http_client_destroy(client);
}

static void environment(const char *option)
{
    nw_http_failure failure;
    nw_http_client *client;
    struct peer direct;

    peer_begin(&direct, peer_says);
    direct.says = proxy.says = ok;
    setenv("http_proxy", option, 1);
    setenv("no_proxy", "localhost, .inner.invalid", 1);
    client = create(NULL);
    int before = proxy.requests;
    CHECK_EQ(get(client, "http://name.invalid/", &failure), 200);
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), 200);
    CHECK_EQ(proxy.requests, before + 2);
    CHECK_EQ(get(client, "http://a.inner.invalid:1/", &failure) < 0, true);
    CHECK_EQ(proxy.requests, before + 2);
    nw_http_client_destroy(client);

    setenv("no_proxy", "127.0.0.0/8", 1);
    client = create(NULL);
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), 200);
    CHECK_EQ(direct.requests, 1);
    nw_http_client_destroy(client);

    unsetenv("http_proxy");
    setenv("HTTP_PROXY", option, 1);
    setenv("no_proxy", "", 1);
    client = create(NULL);
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), 200);
    CHECK_EQ(direct.requests, 1);
    nw_http_client_destroy(client);
    setenv("REQUEST_METHOD", "GET", 1); /* a CGI: HTTP_PROXY is what a stranger has sent as "Proxy" */
    client = create(NULL);
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), 200);
    CHECK_EQ(direct.requests, 2);
    nw_http_client_destroy(client);
    unsetenv("HTTP_PROXY");

    client = create(""); /* none, whatever the environment says */
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), 200);
    CHECK_EQ(direct.requests, 3);
    nw_http_client_destroy(client);

    setenv("all_proxy", "socks5://127.0.0.1:1080", 1);
    client = create(NULL);
    CHECK_EQ(get(client, peer_url(&direct, "/"), &failure), NW_EPROXY);
    CHECK_EQ(get(client, "https://127.0.0.1:1/", &failure), NW_EPROXY);
    CHECK_EQ(direct.requests, 3);
    nw_http_client_destroy(client);
    unsetenv("all_proxy");
    peer_end(&direct);
}

static int run(void *arg)
{
    int before = check_open_fds();
    char option[64];

    (void)arg;
    peer_begin(&proxy, talk);
    snprintf(option, sizeof option, "http://u:p@127.0.0.1:%u", proxy.port);
    plain(option);
    plain(option + strlen("http://"));
    refused_tunnels(option);
    zones(option);
    environment(option);
    peer_end(&proxy);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                        "HTTP_PROXY", "all_proxy",   "ALL_PROXY",
                                        "no_proxy",   "NO_PROXY",    "REQUEST_METHOD"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
