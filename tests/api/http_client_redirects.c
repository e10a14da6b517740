/* SPDX-License-Identifier: MIT */
/*
 * Redirects: which method and body the next request has, how locations are resolved, that credentials stay at
 * home, and that loops and other schemes are NW_EREDIRECT.
 */
#include "../support/http_peer.h"

static struct peer peer, other;

/* "/STATUS/rest": redirects there, with that status, to "/rest". Else says what it was asked. */
static int talk(struct peer *self, nw_stream *stream)
{
    while (peer_read_head(self, stream) > 0) {
        char text[512], *path = strchr(self->head, ' ') + 1, target[256] = "", body[64] = "";
        char *length = strcasestr(self->head, "\r\nContent-Length: ");
        size_t size = length ? strtoul(length + 18, NULL, 10) : 0;
        int status = atoi(path + 1), n;
        CHECK(size < sizeof body);
        if (size)
            CHECK_EQ(nw_read_exactly(stream, body, size), (ssize_t)size);
        if (status > 0)
            sscanf(path + 1, "%*d%255[^ ]", target);
        if (strncmp(path, "/loop", 5) == 0)
            strcpy(target, "/loop"), status = 302;
        if (strncmp(path, "/elsewhere", 10) == 0)
            snprintf(target, sizeof target, "http://localhost:%u/end", other.port), status = 307;
        if (strncmp(path, "/ftp", 4) == 0)
            strcpy(target, "ftp://localhost/"), status = 302;
        if (strncmp(path, "/bad", 4) == 0)
            strcpy(target, "http://[::1/"), status = 302;
        if (strncmp(path, "/nowhere", 8) == 0)
            n = snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhm");
        else if (*target)
            n = snprintf(text, sizeof text,
                         "HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 4\r\n\r\nmove", status,
                         target);
        else
            n = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s:%s",
                         strcspn(self->head, " ") + 1 + strlen(body), (int)strcspn(self->head, " "),
                         self->head, body);
        if (peer_send(stream, text, (size_t)n) < 0)
            break;
    }
    return 0;
}

static void expect(const char *method, const char *path, const char *said)
{
    nw_http_request_options request = {.method = method, .url = peer_url(&peer, path)};
    nw_http_response *response;

    if (strcmp(method, "GET") != 0)
        request.body = (nw_slice){"data", 4};
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 200);
    peer_check_body(response, said);
}

static void methods(void)
{
    expect("GET", "/301/a", "GET:");
    expect("POST", "/301/a", "GET:");
    expect("POST", "/302/a", "GET:");
    expect("PUT", "/301/a", "PUT:data");
    expect("POST", "/303/a", "GET:");
    expect("PUT", "/303/a", "GET:");
    expect("POST", "/307/a", "POST:data");
    expect("POST", "/308/307/a", "POST:data");
    expect("POST", "/307/303/308/a", "GET:");
    CHECK(!strcasestr(peer.head, "Content-Type"));
    CHECK(!strcasestr(peer.head, "Content-Length"));
}

static void stream_is_set_back(void)
{
    nw_http_failure failure;
    nw_http_request_options request = {
        .url = peer_url(&peer, "/307/a"), .stream_bytes = 4, .failure_out = &failure};
    nw_http_response *response;
    int pipes[2];

    check_write_file("body", "..data", 6);
    CHECK_EQ(nw_open("body", "r", &request.stream), 0);
    CHECK_EQ(nw_skip(request.stream, 2), 2);
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    peer_check_body(response, "POST:data");
    CHECK_EQ(nw_close(request.stream), 0);

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(write(pipes[1], "data", 4), 4);
    CHECK_EQ(nw_open_fd(pipes[0], "r", &request.stream), 0);
    CHECK_EQ(nw_http_request(NULL, &request, &response), NW_EREDIRECT);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_REDIRECT);
    CHECK(strstr(failure.text, "cannot be sent a second time"));
    CHECK_EQ(nw_close(request.stream), 0);
    close(pipes[1]);
}

static void fragments(void)
{
    nw_http_response *response;

    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/302/a?b#part"), &response), 0);
    CHECK_STR(nw_http_response_url(response), peer_url(&peer, "/a?b#part"));
    peer_check_body(response, "GET:");
}

static void credentials_stay(void)
{
    const nw_pair headers[] = {{"Cookie", "a=b"},
                               {"X-Other", "c"},
                               {"Authorization", "Secret 1"},
                               {"Proxy-Authorization", "Secret 2"}};
    nw_http_request_options request = {.headers = headers, .header_count = 4};
    nw_http_response *response;
    char url[256];

    request.url = peer_url(&peer, "/302/end");
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    nw_http_response_close(response);
    CHECK(peer_heard(&peer, "Authorization: Secret 1"));
    CHECK(peer_heard(&peer, "Cookie: a=b"));

    request.url = peer_url(&peer, "/elsewhere");
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    nw_http_response_close(response);
    CHECK(peer_heard(&other, "X-Other: c"));
    CHECK(!strcasestr(other.head, "Authorization"));
    CHECK(!strcasestr(other.head, "Cookie"));

    snprintf(url, sizeof url, "http://user:secret@127.0.0.1:%u/elsewhere", peer.port);
    CHECK_EQ(nw_http_get(NULL, url, &response), 0);
    CHECK(strstr(peer.head, "Authorization: Basic dXNlcjpzZWNyZXQ="));
    CHECK(!strcasestr(other.head, "Authorization"));
    nw_http_response_close(response);

    snprintf(url, sizeof url, "http://user:secret@127.0.0.1:%u/302/end", peer.port);
    CHECK_EQ(nw_http_get(NULL, url, &response), 0);
    CHECK(strstr(peer.head, "Authorization: Basic dXNlcjpzZWNyZXQ="));
    CHECK(!strstr(nw_http_response_url(response), "secret"));
    nw_http_response_close(response);
}

static void nowhere(void)
{
    static const char *const paths[] = {"/loop", "/ftp", "/bad"};
    nw_http_failure failure;
    nw_http_request_options request = {.failure_out = &failure};
    nw_http_response *response;

    for (size_t i = 0; i < 3; i++) {
        request.url = peer_url(&peer, paths[i]);
        CHECK_EQ(nw_http_request(NULL, &request, &response), NW_EREDIRECT);
        CHECK_EQ(failure.error, NW_EREDIRECT);
        CHECK_EQ(failure.phase, NW_HTTP_PHASE_REDIRECT);
        CHECK_STR(failure.url, request.url);
    }
    CHECK_EQ(nw_http_get(NULL, peer_url(&peer, "/nowhere"), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 302);
    peer_check_body(response, "hm");

    request.url = peer_url(&peer, "/302/a");
    request.no_redirects = true;
    CHECK_EQ(nw_http_request(NULL, &request, &response), 0);
    CHECK_EQ(nw_http_response_status(response), 302);
    CHECK_STR(nw_http_response_header(response, "Location"), "/a");
    nw_http_response_close(response);
}

static int run(void *arg)
{
    (void)arg;
    peer_begin(&peer, talk);
    peer_begin(&other, talk);
    methods();
    stream_is_set_back();
    fragments();
    credentials_stay();
    peer.requests = 0;
    nowhere();
    CHECK_EQ(peer.requests, 11 + 1 + 1 + 1 + 1);
    peer_end(&peer);
    peer_end(&other);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
