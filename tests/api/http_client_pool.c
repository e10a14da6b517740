/* SPDX-License-Identifier: MIT */
/*
 * Connections are shared and limited: 1,000 requests go over 16 of them; a queue for one host does not hold
 * up another host; where the limit in all is reached, an idle connection of another host makes room; what is
 * idle for too long is closed; and nothing is left open at the end.
 */
#include "../support/http_peer.h"

#define REQUESTS 1000

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct job {
    nw_http_client *client;
    const char *url;
    int done;
};

static int get(void *arg)
{
    struct job *job = arg;
    nw_http_response *response;
    int rc = nw_http_get(job->client, job->url, &response);

    if (rc < 0)
        return rc;
    peer_check_body(response, "ok");
    job->done = 1;
    return 0;
}

static int talk_slowly(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        CHECK_EQ(nw_yield(), 0);
        if (peer_say(stream, answer) < 0)
            break;
    }
    return 0;
}

static void many(void)
{
    static struct job jobs[REQUESTS];
    nw_http_client *client;
    struct peer peer;

    peer_begin(&peer, talk_slowly);
    CHECK_EQ(nw_http_client_create(NULL, &client), 0);
    for (int i = 0; i < REQUESTS; i++)
        jobs[i] = (struct job){client, peer_url(&peer, "/"), 0};
    CHECK_EQ(nw_each(jobs, REQUESTS, sizeof jobs[0], 0, get), 0);
    CHECK_EQ(peer.requests, REQUESTS);
    CHECK_EQ(peer.most, 16);
    CHECK_EQ(peer.connections, 16);
    nw_http_client_destroy(client);
    peer_end(&peer);
}

static nw_event hold;

static int talk_when_let(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        if (nw_event_wait(&hold) < 0 || peer_say(stream, answer) < 0)
            break;
    }
    return 0;
}

/* The first host's connections are all taken, and many wait for them. */
static void one_host_does_not_block_another(void)
{
    const nw_http_client_options options = {.connections = 4, .connections_per_host = 2};
    struct peer slow, quick;
    nw_http_client *client;
    nw_task *tasks[20];
    struct job jobs[20], other;

    nw_event_init(&hold);
    peer_begin(&slow, talk_when_let);
    peer_begin(&quick, peer_says);
    quick.says = answer;
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < 20; i++) {
        jobs[i] = (struct job){client, peer_url(&slow, "/"), 0};
        tasks[i] = nw_spawn(get, &jobs[i]);
    }
    while (slow.requests < 2)
        CHECK_EQ(nw_yield(), 0);
    for (int i = 0; i < 5; i++) {
        other = (struct job){client, peer_url(&quick, "/"), 0};
        CHECK_EQ(get(&other), 0);
    }
    CHECK_EQ(slow.requests, 2);
    nw_event_set(&hold);
    CHECK_EQ(nw_gather(tasks, 20), 0);
    CHECK_EQ(slow.requests, 20);
    CHECK_EQ(slow.most, 2);
    nw_http_client_destroy(client);
    peer_end(&slow);
    peer_end(&quick);
    nw_event_finish(&hold);
}

static void idle_makes_room(void)
{
    const nw_http_client_options options = {.connections = 1};
    static struct peer peers[3]; /* too large for a stack */
    nw_http_client *client;
    struct job job;

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < 3; i++) {
        peer_begin(&peers[i], peer_says);
        peers[i].says = answer;
    }
    for (int i = 0; i < 6; i++) {
        job = (struct job){client, peer_url(&peers[i % 3], "/"), 0};
        CHECK_EQ(get(&job), 0);
    }
    for (int i = 0; i < 3; i++)
        CHECK_EQ(peers[i].connections, 2);
    nw_http_client_destroy(client);
    for (int i = 0; i < 3; i++)
        peer_end(&peers[i]);
}

/* All at once, for three hosts, over one connection: nobody waits for ever. */
static void all_get_their_turn(void)
{
    const nw_http_client_options options = {.connections = 1};
    static struct peer peers[3]; /* too large for a stack */
    nw_http_client *client;
    struct job jobs[60];

    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < 3; i++) {
        peer_begin(&peers[i], peer_says);
        peers[i].says = answer;
    }
    for (int i = 0; i < 60; i++)
        jobs[i] = (struct job){client, strdup(peer_url(&peers[i % 3], "/")), 0};
    CHECK_EQ(nw_each(jobs, 60, sizeof jobs[0], 0, get), 0);
    for (int i = 0; i < 60; i++)
        free((void *)(uintptr_t)jobs[i].url);
    nw_http_client_destroy(client);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(peers[i].requests, 20);
        CHECK_EQ(peers[i].most, 1);
        peer_end(&peers[i]);
    }
}

/* A waiter that is cancelled takes nothing with it. */
static void cancelled_waiters(void)
{
    const nw_http_client_options options = {.connections_per_host = 1};
    struct peer slow;
    nw_http_client *client;
    nw_task *tasks[10];
    struct job jobs[10];

    nw_event_init(&hold);
    peer_begin(&slow, talk_when_let);
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    for (int i = 0; i < 10; i++) {
        jobs[i] = (struct job){client, peer_url(&slow, "/"), 0};
        tasks[i] = nw_spawn(get, &jobs[i]);
    }
    while (slow.requests < 1)
        CHECK_EQ(nw_yield(), 0);
    for (int i = 0; i < 9; i++)
        nw_cancel(tasks[i]);
    nw_event_set(&hold);
    for (int i = 0; i < 9; i++)
        CHECK_EQ(nw_await(tasks[i]), -ECANCELED);
    CHECK_EQ(nw_await(tasks[9]), 0);
    nw_http_client_destroy(client);
    peer_end(&slow);
    nw_event_finish(&hold);
}

static void idle_ends(void)
{
    const nw_http_client_options options = {.idle_ns = NW_MS(20)}, at_once = {.idle_ns = -1};
    struct peer peer;
    nw_http_client *client;
    struct job job;

    peer_begin(&peer, peer_says);
    peer.says = answer;
    CHECK_EQ(nw_http_client_create(&options, &client), 0);
    job = (struct job){client, peer_url(&peer, "/"), 0};
    CHECK_EQ(get(&job), 0);
    while (peer.open > 0)
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK_EQ(get(&job), 0);
    CHECK_EQ(peer.connections, 2);
    nw_http_client_destroy(client);
    CHECK_EQ(nw_http_client_create(&at_once, &client), 0);
    job.client = client;
    CHECK_EQ(get(&job), 0);
    CHECK_EQ(get(&job), 0);
    CHECK_EQ(peer.connections, 4);
    nw_http_client_destroy(client);
    peer_end(&peer);
}

static int run(void *arg)
{
    int before = check_open_fds();

    (void)arg;
    many();
    one_host_does_not_block_another();
    idle_makes_room();
    all_get_their_turn();
    cancelled_waiters();
    idle_ends();
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
