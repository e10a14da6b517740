/* SPDX-License-Identifier: MIT */
/*
 * Requests of all kinds are cancelled after k switches, k = 0, 1, 2, ..., until they have ended before: the
 * call says so or has ended, nothing stays open, what was lent is the caller's again (it is freed at once;
 * the address sanitizer watches), and the next request of the same client is answered.
 *
 * ctest: timeout=240
 */
#include "../support/http_peer.h"

#define LONG_BYTES (1024 * 1024)

struct scenario {
    const char *name;
    int (*fn)(nw_http_client *client);
};

static struct peer peer;
static char *long_data;

static void send_long(nw_stream *stream)
{
    if (nw_printf(stream, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LONG_BYTES) > 0)
        (void)peer_send(stream, long_data, LONG_BYTES);
}

static int talk(struct peer *self, nw_stream *stream)
{
    while (peer_read_head(self, stream) > 0) {
        char *length = strcasestr(self->head, "\r\nContent-Length: ");
        bool waits = strstr(self->head, "Expect: ") != NULL, is_long = strstr(self->head, " /long ") != NULL;
        size_t size = length ? strtoul(length + 18, NULL, 10) : 0;
        if (strstr(self->head, " /redirect ")) {
            CHECK(peer_say(stream, "HTTP/1.1 307 T\r\nLocation: /short\r\nContent-Length: 3\r\n\r\nabc") <=
                  0);
            continue;
        }
        if (strncmp(self->head, "CONNECT", 7) == 0) {
            (void)peer_say(stream, "HTTP/1.1 200 OK\r\n\r\n");
            return nw_skip(stream, LONG_BYTES) < 0; /* until it is closed */
        }
        if (waits)
            (void)peer_say(stream, "HTTP/1.1 100 Continue\r\n\r\n");
        if (size && nw_skip(stream, (int64_t)size) < (int64_t)size)
            break;
        if (is_long)
            send_long(stream);
        else if (strstr(self->head, " /counted "))
            (void)peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else
            (void)peer_say(stream,
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    }
    return 0;
}

static int request(nw_http_client *client, nw_http_request_options *options, const char *path)
{
    char *url = strdup(peer_url(&peer, path));
    nw_http_response *response = NULL;

    CHECK(url);
    options->url = url;
    int rc = nw_http_request(client, options, &response);
    free(url);
    return rc < 0 ? rc : peer_drain(response);
}

static int get_short(nw_http_client *client)
{
    return request(client, &(nw_http_request_options){.method = NULL}, "/short");
}

static int get_long(nw_http_client *client)
{
    return request(client, &(nw_http_request_options){.method = NULL}, "/long");
}

static int get_redirected(nw_http_client *client)
{
    return request(client, &(nw_http_request_options){.method = NULL}, "/redirect");
}

static int post(nw_http_client *client, bool expect)
{
    nw_http_request_options options = {.expect_continue = expect};
    char *data = malloc(LONG_BYTES);

    CHECK(data);
    memset(data, 'x', LONG_BYTES);
    options.body = (nw_slice){data, LONG_BYTES};
    int rc = request(client, &options, "/short");
    free(data);
    return rc;
}

static int post_long(nw_http_client *client)
{
    return post(client, false);
}

static int post_when_told(nw_http_client *client)
{
    return post(client, true);
}

static int put_stream(nw_http_client *client)
{
    nw_http_request_options options = {.method = "PUT", .stream_bytes = LONG_BYTES};
    int rc = nw_open("long", "r", &options.stream);

    if (rc < 0)
        return rc;
    rc = request(client, &options, "/short");
    (void)nw_close(options.stream);
    return rc;
}

static int save_from(nw_http_client *client, const char *path)
{
    nw_http_response *response;
    int64_t rc = nw_http_get(client, peer_url(&peer, path), &response);

    if (rc < 0)
        return (int)rc;
    rc = nw_http_response_save(response, "saved", NULL);
    nw_http_response_close(response);
    CHECK_EQ(access("saved", F_OK), rc < 0 ? -1 : 0);
    CHECK_EQ(access("saved.part", F_OK), -1);
    unlink("saved");
    return rc < 0 ? (int)rc : 0;
}

static int save(nw_http_client *client)
{
    return save_from(client, "/long");
}

static int save_short(nw_http_client *client)
{
    return save_from(client, "/counted");
}

/* Where one connection is allowed, the second request waits for the first. */
static int one_after_the_other(nw_http_client *client)
{
    nw_http_response *response;
    int rc = nw_http_get(client, peer_url(&peer, "/long"), &response);

    if (rc < 0)
        return rc;
    nw_deadline deadline;
    nw_deadline_begin(&deadline, NW_MS(5));
    rc = get_short(client);
    (void)nw_deadline_end(&deadline);
    CHECK(rc == -ETIMEDOUT || rc == -ECANCELED || rc == 0);
    nw_http_response_close(response);
    return rc == -ETIMEDOUT ? 0 : rc;
}

/* The tunnel is there, and then nobody speaks TLS. */
static int tunnel(nw_http_client *client)
{
    char option[64];
    nw_http_response *response;
    nw_http_client_options options = {.proxy = option, .connect_timeout_ns = NW_MS(10)};

    (void)client;
    snprintf(option, sizeof option, "http://127.0.0.1:%u", peer.port);
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    int rc = nw_http_get(client, "https://name.invalid/", &response);
    CHECK(rc == -ETIMEDOUT || rc == -ECANCELED);
    nw_http_client_destroy(client);
    return rc == -ETIMEDOUT ? 0 : rc;
}

static const struct scenario scenarios[] = {
    {"short", get_short},
    {"long", get_long},
    {"redirect", get_redirected},
    {"post", post_long},
    {"continue", post_when_told},
    {"stream", put_stream},
    {"save", save},
    {"waiting", one_after_the_other},
    {"tunnel", tunnel},
    {"save short", save_short},
};

struct attempt {
    const struct scenario *scenario;
    nw_http_client *client;
};

static int attempt(void *arg)
{
    struct attempt *a = arg;

    return a->scenario->fn(a->client);
}

/* A fresh client, or one with an idle connection. Returns: it was not cancelled in time. */
static bool cancel_after(const struct scenario *scenario, int turns, bool warm)
{
    const nw_http_client_options options = {.connections = 1};
    struct attempt a = {scenario, NULL};

    CHECK_EQ(nw_http_client_create(&options, &a.client), 0);
    if (warm)
        CHECK_EQ(get_short(a.client), 0);
    nw_task *task = nw_spawn(attempt, &a);
    for (int i = 0; i < turns; i++)
        CHECK_EQ(nw_yield(), 0);
    bool done = nw_done(task);
    nw_cancel(task);
    int rc = nw_await(task);
    if (rc != 0 && rc != -ECANCELED)
        check_fail(__FILE__, __LINE__, "%s, after %d turns: %d", scenario->name, turns, rc);
    CHECK_EQ(get_short(a.client), 0);
    nw_http_client_destroy(a.client);
    return done;
}

static int run(void *arg)
{
    (void)arg;
    int before = check_open_fds();
    peer_begin(&peer, talk);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        for (int warm = 0; warm < 2; warm++)
            for (int turns = 0, late = 0; late < 2; turns += 1 + turns / 16)
                late += cancel_after(&scenarios[i], turns, warm);
    peer_end(&peer); /* which has accepted connections that nobody talks with yet */
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    long_data = malloc(LONG_BYTES);
    CHECK(long_data);
    memset(long_data, 'y', LONG_BYTES);
    check_write_file("long", long_data, LONG_BYTES);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
