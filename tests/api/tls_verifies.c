/* SPDX-License-Identifier: MIT */
/*
 * A client believes a server that an authority has vouched for, that is the one that was asked for, and now;
 * what is wrong is told apart. Where authorities come from: files, text, folders, the environment.
 */
#include "../support/tls.h"

struct trial {
    const char *certificate;
    const char *host;
    int rc;
};

static const struct trial trials[] = {
    {"good.pem", "localhost", 0},
    {"good.pem", "LOCALHOST", 0},
    {"good.pem", "localhost.", 0},
    {"good.pem", "127.0.0.1", 0},
    {"good.pem", "::1", 0},
    {"good.pem", "0:0::1", 0},
    {"good.pem", "127.0.0.2", NW_ECERTHOST},
    {"good.pem", "::2", NW_ECERTHOST},
    {"good.pem", "example.org", NW_ECERTHOST},
    {"good.pem", "localhost.example.org", NW_ECERTHOST},
    {"good.pem", "good", NW_ECERTHOST},
    {"wildcard.pem", "www.example.org", 0},
    {"wildcard.pem", "example.org", NW_ECERTHOST},
    {"wildcard.pem", "a.b.example.org", NW_ECERTHOST},
    {"wildcard.pem", "wwwexample.org", NW_ECERTHOST},
    {"wildcard.pem", "127.0.0.1", NW_ECERTHOST},
    {"other.pem", "localhost", NW_ECERTHOST},
    {"common.pem", "localhost", NW_ECERTHOST},
    {"expired.pem", "localhost", NW_ECERTEXPIRED},
    {"early.pem", "localhost", NW_ECERTEXPIRED},
    {"self.pem", "localhost", NW_ECERTUNTRUSTED},
    {"chained.pem", "localhost", 0},
    {"client.pem", "localhost", NW_ECERT},
};

static int shake_hands(const nw_tls_context *client, const char *certificate, const char *host)
{
    nw_tls_context *server = tls_server(&(nw_tls_options){.certificate_file = certificate});
    struct tls_pair pair;
    nw_stream *ends[2];
    char byte;

    errno = 4711;
    tls_wire(0, 0, ends);
    tls_meet(&pair, client, server, host, ends);
    CHECK_EQ(errno, 4711);
    tls_check_queue();
    if (pair.client.rc == 0) {
        CHECK_EQ(nw_close(pair.client.stream), 0);
        CHECK_EQ(pair.server.rc, 0);
        CHECK_EQ(nw_read(pair.server.stream, &byte, 1), 0);
    } else if (pair.server.rc == 0) { /* TLS 1.3: the server is done before the client says no */
        CHECK_EQ(nw_read(pair.server.stream, &byte, 1), NW_ETLS);
        CHECK_EQ(nw_read(pair.server.stream, &byte, 1), NW_ETLS);
        CHECK_EQ(nw_write(pair.server.stream, "", 1), 1);
        CHECK_EQ(nw_flush(pair.server.stream), NW_ETLS);
    } else {
        CHECK_EQ(pair.server.rc, NW_ETLS);
    }
    if (pair.server.rc == 0)
        (void)nw_close(pair.server.stream);
    nw_tls_destroy(server);
    tls_check_queue();
    return pair.client.rc;
}

static void try_all(void)
{
    nw_tls_context *verified = tls_client(NULL), *insecure = tls_client(&(nw_tls_options){.insecure = true});

    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        int rc = shake_hands(verified, trials[i].certificate, trials[i].host);
        if (rc != trials[i].rc)
            check_fail(__FILE__, __LINE__, "%s as %s: %s, not %s", trials[i].certificate, trials[i].host,
                       nw_strerror(rc), nw_strerror(trials[i].rc));
        CHECK_EQ(shake_hands(insecure, trials[i].certificate, trials[i].host), 0);
    }
    nw_tls_destroy(verified);
    nw_tls_destroy(insecure);
}

static int meet_as(const nw_tls_options *options)
{
    nw_tls_context *client;

    CHECK_EQ(nw_tls_client_create(options, &client), 0);
    int rc = shake_hands(client, "good.pem", "localhost");
    nw_tls_destroy(client);
    return rc;
}

static char *read_text(const char *path)
{
    nw_bytes bytes;

    CHECK_EQ(nw_read_file(path, 0, &bytes), 0);
    return bytes.data;
}

/* What is given replaces the system's store; the environment says where that is. */
static void trust_from_everywhere(void)
{
    char *ca = read_text("ca.pem"), *self = read_text("self.crt");

    CHECK_EQ(meet_as(NULL), NW_ECERTUNTRUSTED);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_file = "ca.pem"}), 0);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_file = "self.crt"}), NW_ECERTUNTRUSTED);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_pem = {ca, strlen(ca)}}), 0);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_pem = {self, strlen(self)}}), NW_ECERTUNTRUSTED);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_file = "self.crt", .ca_pem = {ca, strlen(ca)}}), 0);
    CHECK_SYS(mkdir("hashed", 0700));
    CHECK_EQ(system("cp ca.crt hashed/$(openssl x509 -noout -hash -in ca.crt).0"), 0);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_directory = "hashed"}), 0);
    CHECK_SYS(setenv("SSL_CERT_FILE", "ca.pem", 1));
    CHECK_EQ(meet_as(NULL), 0);
    CHECK_EQ(meet_as(&(nw_tls_options){.ca_file = "self.crt"}), NW_ECERTUNTRUSTED);
    CHECK_SYS(setenv("SSL_CERT_FILE", "/nonexistent", 1));
    CHECK_EQ(meet_as(NULL), NW_ECERTUNTRUSTED);
    CHECK_SYS(setenv("SSL_CERT_DIR", "hashed", 1));
    CHECK_EQ(meet_as(NULL), 0);
    CHECK_EQ(shake_hands(NULL, "good.pem", "localhost"), 0); /* that of the process, made now, */
    CHECK_SYS(setenv("SSL_CERT_DIR", "/nonexistent", 1));
    CHECK_EQ(shake_hands(NULL, "good.pem", "localhost"), 0); /* and kept */
    free(ca);
    free(self);
}

static int verify(void *arg)
{
    (void)arg;
    try_all();
    trust_from_everywhere();
    return 0;
}

static void run_verify(void)
{
    CHECK_SYS(setenv("SSL_CERT_FILE", "/nonexistent", 1));
    CHECK_SYS(setenv("SSL_CERT_DIR", "/nonexistent", 1));
    (void)system("rm -rf hashed");
    CHECK_EQ(nw_run(verify, NULL), 0);
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    tls_each_version(run_verify);
    return 0;
}
