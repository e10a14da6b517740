/* SPDX-License-Identifier: MIT */
/*
 * A line that ends at every byte of the handshake and of what follows, in each direction, and one that
 * changes a byte: never a hang, never an end that was not announced taken for the end, never a wrong byte.
 *
 * ctest: cost=8 timeout=180
 */
#include "../support/tls.h"

#define SIZE 40000

static char *content;
static nw_tls_context *client_context, *server_context;

struct outcome {
    int client_rc; /* of the handshake */
    int server_rc;
    ssize_t client_read; /* what came of reading to the end: 0, or an error */
    ssize_t server_read;
    int64_t passed[2];
};

/* Write all, close our direction, and read to the end: only right bytes, then 0 or an error. */
static int exchange(void *arg)
{
    struct tls_end *end = arg;
    char found[3000];
    size_t done = 0;
    ssize_t n;

    if (nw_write(end->stream, content, SIZE) == SIZE)
        (void)!nw_shutdown(end->stream);
    while ((n = nw_read(end->stream, found, sizeof found)) > 0) {
        CHECK(done + (size_t)n <= SIZE);
        CHECK_MEM(found, content + done, (size_t)n);
        done += (size_t)n;
    }
    if (n == 0)
        CHECK_EQ(done, SIZE);
    tls_check_queue();
    return (int)n;
}

/* A length that was changed to a larger one is waited for: by both ends, if need be for ever. */
static int64_t patience_ns = NW_FOREVER;

static int serve(void *arg)
{
    struct tls_end *end = arg;
    nw_deadline deadline;
    int rc;

    nw_deadline_begin(&deadline, patience_ns);
    rc = tls_shake_hands(end);
    if (rc == 0) {
        rc = exchange(end);
        (void)nw_close(end->stream);
    }
    (void)nw_deadline_end(&deadline);
    return rc;
}

static void run_line(const struct tls_relay *relays, struct outcome *outcome_out)
{
    struct tls_line line;
    struct tls_end client = {.context = client_context, .host = "localhost"},
                   server = {.context = server_context};

    tls_line_open(&line, relays);
    client.below = line.ends[0];
    server.below = line.ends[1];
    nw_task *at_server = nw_spawn(serve, &server);
    CHECK(at_server);
    outcome_out->client_read = serve(&client);
    outcome_out->server_read = nw_await(at_server);
    outcome_out->client_rc = client.rc;
    outcome_out->server_rc = server.rc;
    tls_line_close(&line);
    for (int i = 0; i < 2; i++)
        outcome_out->passed[i] = line.relays[i].passed;
}

static const struct tls_relay whole = {.cut_at = -1, .change_at = -1};

/* Which side's bytes are cut: the other one does not get them. */
static void check_cut(const struct outcome *outcome, int side, int64_t at, const struct outcome *all)
{
    int receiver_rc = side == 0 ? outcome->server_rc : outcome->client_rc;
    ssize_t receiver_read = side == 0 ? outcome->server_read : outcome->client_read;

    if (receiver_rc < 0)
        CHECK_EQ(receiver_rc, NW_ETRUNCATED);
    if (at < all->passed[side])
        CHECK_EQ(receiver_read, NW_ETRUNCATED);
    else
        CHECK_EQ(receiver_read, 0);
}

/* Every byte of the handshake and of the end, and some of what is in between. */
static void cut_everywhere(int side, const struct outcome *all)
{
    int64_t step;

    for (int64_t at = 0; at <= all->passed[side]; at += step) {
        struct tls_relay relays[2] = {whole, whole};
        struct outcome outcome;
        relays[side].cut_at = at;
        run_line(relays, &outcome);
        check_cut(&outcome, side, at, all);
        bool interesting = at < 1500 || at > all->passed[side] - 60;
        step = !interesting ? 1009 : scaled(100) < 100 ? 97 : 1;
        if (at + step > all->passed[side] && at < all->passed[side])
            step = all->passed[side] - at;
    }
}

/* Nobody takes the changed bytes for the right ones: the receiver fails, or both do. */
static void change_everywhere(int side, const struct outcome *all)
{
    int64_t step = scaled(100) < 100 ? 173 : 7;

    patience_ns = NW_MS(100);
    for (int64_t at = 0; at < all->passed[side]; at += at < 1500 ? step : 1009) {
        struct tls_relay relays[2] = {whole, whole};
        struct outcome outcome;
        relays[side].change_at = at;
        run_line(relays, &outcome);
        ssize_t receiver = side == 0 ? outcome.server_read : outcome.client_read;
        CHECK(receiver < 0 || outcome.client_read < 0);
    }
    patience_ns = NW_FOREVER;
}

static int attack(void *arg)
{
    const struct tls_relay relays[2] = {whole, whole};
    nw_tls_options off = {.no_resumption = true},
                   fixed = {.no_resumption = true, .certificate_file = "fixed.pem"};
    struct outcome all;

    (void)arg;
    client_context = tls_client(&off);
    server_context = tls_server(&fixed);
    run_line(relays, &all);
    CHECK_EQ(all.client_rc, 0);
    CHECK_EQ(all.server_rc, 0);
    CHECK_EQ(all.client_read, 0);
    CHECK_EQ(all.server_read, 0);
    for (int side = 0; side < 2; side++) {
        cut_everywhere(side, &all);
        change_everywhere(side, &all);
    }
    nw_tls_destroy(client_context);
    nw_tls_destroy(server_context);
    return 0;
}

static void run_attack(void)
{
    int fds = check_open_fds();

    CHECK_EQ(nw_run(attack, NULL), 0);
    CHECK_EQ(check_open_fds(), fds);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    content = tls_content(SIZE);
    tls_each_version(run_attack);
    free(content);
    return 0;
}
