/* SPDX-License-Identifier: MIT */
/*
 * What a server decides: the certificate for the name that a client asks for, the protocol that both have,
 * and whether a client must say who it is.
 */
#include "../support/tls.h"

static void end(struct tls_pair *pair)
{
    if (pair->client.rc == 0)
        (void)nw_close(pair->client.stream);
    if (pair->server.rc == 0)
        (void)nw_close(pair->server.stream);
}

static void meet(struct tls_pair *pair, const nw_tls_context *client, const nw_tls_context *server,
                 const char *host)
{
    nw_stream *ends[2];

    tls_wire(0, 0, ends);
    tls_meet(pair, client, server, host, ends);
    tls_check_queue();
}

/* -- names -- */

static void expect_certificate(const nw_tls_context *server, const char *host, const char *subject)
{
    nw_tls_context *client = tls_client(&(nw_tls_options){.insecure = true});
    struct tls_pair pair;
    nw_tls_info info;

    for (int i = 0; i < 2; i++) { /* the second time the session goes on */
        meet(&pair, client, server, host);
        CHECK_EQ(pair.client.rc, 0);
        CHECK_EQ(nw_tls_inspect(pair.client.stream, &info), 0);
        CHECK_STR(info.peer, subject);
        end(&pair);
    }
    nw_tls_destroy(client);
}

static char *read_text(const char *path)
{
    nw_bytes bytes;

    CHECK_EQ(nw_read_file(path, 0, &bytes), 0);
    return bytes.data;
}

static void certificates_by_name(void)
{
    nw_tls_options other = {.certificate_file = "other.crt", .key_file = "other.key"},
                   wildcard = {.certificate_file = "wildcard.pem"};
    char *common = read_text("common.pem");
    nw_tls_context *server = tls_server(NULL);

    CHECK_EQ(nw_tls_server_add(server, "other.example", &other), 0);
    CHECK_EQ(nw_tls_server_add(server, "*.example.org", &wildcard), 0);
    CHECK_EQ(nw_tls_server_add(server, "www.example.org",
                               &(nw_tls_options){.certificate_pem = {common, strlen(common)}}),
             0);
    expect_certificate(server, "localhost", "CN=good");
    expect_certificate(server, "127.0.0.1", "CN=good");
    expect_certificate(server, "other.example", "CN=other");
    expect_certificate(server, "OTHER.example", "CN=other");
    expect_certificate(server, "a.example.org", "CN=wildcard");
    expect_certificate(server, "a.b.example.org", "CN=good");
    expect_certificate(server, "example.org", "CN=good");
    expect_certificate(server, "www.example.org", "CN=localhost");
    CHECK_EQ(nw_tls_server_add(server, "Other.Example", &wildcard), 0);
    expect_certificate(server, "other.example", "CN=wildcard");
    nw_tls_destroy(server);
    free(common);
}

/* -- protocols -- */

static const char *const h2_h1[] = {"h2", "http/1.1"}, *const h1_h2[] = {"http/1.1", "h2"},
                         *const h1[] = {"http/1.1"}, *const ftp[] = {"ftp"};

static void expect_protocol(const char *const *at_client, size_t client_count, const char *const *at_server,
                            size_t server_count, const char *protocol)
{
    nw_tls_options client_options = {.alpn = at_client, .alpn_count = client_count},
                   server_options = {.alpn = at_server, .alpn_count = server_count};
    nw_tls_context *client = tls_client(&client_options), *server = tls_server(&server_options);
    struct tls_pair pair;
    nw_tls_info info;

    meet(&pair, client, server, "localhost");
    if (protocol) {
        CHECK_EQ(pair.client.rc, 0);
        CHECK_EQ(pair.server.rc, 0);
        CHECK_EQ(nw_tls_inspect(pair.client.stream, &info), 0);
        CHECK_STR(info.alpn, protocol);
        CHECK_EQ(nw_tls_inspect(pair.server.stream, &info), 0);
        CHECK_STR(info.alpn, protocol);
    } else {
        CHECK_EQ(pair.client.rc, NW_ETLS);
        CHECK_EQ(pair.server.rc, NW_ETLS);
    }
    end(&pair);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
}

static void protocols(void)
{
    expect_protocol(h2_h1, 2, h1, 1, "http/1.1");
    expect_protocol(h2_h1, 2, h2_h1, 2, "h2");
    expect_protocol(h2_h1, 2, h1_h2, 2, "http/1.1"); /* the server's choice */
    expect_protocol(NULL, 0, h1, 1, "");
    expect_protocol(h1, 1, NULL, 0, "");
    expect_protocol(NULL, 0, NULL, 0, "");
    expect_protocol(ftp, 1, h2_h1, 2, NULL);
}

/* -- clients -- */

/* What the server says to such a client; the subject when it lets it in. */
static void expect_client(enum nw_tls_clients clients, const char *certificate, int rc, const char *subject)
{
    nw_tls_options server_options = {.ca_file = "ca.pem", .clients = clients};
    nw_tls_options client_options = {.certificate_file = certificate};
    nw_tls_context *server = tls_server(&server_options), *client = tls_client(&client_options);
    struct tls_pair pair;
    nw_tls_info info;
    char byte;

    for (int i = 0; i < 2; i++) {
        meet(&pair, client, server, "localhost");
        CHECK_EQ(pair.server.rc, rc);
        if (rc == 0) {
            CHECK_EQ(pair.client.rc, 0);
            CHECK_EQ(nw_tls_inspect(pair.server.stream, &info), 0);
            CHECK_STR(info.peer, subject);
            CHECK_EQ(nw_write(pair.server.stream, "x", 1), 1);
            CHECK_EQ(nw_flush(pair.server.stream), 0);
            CHECK_EQ(nw_read(pair.client.stream, &byte, 1), 1);
            CHECK_EQ(nw_tls_inspect(pair.client.stream, &info), 0);
            CHECK_EQ(info.resumed, i == 1);
        } else if (tls_is_old) {
            CHECK_EQ(pair.client.rc, NW_ETLS);
        } else { /* in TLS 1.3 a client hears of it when it reads */
            CHECK_EQ(pair.client.rc, 0);
            CHECK_EQ(nw_read(pair.client.stream, &byte, 1), NW_ETLS);
        }
        end(&pair);
    }
    nw_tls_destroy(client);
    nw_tls_destroy(server);
}

static void certificates_of_clients(void)
{
    expect_client(NW_TLS_CLIENTS_ANYBODY, NULL, 0, "");
    expect_client(NW_TLS_CLIENTS_ANYBODY, "client.pem", 0, "");
    expect_client(NW_TLS_CLIENTS_ASKED, NULL, 0, "");
    expect_client(NW_TLS_CLIENTS_ASKED, "client.pem", 0, "CN=some client");
    expect_client(NW_TLS_CLIENTS_ASKED, "self.pem", NW_ECERTUNTRUSTED, NULL);
    expect_client(NW_TLS_CLIENTS_REQUIRED, NULL, NW_ECERT, NULL);
    expect_client(NW_TLS_CLIENTS_REQUIRED, "client.pem", 0, "CN=some client");
    expect_client(NW_TLS_CLIENTS_REQUIRED, "former.pem", NW_ECERTEXPIRED, NULL);
    expect_client(NW_TLS_CLIENTS_REQUIRED, "good.pem", NW_ECERT, NULL); /* it is for servers */
}

/* -- versions -- */

static void versions(void)
{
    nw_tls_context *client = tls_client(&(nw_tls_options){.least = NW_TLS_1_3}), *server = tls_server(NULL);
    struct tls_pair pair;

    meet(&pair, client, server, "localhost");
    CHECK_EQ(pair.client.rc, tls_is_old ? NW_ETLS : 0);
    end(&pair);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
}

static int decide(void *arg)
{
    (void)arg;
    certificates_by_name();
    protocols();
    certificates_of_clients();
    versions();
    return 0;
}

static void run_decide(void)
{
    CHECK_EQ(nw_run(decide, NULL), 0);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_decide);
    return 0;
}
