/* SPDX-License-Identifier: MIT */
/*
 * Hosts that never answer, in a network of its own: packets to them go to an interface behind which is
 * nobody. IPv4 is tried when IPv6 is silent (RFC 8305), and each deadline ends its wait: while names are
 * looked up, while TCP connects, while TLS shakes hands, while an answer or the rest of one is waited for.
 *
 * Skipped where no namespace can be made, and without ip(8).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "../support/http_peer.h"

#define SHORT NW_MS(30)

/* -- the network -- */

/* 2001:db8::2, 10.9.0.2 and the name server 10.9.0.53 have an address on the wire, which nobody listens to.
 */
static const char network[] =
    "exec >ip.log 2>&1; set -e; ip link set lo up; ip link add hole type veth peer name nobody;"
    "sysctl -qw net.ipv6.conf.nobody.disable_ipv6=1 || true; ip link set nobody up; ip link set hole up;"
    "ip addr add 10.9.0.1/24 dev hole; ip -6 addr add 2001:db8::1/64 dev hole nodad;"
    "for host in 10.9.0.2 10.9.0.53 2001:db8::2; do"
    "  ip neigh add $host lladdr 02:00:00:00:00:02 nud permanent dev hole; done";

static const char hosts[] = "127.0.0.1 localhost here.test both.test\n"
                            "2001:db8::2 both.test hole.test\n"
                            "10.9.0.2 hole.test\n";
static const char resolv[] = "nameserver 10.9.0.53\noptions timeout:30 attempts:1\n";
static const char nsswitch[] = "hosts: files dns\nservices: files\n";

static bool write_map(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool written = file && fputs(text, file) >= 0;

    return file && fclose(file) == 0 && written;
}

/* Who is not allowed to have a network may be root in a name space of his own. */
static void enter_namespaces(void)
{
    char uid[32], gid[32];

    snprintf(uid, sizeof uid, "0 %u 1", (unsigned)getuid());
    snprintf(gid, sizeof gid, "0 %u 1", (unsigned)getgid());
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
        return;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0 ||
        !write_map("/proc/self/setgroups", "deny") || !write_map("/proc/self/uid_map", uid) ||
        !write_map("/proc/self/gid_map", gid))
        check_skip("this process may have no network of its own");
}

static void put_over(const char *path, const char *name, const char *text)
{
    check_write_file(name, text, strlen(text));
    if (mount(name, path, "none", MS_BIND, NULL) < 0)
        check_skip("a file of /etc cannot be covered");
}

static void make_network(void)
{
    check_enter_folder();
    if (system("ip -V >ip.log 2>&1") != 0)
        check_skip("there is no ip program (iproute2)");
    enter_namespaces();
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
        check_skip("the mounts of this process are not its own");
    put_over("/etc/hosts", "hosts", hosts);
    put_over("/etc/resolv.conf", "resolv.conf", resolv);
    put_over("/etc/nsswitch.conf", "nsswitch.conf", nsswitch);
    if (system(network) != 0)
        check_skip("ip(8) cannot make the interfaces");
}

/* -- TCP -- */

static int64_t connect_for(const nw_connect_options *options, const char *where, int expected)
{
    int64_t begin_ns = nw_now();
    nw_stream *stream;

    CHECK_EQ(nw_connect_with(options, where, &stream), expected);
    int64_t took_ns = nw_now() - begin_ns;
    if (expected == 0)
        CHECK_EQ(nw_close(stream), 0);
    return took_ns;
}

/* IPv6 is preferred, and silent. */
static void falls_back(void)
{
    char where[64], text[NW_ADDRESS_TEXT_BYTES];
    nw_address peer;
    nw_connect_options options = {.peer_out = &peer};
    nw_addresses addresses;
    struct peer server;

    CHECK_EQ(nw_resolve("both.test", "1", &addresses), 0);
    CHECK_EQ(addresses.count, 2);
    CHECK(nw_address_text(&addresses.list[0], text, sizeof text) > 0);
    CHECK_STR(text, "[2001:db8::2]:1");
    nw_addresses_finish(&addresses);

    peer_begin(&server, peer_says);
    snprintf(where, sizeof where, "tcp://both.test:%u", server.port);
    CHECK(connect_for(&options, where, 0) >= NW_MS(250));
    CHECK_EQ(nw_address_port(&peer), server.port);
    CHECK(nw_address_text(&peer, text, sizeof text) > 0);
    CHECK_EQ(strncmp(text, "127.0.0.1:", 10), 0);
    options.attempt_delay_ns = NW_MS(20);
    CHECK(connect_for(&options, where, 0) >= NW_MS(20));
    options.family = AF_INET; /* nobody is waited for */
    CHECK(connect_for(&options, where, 0) >= 0);
    peer_end(&server);
}

static void never_connects(void)
{
    static const char *const places[] = {"tcp://[2001:db8::2]:80", "tcp://10.9.0.2:80", "tcp://hole.test:80",
                                         "tls://hole.test:443"};
    nw_connect_options options = {.timeout_ns = SHORT, .attempt_delay_ns = NW_MS(10)};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        CHECK(connect_for(&options, places[i], -ETIMEDOUT) >= SHORT);
}

/* The name server does not answer, either; a look-up that goes on holds up nobody else's. */
static void never_resolves(void)
{
    nw_connect_options options = {.timeout_ns = SHORT};
    nw_addresses addresses;
    nw_deadline deadline;

    CHECK(connect_for(&options, "tcp://nobody.test:80", -ETIMEDOUT) >= SHORT);
    nw_deadline_begin(&deadline, SHORT);
    CHECK_EQ(nw_resolve("nobody.test", NULL, &addresses), -ETIMEDOUT);
    CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
    CHECK_EQ(nw_resolve("here.test", NULL, &addresses), 0);
    nw_addresses_finish(&addresses);
}

static int say_nothing(struct peer *peer, nw_stream *stream)
{
    (void)peer, (void)stream;
    return nw_sleep(NW_FOREVER);
}

static void never_shakes_hands(void)
{
    nw_connect_options options = {.timeout_ns = SHORT};
    const nw_tls_options tls = {.handshake_timeout_ns = SHORT};
    nw_tls_context *context;
    struct peer server;
    char where[64];

    peer_begin(&server, say_nothing);
    snprintf(where, sizeof where, "tls://127.0.0.1:%u", server.port);
    CHECK(connect_for(&options, where, -ETIMEDOUT) >= SHORT);
    CHECK_EQ(nw_tls_client_create(&tls, &context), 0);
    options = (nw_connect_options){.tls = context};
    CHECK(connect_for(&options, where, -ETIMEDOUT) >= SHORT);
    nw_tls_destroy(context);
    peer_end(&server);
}

/* -- HTTP: both the phase's own time and the time in all -- */

static void fails_in(const char *proxy, const char *url, enum nw_http_phase phase)
{
    for (int whole = 0; whole < 2; whole++) {
        const nw_http_client_options options = {.proxy = proxy,
                                                .connect_timeout_ns = whole ? NW_FOREVER : SHORT,
                                                .first_byte_timeout_ns = whole ? NW_FOREVER : SHORT,
                                                .whole_timeout_ns = whole ? SHORT : 0};
        nw_http_failure failure;
        nw_http_response *response;
        nw_http_client *client;

        CHECK_EQ(nw_http_client_create(&options, &client), 0);
        int64_t begin_ns = nw_now();
        CHECK_EQ(nw_http_get(client, url, &response), -ETIMEDOUT);
        CHECK(nw_now() - begin_ns >= SHORT);
        CHECK_EQ(nw_http_last_failure(&failure), 0);
        CHECK_STR(failure.url, url);
        if (failure.phase != phase)
            check_fail(__FILE__, __LINE__, "%s", failure.text);
        nw_http_client_destroy(client);
    }
}

static int part_of_an_answer(struct peer *peer, nw_stream *stream)
{
    if (peer_read_head(peer, stream) <= 0)
        return 0;
    CHECK_EQ(peer_say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"), 0);
    return nw_sleep(NW_FOREVER);
}

static void body_stops(bool whole)
{
    nw_http_request_options request = {.read_timeout_ns = whole ? 0 : SHORT,
                                       .whole_timeout_ns = whole ? SHORT : 0};
    nw_http_response *response;
    struct peer server;
    nw_bytes body;
    int rc;

    peer_begin(&server, part_of_an_answer);
    request.url = peer_url(&server, "/");
    while ((rc = nw_http_request(NULL, &request, &response)) == -ETIMEDOUT && whole)
        request.whole_timeout_ns *= 2; /* a slow machine has used it up before the body began */
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_http_response_read(response, 0, &body), -ETIMEDOUT);
    nw_http_response_close(response);
    peer_end(&server);
}

static void http(void)
{
    struct peer silent;
    char url[64], proxy[64];

    fails_in("", "http://hole.test/", NW_HTTP_PHASE_CONNECT);
    fails_in("", "https://hole.test/", NW_HTTP_PHASE_CONNECT);
    fails_in("http://10.9.0.2:3128", "http://here.test/", NW_HTTP_PHASE_CONNECT);
    fails_in("http://nobody.test:3128", "http://here.test/", NW_HTTP_PHASE_RESOLVE);
    fails_in("", "http://nobody.test/", NW_HTTP_PHASE_RESOLVE);
    peer_begin(&silent, say_nothing);
    snprintf(url, sizeof url, "https://here.test:%u/", silent.port);
    fails_in("", url, NW_HTTP_PHASE_TLS);
    snprintf(url, sizeof url, "http://here.test:%u/", silent.port);
    fails_in("", url, NW_HTTP_PHASE_HEADERS);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", silent.port);
    fails_in(proxy, "https://here.test/", NW_HTTP_PHASE_CONNECT);
    peer_end(&silent);
    body_stops(false);
    body_stops(true);
}

static int run(void *arg)
{
    int before = check_open_fds();

    (void)arg;
    falls_back();
    never_connects();
    never_resolves();
    never_shakes_hands();
    http();
    CHECK_EQ(check_open_fds() <= before + 2, true); /* the look-up that goes on has a socket or two */
    return 0;
}

int main(void)
{
    make_network();
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
