/* SPDX-License-Identifier: MIT */
/*
 * No descriptors are left: the call says so and nothing leaks; a connection that is idle gives its own up for
 * another host.
 *
 * ctest: no-valgrind (it accepts what is beyond the limit, and then closes it)
 */
#include <sys/resource.h>

#include "../support/http_peer.h"

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

static int get(nw_http_client *client, const struct peer *peer, nw_http_failure *failure)
{
    nw_http_request_options request = {.url = peer_url(peer, "/"), .failure_out = failure};
    nw_http_response *response;
    int rc = nw_http_request(client, &request, &response);

    if (rc == 0)
        peer_check_body(response, "ok");
    return rc;
}

static void limit_to(int descriptors)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = (rlim_t)descriptors;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

/* Take all descriptors but `left`. */
static int take_all(int *taken, int left)
{
    int count = 0, fd;

    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        taken[count++] = fd;
    for (; left > 0; left--)
        close(taken[--count]);
    return count;
}

/*
 * Those who accept in this process were told -EMFILE, and try on; for each try the kernel takes a descriptor
 * for a moment, though nobody is there, and the resolver's thread may miss it. With one to spare they find
 * that out, and wait.
 */
static void let_acceptors_rest(int *taken, int count)
{
    close(taken[count - 1]);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(nw_yield(), 0);
    taken[count - 1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(taken[count - 1] >= 0);
}

static int get_by_name(nw_http_client *client, const struct peer *peer, nw_http_failure *failure)
{
    nw_http_response *response;
    char url[64];

    snprintf(url, sizeof url, "http://localhost:%u/", peer->port);
    nw_http_request_options request = {.url = url, .failure_out = failure};
    int rc = nw_http_request(client, &request, &response);
    if (rc == 0)
        peer_check_body(response, "ok");
    return rc;
}

static int run(void *arg)
{
    int before = check_open_fds(), taken[256], count;
    nw_http_failure failure;
    nw_http_client *client;
    struct peer peers[2];

    (void)arg;
    for (int i = 0; i < 2; i++) {
        peer_begin(&peers[i], peer_says);
        peers[i].says = ok;
    }
    CHECK_EQ(nw_http_client_create(NULL, &client), 0);
    limit_to(128);
    count = take_all(taken, 0);
    CHECK_EQ(get(client, &peers[0], &failure), -EMFILE);
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_CONNECT);
    CHECK_EQ(get_by_name(client, &peers[0], &failure), -EMFILE); /* not: there is no such host */
    CHECK_EQ(failure.phase, NW_HTTP_PHASE_RESOLVE);
    close(taken[--count]);
    close(taken[--count]);
    CHECK_EQ(get(client, &peers[0], &failure), 0);
    CHECK_EQ(get(client, &peers[0], &failure), 0);
    CHECK_EQ(get(client, &peers[1], &failure), 0); /* in place of the first one's */
    CHECK_EQ(get(client, &peers[0], &failure), 0);
    CHECK_EQ(peers[0].connections, 2);
    CHECK_EQ(peers[1].connections, 1);
    let_acceptors_rest(taken, count);
    CHECK_EQ(get_by_name(client, &peers[1], &failure), 0); /* asking for a name needs one, too */
    CHECK_EQ(peers[1].connections, 2);
    while (count > 0)
        close(taken[--count]);
    nw_http_client_destroy(client);
    for (int i = 0; i < 2; i++)
        peer_end(&peers[i]);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
