/* SPDX-License-Identifier: MIT */
/*
 * Of the TLS connections that are read from, as many as are allowed keep OpenSSL's buffers. Who is in use is
 * not driven out by others; who is not makes room. None is left in the list when all are closed. Who has to
 * go in the middle of a record keeps what it has of that: OpenSSL before 3.0.14 would free it
 * (CVE-2024-4741).
 *
 * ctest: cost=5
 */
#include "../support/tls.h"
#include "stream/tls.h"

#define MORE 2

static struct tls_pair pairs[NW__TLS_WARM_MAX + MORE];
static int freed;

/* In place of OpenSSL's. */
int SSL_free_buffers(SSL *ssl)
{
    (void)ssl;
    freed++;
    return 1;
}

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

/* By `other`, which is not in the list yet. Nothing is freed now. */
static void drive_out(int i, int other)
{
    struct nw__tls *tls = server_of(i);
    int before = freed;

    nw__list_remove(&tls->in_warm);
    nw__list_push_back(&tls->warm_in->warm, &tls->in_warm);
    tls->used_ns = 0;
    pass_byte(other);
    CHECK_EQ(keeps_buffers(i), false);
    CHECK_EQ(freed, before);
}

static ssize_t take(int i, char *data, size_t size_bytes)
{
    struct nw__tls *tls = server_of(i);

    CHECK_EQ(nw__tls_receive(tls), 0);
    return tls->base.kind->try_read(&tls->base, data, size_bytes, 0);
}

/* Some bytes of a record are read, the others are not. */
static void read_in_part(int i, int other)
{
    char data[] = "....";

    CHECK_EQ(nw_write(pairs[i].client.stream, "rest", 4), 4);
    CHECK_EQ(nw_flush(pairs[i].client.stream), 0);
    CHECK_EQ(take(i, data, 1), 1);
    drive_out(i, other);
    CHECK_EQ(server_of(i)->base.kind->try_read(&server_of(i)->base, data + 1, 3, 0), 3);
    CHECK_STR(data, "rest");
}

/* Of a record, nothing but its header has come. */
static void only_the_header(int i, int other)
{
    struct nw__tls *from = nw__tls_of(pairs[i].client.stream);
    const size_t header = 5;
    char data[] = "....";
    size_t done;

    CHECK_EQ(nw__tls_reserve(from, 1000), 0);
    CHECK_EQ(SSL_write_ex(from->ssl, "rest", 4, &done), 1);
    CHECK_EQ(nw_write(from->below, from->out.data, header), (ssize_t)header);
    CHECK_EQ(nw_flush(from->below), 0);
    CHECK_EQ(take(i, data, 4), -EAGAIN);
    drive_out(i, other);
    CHECK_EQ(nw_write(from->below, from->out.data + header, from->out.size_bytes - header),
             (ssize_t)(from->out.size_bytes - header));
    CHECK_EQ(nw_flush(from->below), 0);
    nw__bytes_clear(&from->out);
    CHECK_EQ(take(i, data, 4), 4);
    CHECK_STR(data, "rest");
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
    CHECK_EQ(freed, 1);
    pass_byte(0); /* in place of 1 */
    CHECK_EQ(freed, 2);

    read_in_part(2, 1);
    only_the_header(3, NW__TLS_WARM_MAX);

    for (int i = 0; i < NW__TLS_WARM_MAX + MORE; i++)
        tls_close_pair(&pairs[i]);
    CHECK_EQ(spares->warm_count, 0);
    CHECK(nw__list_empty(&spares->warm));
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    return 0;
}

int main(void)
{
    return tls_main(test);
}
