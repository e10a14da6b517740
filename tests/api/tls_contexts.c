/* SPDX-License-Identifier: MIT */
/*
 * What contexts are made of: options that make no sense, files that are not there or hold something else,
 * keys that do not fit. And streams that cannot carry TLS. Nothing is left open or half made.
 */
#include "../support/tls.h"

static char elsewhere;
static nw_tls_context *const untouched = (nw_tls_context *)(void *)&elsewhere;

static int client_of(nw_tls_options options)
{
    nw_tls_context *context = untouched;
    int rc = nw_tls_client_create(&options, &context);

    tls_check_queue();
    if (rc == 0)
        nw_tls_destroy(context);
    else
        CHECK(context == untouched);
    return rc;
}

static int server_of(nw_tls_options options)
{
    nw_tls_context *context = untouched;
    int rc = nw_tls_server_create(&options, &context);

    tls_check_queue();
    if (rc == 0)
        nw_tls_destroy(context);
    else
        CHECK(context == untouched);
    return rc;
}

static void senseless_options(void)
{
    static const char *const empty[] = {""}, *const http[] = {"http/1.1"};
    static char long_name[300];
    const char *const too_long[] = {memset(long_name, 'a', 256)};

    CHECK_EQ(nw_tls_client_create(NULL, NULL), -EINVAL);
    CHECK_EQ(nw_tls_server_create(NULL, (nw_tls_context *[]){NULL}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.reserved = {1}}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.least = (enum nw_tls_version)0x0302}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.handshake_timeout_ns = -1}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.alpn = empty, .alpn_count = 1}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.alpn = too_long, .alpn_count = 1}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.alpn = http, .alpn_count = 1}), 0);
    CHECK_EQ(client_of((nw_tls_options){.alpn_count = 1}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.key_file = "good.key"}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.ciphers = "NONSENSE"}), -EINVAL);
    CHECK_EQ(client_of((nw_tls_options){.ca_pem = {NULL, 3}}), -EINVAL);
    CHECK_EQ(server_of((nw_tls_options){.least = NW_TLS_1_3}), -EINVAL); /* no certificate */
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.pem", .certificate_pem = {"a", 1}}),
             -EINVAL);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.pem", .clients = (enum nw_tls_clients)3}),
             -EINVAL);
}

static void files(void)
{
    check_write_file("empty", "", 0);
    check_write_file("text", "no certificate", 14);
    check_write_file("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 59);
    check_write_file("hollow", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 54);
    check_write_file("hollow.key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", 54);
    CHECK_EQ(system("openssl pkcs8 -topk8 -passout pass:x -in good.key -out locked.key"), 0);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "nowhere"}), -ENOENT);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "."}), -EISDIR);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "empty"}), NW_ECERT);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "text"}), NW_ECERT);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "broken"}), NW_ECERT);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "hollow"}), NW_ECERT);
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "/dev/zero"}), -EFBIG);
    CHECK_EQ(client_of((nw_tls_options){.ca_directory = "nowhere"}), -ENOENT);
    CHECK_EQ(client_of((nw_tls_options){.ca_directory = "empty"}), -ENOTDIR);
    CHECK_EQ(client_of((nw_tls_options){.ca_pem = {"text", 4}}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.pem"}), 0);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt", .key_file = "good.key"}), 0);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.key"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt", .key_file = "other.key"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt", .key_file = "nowhere"}), -ENOENT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "nowhere"}), -ENOENT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt", .key_file = "locked.key"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "good.crt", .key_file = "hollow.key"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){.certificate_file = "hollow", .key_file = "good.key"}), NW_ECERT);
    CHECK_EQ(server_of((nw_tls_options){
                 .certificate_file = "good.pem", .clients = NW_TLS_CLIENTS_REQUIRED, .ca_file = "nowhere"}),
             -ENOENT);
}

static void adding(void)
{
    nw_tls_options other = {.certificate_file = "other.pem"}, none = {.certificate_file = "nowhere"};
    nw_tls_context *server = tls_server(NULL), *client = tls_client(NULL);

    CHECK_EQ(nw_tls_server_add(server, "other.example", &other), 0);
    CHECK_EQ(nw_tls_server_add(server, "other.example", &none), -ENOENT);
    CHECK_EQ(nw_tls_server_add(server, "", &other), -EINVAL);
    CHECK_EQ(nw_tls_server_add(server, NULL, &other), -EINVAL);
    CHECK_EQ(nw_tls_server_add(server, "other.example", NULL), -EINVAL);
    CHECK_EQ(nw_tls_server_add(client, "other.example", &other), -EINVAL);
    CHECK_EQ(nw_tls_server_add(NULL, "other.example", &other), -EINVAL);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
    nw_tls_destroy(NULL);
}

static void streams(void)
{
    nw_tls_context *server = tls_server(NULL), *client = tls_client(NULL);
    nw_stream *ends[2], *memory, *out = NULL;
    nw_tls_info info;

    tls_wire(0, 0, ends);
    CHECK_EQ(nw_open_memory(0, &memory), 0);
    CHECK_EQ(nw_tls_connect(client, NULL, "localhost", &out), -EINVAL);
    CHECK_EQ(nw_tls_connect(client, ends[0], NULL, &out), -EINVAL);
    CHECK_EQ(nw_tls_connect(client, ends[0], "", &out), -EINVAL);
    CHECK_EQ(nw_tls_connect(client, ends[0], ".example.org", &out), -EINVAL);
    CHECK_EQ(nw_tls_connect(client, ends[0], "localhost", NULL), -EINVAL);
    CHECK_EQ(nw_tls_connect(server, ends[0], "localhost", &out), -EINVAL);
    CHECK_EQ(nw_tls_connect(client, memory, "localhost", &out), -EINVAL);
    CHECK_EQ(nw_tls_accept(client, ends[0], &out), -EINVAL);
    CHECK_EQ(nw_tls_accept(NULL, ends[0], &out), -EINVAL);
    CHECK_EQ(nw_tls_inspect(ends[0], &info), -EINVAL);
    CHECK_EQ(nw_tls_inspect(NULL, &info), -EINVAL);
    CHECK(!out);
    CHECK_EQ(nw_close(memory), 0);
    CHECK_EQ(nw_close(ends[0]), 0);
    CHECK_EQ(nw_close(ends[1]), 0);
    nw_tls_destroy(client);
    nw_tls_destroy(server);
}

/* Without a task, too: whoever makes a context before the run begins. */
static void both_ways(void)
{
    int fds = check_open_fds();

    errno = 4711;
    senseless_options();
    files();
    adding();
    CHECK_EQ(check_open_fds(), fds);
}

static int in_a_task(void *arg)
{
    (void)arg;
    both_ways();
    streams();
    return 0;
}

static int cancelled(void *arg)
{
    (void)arg;
    nw_cancel(nw_task_self());
    CHECK_EQ(client_of((nw_tls_options){.ca_file = "ca.pem"}), -ECANCELED);
    return 0;
}

int main(void)
{
    check_enter_folder();
    tls_make_certificates();
    both_ways();
    CHECK_EQ(nw_run(in_a_task, NULL), 0);
    (void)nw_run(cancelled, NULL);
    return 0;
}
