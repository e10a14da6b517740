/* SPDX-License-Identifier: MIT */
/*
 * Files over HTTP and HTTPS, 64 connections that are kept: nw_http_files_serve() against nginx, each on one
 * processor, with wrk on the others. Besides the rate, what a request takes of the server's processor, which
 * counts where wrk is the limit, and the latency that 99 % of the requests keep.
 */
#include <errno.h>
#include <nowait.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "web.h"

#define CONNECTIONS 64
#define ROUND_NS    1000000000 /* wrk takes whole seconds */
#define SERVERS     3

/* -- our server, in a process of its own -- */

struct serving {
    enum nw_backend backend;
    const struct web *web;
    bool tls;
    int ready_fd;
};

static void tell_port(const nw_listener *listener, void *arg)
{
    const struct serving *serving = arg;
    nw_address address;

    if (nw_listener_address(listener, &address) == 0)
        dprintf(serving->ready_fd, "%u\n", nw_address_port(&address));
    close(serving->ready_fd);
}

static int serve_in_task(void *arg)
{
    struct serving *serving = arg;
    const nw_tls_options certified = {.certificate_file = serving->web->certificate};
    nw_http_server_options options = {.where = "tcp://127.0.0.1:0", .on_listen = tell_port, .arg = arg};
    nw_tls_context *tls = NULL;
    nw_http_files *files;
    int rc = serving->tls ? nw_tls_server_create(&certified, &tls) : 0;

    if (rc == 0)
        rc = nw_http_files_create(NULL, serving->web->root, &files);
    if (rc < 0)
        return rc;
    options.tls = tls;
    rc = nw_http_serve(&options, nw_http_files_serve, files);
    nw_http_files_destroy(files);
    nw_tls_destroy(tls);
    return rc;
}

static void serve(void *arg, int fd)
{
    struct serving *serving = arg;
    const nw_run_options options = {.backend = serving->backend};

    serving->ready_fd = fd;
    int rc = nw_run_with(&options, serve_in_task, serving);
    if (rc < 0)
        fprintf(stderr, "bench_http_server: %s\n", nw_strerror(rc));
}

/* -- a round of wrk -- */

/* What a round has told beside the rate; the first is the one that does not count. */
struct seen {
    double cpu_ns[BENCH_ROUNDS_MAX + 1]; /* of the server, for a request */
    double p99_ns[BENCH_ROUNDS_MAX + 1];
    double busy[BENCH_ROUNDS_MAX + 1]; /* share of the time that the server's processor was at work for it */
    unsigned count;
};

static struct bench_places places;
static struct web web;
static pid_t servers[SERVERS]; /* processes that are measured; nginx' is its worker */
static unsigned ports[SERVERS];
static struct seen seen[SERVERS];
static const char *file_name;
static uint64_t file_bytes;
static bool over_tls;

/* "1.23ms" in nanoseconds. */
static double duration_of(const char *text)
{
    char *unit;
    double value = strtod(text, &unit);

    switch (*unit) {
    case 'u':
        return value * 1e3;
    case 'm':
        return value * (unit[1] == 's' ? 1e6 : 60e9);
    default:
        return value * 1e9;
    }
}

/* "1.23MB" in bytes. */
static double size_of(const char *text)
{
    static const char units[] = "BKMGT";
    char *unit;
    double value = strtod(text, &unit);
    const char *at = strchr(units, *unit);

    for (long i = at && *at ? at - units : 0; i > 0; i--)
        value *= 1024;
    return value;
}

static const char *after(const char *text, const char *label)
{
    const char *at = strstr(text, label);

    return at ? at + strlen(label) : NULL;
}

/* wrk counts a request when all of its answer is there. */
static int understand(const char *text, struct bench_round *round, struct seen *into)
{
    const char *p99 = after(text, "99%");
    const char *rate = after(text, "Requests/sec:");
    const char *requests = strstr(text, " requests in ");
    const char *bytes = requests ? strchr(requests, ',') : NULL;

    if (!p99 || !rate || !bytes || strstr(text, "Socket errors") || strstr(text, "Non-2xx"))
        return -EIO;
    while (requests > text && strchr("0123456789", requests[-1]))
        requests--;
    round->ops = strtoull(requests, NULL, 10);
    round->elapsed_ns = (int64_t)((double)round->ops / strtod(rate, NULL) * 1e9);
    if (size_of(bytes + 1) < 0.99 * (double)round->ops * (double)file_bytes)
        return -EIO;
    into->p99_ns[into->count] = duration_of(p99);
    return 0;
}

static int run_wrk(const struct bench_contender *self, struct bench_round *round)
{
    char connections[16], url[64], text[4096];
    const char *const arguments[] = {"wrk", "-t2", connections, "-d1s", "--latency", url, NULL};
    struct seen *into = &seen[self->variant];
    pid_t server = servers[self->variant];

    if (server <= 0)
        return self->variant == SERVERS - 1 ? BENCH_NOT_INSTALLED : -ESRCH;
    snprintf(connections, sizeof connections, "-c%d", CONNECTIONS);
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/%s", over_tls ? "https" : "http", ports[self->variant],
             file_name);
    int64_t before_ns = bench_cpu_ns(server);
    int rc = bench_execute(arguments, &places.rest, text, sizeof text, NULL);
    int64_t used_ns = bench_cpu_ns(server) - before_ns;
    if (rc == 0)
        rc = understand(text, round, into);
    if (rc < 0)
        return rc;
    into->cpu_ns[into->count] = (double)used_ns / (double)round->ops;
    into->busy[into->count] = (double)used_ns / (double)round->elapsed_ns;
    if (into->count < BENCH_ROUNDS_MAX)
        into->count++;
    return 0;
}

/* -- the rows -- */

static const struct bench_contender contenders[] = {
    {.name = "nowait uring",
     .how = "nw_http_files_serve, one loop",
     .run = run_wrk,
     .variant = 0,
     .unverified = true},
    {.name = "nowait epoll",
     .how = "the same without a ring",
     .run = run_wrk,
     .variant = 1,
     .unverified = true},
    {.name = "nginx",
     .how = "one worker; the configuration is in docs/benchmarks.md",
     .run = run_wrk,
     .variant = 2,
     .unverified = true},
    {0},
};

struct served {
    const char *id, *title, *name;
    uint64_t bytes;
    bool tls;
    double rate; /* targets */
    double cpu, p99;
};

static const struct served all[] = {
    {"http-server-small", "1 KiB file over HTTP", "small", WEB_SMALL_BYTES, false, 1.3, 1 / 1.3, 1},
    {"http-server-middle", "1 MiB file over HTTP", "middle", WEB_MIDDLE_BYTES, false, 1, 1, 0},
    {"http-server-tls-small", "1 KiB file over HTTPS", "small", WEB_SMALL_BYTES, true, 1.3, 1 / 1.3, 1},
    {"http-server-tls-middle", "1 MiB file over HTTPS", "middle", WEB_MIDDLE_BYTES, true, 1, 1, 0},
};

/* Ratios of the rounds after the first. */
static void print_ratio(struct bench *bench, const char *id, const char *title, unsigned ours,
                        const double *our_values, const double *peer_values, unsigned count, double limit)
{
    double ratios[BENCH_ROUNDS_MAX];
    struct bench_row row = {.id = id,
                            .title = title,
                            .ours = contenders[ours].name,
                            .peer = contenders[SERVERS - 1].name,
                            .measure = "time",
                            .limit = limit};

    if (count < 2)
        row.missing = "not measured";
    for (unsigned i = 1; i < count; i++)
        ratios[i - 1] = our_values[i] / peer_values[i];
    if (!row.missing)
        row.value = bench_spread_of(ratios, count - 1);
    bench_print_row(bench, &row);
}

static void print_busy(struct bench *bench, const struct served *served)
{
    char id[64], title[96];

    for (unsigned i = 0; i < SERVERS; i++) {
        struct bench_figure figure = {.id = id, .title = title, .unit = "of a processor"};
        snprintf(id, sizeof id, "%s-busy-%s", served->id, contenders[i].name);
        snprintf(title, sizeof title, "%s: %s is busy", served->title, contenders[i].name);
        if (seen[i].count > 1)
            bench_report_figure(bench, &figure, seen[i].busy + 1, seen[i].count - 1, NULL);
    }
}

static void compare(struct bench *bench, const struct served *served)
{
    const struct bench_target targets[] = {{"nowait uring", "nginx", BENCH_RATE, served->rate},
                                           {"nowait epoll", "nginx", BENCH_RATE, served->rate},
                                           {0}};
    struct bench_case c = {.id = served->id,
                           .title = served->title,
                           .unit = "request",
                           .duration_ns = ROUND_NS,
                           .rounds = served->bytes > WEB_SMALL_BYTES ? 3 : 7,
                           .contenders = contenders,
                           .targets = targets};
    const struct seen *nginx = &seen[SERVERS - 1];
    char id[64], title[96];

    file_name = served->name;
    file_bytes = served->bytes;
    memset(seen, 0, sizeof seen);
    bench_compare(bench, &c);
    for (unsigned i = 0; i < SERVERS - 1; i++) {
        unsigned count = seen[i].count < nginx->count ? seen[i].count : nginx->count;
        snprintf(id, sizeof id, "%s-cpu", served->id);
        snprintf(title, sizeof title, "%s: the server's processor time", served->title);
        print_ratio(bench, id, title, i, seen[i].cpu_ns, nginx->cpu_ns, count, served->cpu);
        snprintf(id, sizeof id, "%s-p99", served->id);
        snprintf(title, sizeof title, "%s: 99 %% of the requests within", served->title);
        print_ratio(bench, id, title, i, seen[i].p99_ns, nginx->p99_ns, count, served->p99);
    }
    print_busy(bench, served);
}

/* -- all of it -- */

static void start_servers(bool tls)
{
    static const enum nw_backend backends[] = {NW_BACKEND_URING, NW_BACKEND_EPOLL};
    char text[32];

    for (unsigned i = 0; i < SERVERS - 1; i++) {
        struct serving serving = {.backend = backends[i], .web = &web, .tls = tls};
        int rc = bench_fork(serve, &serving, &places.first, text, sizeof text, &servers[i]);
        if (rc < 0)
            servers[i] = 0;
        else
            ports[i] = (unsigned)strtoul(text, NULL, 10);
    }
    servers[SERVERS - 1] = web.nginx > 0 ? bench_child_of(web.nginx) : 0;
    ports[SERVERS - 1] = tls ? web.tls_port : web.port;
    over_tls = tls;
}

static void stop_servers(void)
{
    for (unsigned i = 0; i < SERVERS - 1; i++)
        bench_stop(servers[i]);
    memset(servers, 0, sizeof servers);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Files over HTTP: nowait's server against nginx, with wrk.");
    bench_places_find(&places);
    int rc = web_make(&web, &bench);
    if (rc == 0)
        rc = web_serve(&web, 1, &places.first);
    if (rc < 0 && rc != BENCH_NOT_INSTALLED) {
        fprintf(stderr, "%s: %s: %s\n", bench.program, web.root, strerror(-rc));
        web_remove(&web);
        return 1;
    }
    for (int tls = 0; tls <= (int)web.tls; tls++) {
        start_servers(tls);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            if (all[i].tls == (bool)tls && bench_wanted(&bench, all[i].id))
                compare(&bench, &all[i]);
        }
        stop_servers();
    }
    web_remove(&web);
    return bench_finish(&bench);
}
