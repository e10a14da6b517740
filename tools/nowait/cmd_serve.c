/* SPDX-License-Identifier: MIT */
/*
 * nowait serve: a directory over HTTP.
 * Owns the options, the certificate, the log and the signals; serve_handler.c answers.
 */
#include "serve.h"

#include "tool.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: nowait serve [OPTION]... [DIR]\n"
    "\n"
    "Serve the files in DIR (default: the current directory) over HTTP, with pages for directories.\n"
    "\n"
    "  -l, --listen=ADDR:PORT     where (default 127.0.0.1:8000); ':8000': on all addresses; port 0: a free\n"
    "                             one; or unix:/PATH, systemd:\n"
    "      --tls=CERT             HTTPS, with the certificates in this PEM file\n"
    "      --key=KEY              and this key (default: in CERT, too)\n"
    "      --tls-self-signed      HTTPS, with a certificate made for this run\n"
    "  -u, --upload               take files, from those who have the token that is printed\n"
    "      --upload-token=TOKEN   the same, with a token of your own: 8 to 128 of A-Z a-z 0-9 - . _ ~\n"
    "      --upload-limit=SIZE    the largest file that is taken (default 4G; 0: any)\n"
    "      --overwrite            uploads replace files that are there\n"
    "      --hidden               serve names that begin with a dot, too\n"
    "      --follow               follow symbolic links out of DIR\n"
    "      --no-index             pages of directories also where there is an index.html\n"
    "      --no-list              no pages of directories\n"
    "      --precompressed        send NAME.br, NAME.zst, NAME.gz to those who take them\n"
    "      --cache-control=TEXT   say this in Cache-Control\n"
    "      --cors[=ORIGIN]        let pages of ORIGIN (default: any) read the files\n"
    "      --log=FILE             log requests; '-': to standard output; SIGHUP opens it anew\n"
    "      --log-size=SIZE, --log-age=TIME, --log-keep=N\n"
    "                             begin a new log by size, by age; keep N old ones (default 5)\n"
    "      --loops=N              serve on N processors (default 1)\n"
    "      --max-connections=N    at most N a loop (default 10240)\n"
    "      --drain=TIME           after SIGTERM or SIGINT: time for what is under way (default 10s)\n"
    "  -q, --quiet                print no address\n"
    "      --help                 print this\n"
    "      --version              print the version\n"
    "\n"
    "Exit status: 0 ended by SIGTERM or SIGINT, 1 it could not serve, 2 wrong usage.\n";

/* -- where -- */

/* "ADDR:PORT" is TCP; anything with a scheme is taken as it is. */
static char *full_where(const char *where)
{
    bool complete = strstr(where, "://") || strncmp(where, "unix:", 5) == 0 ||
                    strncmp(where, "systemd:", 8) == 0 || strncmp(where, "fd:", 3) == 0;
    size_t size = strlen(where) + sizeof "tcp://";
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s", complete ? "" : "tcp://", where);
    return text;
}

static void print_url(const struct serve *serve, const char *authority)
{
    output_printf(&tool_out, "  %s://%s/", serve->tls ? "https" : "http", authority);
    if (serve->upload)
        output_printf(&tool_out, "?token=%s", token_of(serve));
    output_text(&tool_out, "\n");
}

/* It listens on all addresses: which are they? */
static void print_all(const struct serve *serve, unsigned port, bool with_v6)
{
    char text[INET6_ADDRSTRLEN];
    char authority[INET6_ADDRSTRLEN + 16];
    struct ifaddrs *list = NULL;
    snprintf(authority, sizeof authority, "localhost:%u", port);
    print_url(serve, authority);
    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *each = list; each; each = each->ifa_next) {
        const struct sockaddr *address = each->ifa_addr;
        if (!address || (each->ifa_flags & IFF_LOOPBACK))
            continue;
        if (address->sa_family == AF_INET) {
            inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                      sizeof text);
            snprintf(authority, sizeof authority, "%s:%u", text, port);
            print_url(serve, authority);
        } else if (address->sa_family == AF_INET6 && with_v6) {
            const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
            inet_ntop(AF_INET6, v6, text, sizeof text);
            snprintf(authority, sizeof authority, "[%s]:%u", text, port);
            if (!IN6_IS_ADDR_LINKLOCAL(v6)) /* browsers do not take their scopes */
                print_url(serve, authority);
        }
    }
    freeifaddrs(list);
}

/* Called once connections are taken. */
static void tell(const nw_listener *listener, void *arg)
{
    const struct serve *serve = arg;
    nw_address address;
    char text[NW_ADDRESS_TEXT_BYTES] = "";
    if (serve->quiet || nw_listener_address(listener, &address) < 0 ||
        nw_address_text(&address, text, sizeof text) < 0)
        return;
    output_text(&tool_out, "Serving ");
    tool_printable(&tool_out, serve->root);
    output_text(&tool_out, " on\n");
    if (strncmp(text, "unix:", 5) == 0)
        output_printf(&tool_out, "  %s\n", text);
    else if (strncmp(text, "0.0.0.0:", 8) == 0 || strncmp(text, "[::]:", 5) == 0)
        print_all(serve, nw_address_port(&address), text[0] == '[');
    else
        print_url(serve, text);
    if (serve->upload)
        output_printf(&tool_out, "Upload token: %s\n", token_of(serve));
    if (serve->fingerprint[0])
        output_printf(&tool_out, "Certificate (SHA-256): %s\n", serve->fingerprint);
    (void)output_flush(&tool_out);
}

/* -- at work -- */

struct server {
    struct serve *serve;
    nw_http_server_options options;
    nw_signals *signals;
    nw_task *task;
};

static int run_server(void *arg)
{
    struct server *server = arg;
    return nw_http_serve(&server->options, serve_handle, server->serve);
}

/* A task. The first signal ends the server gently; the next one has its default action. */
static int obey_signals(void *arg)
{
    struct server *server = arg;
    int number;
    while ((number = nw_signals_next(server->signals)) == SIGHUP) {
        if (server->serve->logger)
            (void)nw_log_reopen(server->serve->logger);
    }
    if (number > 0) {
        nw_signals_close(server->signals);
        server->signals = NULL;
        nw_cancel(server->task);
    }
    return 0;
}

static int run_until_signal(struct server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    int rc = nw_signals_open(numbers, sizeof numbers / sizeof *numbers, &server->signals);
    if (rc < 0)
        return rc;
    server->task = nw_spawn(run_server, server);
    nw_task *obeying = nw_spawn(obey_signals, server);
    rc = nw_await(server->task);
    nw_cancel(obeying);
    (void)nw_await(obeying);
    nw_signals_close(server->signals);
    return rc;
}

static int create_files(struct serve *serve)
{
    const nw_http_files_options options = {.index = serve->no_index || serve->upload ? "" : NULL,
                                           .precompressed = serve->precompressed,
                                           .hidden = serve->hidden,
                                           .follow_links = serve->follow,
                                           .cache_control = serve->cache_control,
                                           .directory = serve_directory,
                                           .arg = serve};
    return nw_http_files_create(&options, serve->root, &serve->files);
}

/* What serving needs. Returns: 0, or an error that was reported. */
static int prepare(struct serve *serve)
{
    nw_bytes root;
    int rc = nw_realpath(serve->directory, &root);
    if (rc == 0) {
        serve->root = root.data;
        rc = nw_is_dir(serve->root);
        rc = rc == 0 ? -ENOTDIR : rc < 0 ? rc : create_files(serve);
    }
    if (rc < 0) {
        tool_path_error(serve->directory, rc);
        return rc;
    }
    if (serve->log_path)
        rc = nw_log_open(&serve->log_options, serve->log_path, &serve->logger);
    if (rc < 0) {
        tool_path_error(serve->log_path, rc);
        return rc;
    }
    if (serve->certificate || serve->self_signed)
        rc = serve->self_signed ? tls_self_signed(serve) : tls_from_files(serve);
    if (rc < 0)
        tool_path_error(serve->certificate ? serve->certificate : "certificate", rc);
    if (rc == 0)
        rc = token_create(serve);
    return rc < 0 ? rc : style_policy(serve->policy);
}

static int serve_task(void *arg)
{
    struct serve *serve = arg;
    char *where = full_where(serve->where);
    int rc = where ? prepare(serve) : -ENOMEM;
    if (rc == 0) {
        struct server server = {.serve = serve,
                                .options = {.where = where,
                                            .tls = serve->tls,
                                            .all_loops = serve->loops > 1,
                                            .connections = serve->connections,
                                            .drain_ns = serve->drain_ns,
                                            .access_log = serve->logger,
                                            .on_listen = tell,
                                            .arg = serve}};
        rc = run_until_signal(&server);
        if (rc < 0)
            tool_path_error(where, rc);
    }
    nw_shield shield;
    nw_shield_begin(&shield);
    int logged = nw_log_close(serve->logger);
    if (logged < 0)
        tool_path_error(serve->log_path, logged);
    nw_http_files_destroy(serve->files);
    nw_tls_destroy(serve->tls);
    nw_shield_end(&shield);
    free(where);
    return rc < 0 || logged < 0 ? STATUS_FAILED : STATUS_OK;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct serve serve = {.where = "127.0.0.1:8000",
                          .loops = 1,
                          .upload_limit_bytes = INT64_C(4) << 30,
                          .log_options.time_format = ""};
    int status = serve_parse_options(verb, argc, argv, &serve);
    if (status < 0) {
        const nw_run_options options = {.loops = serve.loops};
        status = tool_run(&options, serve_task, &serve);
    }
    free(serve.root);
    return status;
}

const struct verb verb_serve = {
    .name = "serve",
    .summary = "a directory over HTTP, with pages that people like",
    .help = help,
    .run = run,
};
