/* SPDX-License-Identifier: MIT */
/*
 * Of the TLS connections that are read from, as many as are allowed keep OpenSSL's buffers. Who is in use is
 * not driven out by others; who is not makes room. None is left in the list when all are closed.
 *
 * ctest: cost=5
 */
#include "../support/tls.h"
#include "stream/tls.h"

#define MORE 2

static struct tls_pair pairs[NW__TLS_WARM_MAX + MORE];

static struct nw__tls *server_of(int i)
{
    return nw__tls_of(pairs[i].server.stream);
}

static bool keeps_buffers(int i)
{
    return !(SSL_get_mode(server_of(i)->ssl) & SSL_MODE_RELEASE_BUFFERS);
}

/* As in a turn of its own. */
static void pass_byte(int i)
{
    char byte = 0;

    server_of(i)->used_ns = 0;
    CHECK_EQ(nw_write(pairs[i].client.stream, "x", 1), 1);
    CHECK_EQ(nw_flush(pairs[i].client.stream), 0);
    CHECK_EQ(nw_read(pairs[i].server.stream, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
}

static void use_all(int count, int64_t now_ns)
{
    for (int i = 0; i < count; i++)
        server_of(i)->used_ns = now_ns;
}

static int test(void *arg)
{
    nw_tls_context *client = tls_client(NULL), *server = tls_server(NULL);
    struct nw__spares *spares;

    (void)arg;
    for (int i = 0; i < NW__TLS_WARM_MAX + MORE; i++)
        tls_open_pair(&pairs[i], client, server);
    spares = server_of(0)->below->spares;
    for (int i = 0; i < NW__TLS_WARM_MAX; i++)
        pass_byte(i);
    CHECK_EQ(spares->warm_count, NW__TLS_WARM_MAX);
    CHECK(keeps_buffers(0));

    use_all(NW__TLS_WARM_MAX, INT64_MAX); /* by the next turn, too */
    pass_byte(NW__TLS_WARM_MAX);
    CHECK_EQ(keeps_buffers(NW__TLS_WARM_MAX), false);

    use_all(NW__TLS_WARM_MAX, 0);
    pass_byte(NW__TLS_WARM_MAX + 1);
    CHECK(keeps_buffers(NW__TLS_WARM_MAX + 1));
    CHECK_EQ(keeps_buffers(0), false); /* was used before all others */
    CHECK_EQ(spares->warm_count, NW__TLS_WARM_MAX);
    pass_byte(0);

    for (int i = 0; i < NW__TLS_WARM_MAX + MORE; i++) {
        CHECK_EQ(nw_close(pairs[i].client.stream), 0);
        CHECK_EQ(nw_close(pairs[i].server.stream), 0);
    }
    CHECK_EQ(spares->warm_count, 0);
    CHECK(nw__list_empty(&spares->warm));
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
