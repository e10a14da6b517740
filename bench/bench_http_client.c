/* SPDX-License-Identifier: MIT */
/*
 * Small answers over HTTP and HTTPS, 64 requests in flight from one thread: tasks that call nw_http_get()
 * against libcurl's multi interface and aiohttp. nginx answers all of them, from other processors. Besides
 * the rate, what a request takes of the client's processor, which counts where nginx is the limit.
 */
#include <errno.h>
#include <nowait.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_load.h"
#include "web.h"

#define REQUESTS         40000
#define AIOHTTP_DIVISOR  16
#define CLIENTS          5
#define ANSWER_BYTES_MAX 4096

const char *http_load_url, *http_load_authority;

static struct bench_places places;
static struct web web;

/* Processor time of a request, for each contender; the first round does not count. */
static struct seen {
    double cpu_ns[BENCH_ROUNDS_MAX + 1];
    unsigned count;
} seen[CLIENTS];

static int64_t began_ns, began_cpu_ns, used_cpu_ns; /* of the round */

static int64_t own_cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

void http_load_begin(struct bench_round *round)
{
    round->ops = round->checksum = 0;
    began_cpu_ns = own_cpu_ns();
    began_ns = bench_now();
}

void http_load_end(struct bench_round *round)
{
    round->elapsed_ns = bench_now() - began_ns;
    used_cpu_ns = own_cpu_ns() - began_cpu_ns;
}

static void note_cpu(unsigned which, const struct bench_round *round)
{
    struct seen *into = &seen[which];

    if (into->count <= BENCH_ROUNDS_MAX && round->ops > 0)
        into->cpu_ns[into->count++] = (double)used_cpu_ns / (double)round->ops;
}

/* -- nowait -- */

struct load {
    struct bench_round *round;
    nw_http_client *client;
    uint64_t begun, wanted;
};

static int one_answer(struct load *load)
{
    nw_http_response *response;
    nw_bytes body;
    int rc = nw_http_get(load->client, http_load_url, &response);

    if (rc < 0)
        return rc;
    rc = nw_http_response_read(response, ANSWER_BYTES_MAX, &body);
    if (rc == 0) {
        load->round->ops += nw_http_response_status(response) == 200;
        load->round->checksum += body.size;
        nw_bytes_finish(&body);
    }
    nw_http_response_close(response);
    return rc;
}

static int requests_in_task(void *arg)
{
    struct load *load = arg;
    int rc = 0;

    while (rc == 0 && load->begun < load->wanted) {
        load->begun++;
        rc = one_answer(load);
    }
    return rc;
}

/* So many requests, by all tasks. */
static int run_tasks(struct load *load, uint64_t wanted)
{
    nw_group group;
    int rc = 0, failed;

    load->wanted = wanted;
    load->begun = 0;
    nw_group_init(&group, 0);
    for (unsigned i = 0; rc == 0 && i < HTTP_LOAD_IN_FLIGHT; i++)
        rc = nw_group_spawn(&group, requests_in_task, load);
    failed = nw_group_finish(&group);
    return rc < 0 ? rc : failed;
}

static int load_in_task(void *arg)
{
    struct load *load = arg;
    const nw_tls_options trusting = {.ca_file = http_load_authority};
    nw_http_client_options options = {.connections_per_host = HTTP_LOAD_IN_FLIGHT, .proxy = ""};
    nw_tls_context *tls = NULL;
    int rc = strncmp(http_load_url, "https", 5) == 0 ? nw_tls_client_create(&trusting, &tls) : 0;

    if (rc < 0)
        return rc;
    options.tls = tls;
    rc = nw_http_client_create(&options, &load->client);
    if (rc == 0) {
        rc = run_tasks(load, HTTP_LOAD_IN_FLIGHT);
        http_load_begin(load->round);
        if (rc == 0)
            rc = run_tasks(load, load->round->ops_wanted);
        http_load_end(load->round);
        nw_http_client_destroy(load->client);
    }
    nw_tls_destroy(tls);
    return rc;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    const nw_run_options options = {.backend = (enum nw_backend)self->variant};
    struct load load = {.round = round};
    int rc = nw_run_with(&options, load_in_task, &load);

    note_cpu(self->variant == NW_BACKEND_EPOLL, round);
    return rc;
}

/* -- peers -- */

#ifdef HAVE_LIBCURL
static int run_curl(const struct bench_contender *self, struct bench_round *round)
{
    int rc = http_load_curl(self, round);

    note_cpu(2 + (unsigned)self->variant, round);
    return rc;
}
#else
#define run_curl NULL
#endif

static const char python[] = "/usr/bin/python3"; /* the system's: where its aiohttp is */

static int run_aiohttp(const struct bench_contender *self, struct bench_round *round)
{
    char count[24], in_flight[16], text[128];
    const char *const probe[] = {python, "-c", "import aiohttp", NULL};
    const char *const arguments[] = {
        python, BENCH_SCRIPTS "/http_load_aiohttp.py", http_load_url, count, in_flight, http_load_authority,
        NULL};
    unsigned long long ops, bytes, elapsed_ns;

    (void)self;
    if (bench_execute(probe, NULL, NULL, 0, NULL) < 0)
        return BENCH_NOT_INSTALLED;
    snprintf(count, sizeof count, "%llu", (unsigned long long)round->ops_wanted);
    snprintf(in_flight, sizeof in_flight, "%d", HTTP_LOAD_IN_FLIGHT);
    int rc = bench_execute(arguments, &places.first, text, sizeof text, NULL);
    if (rc < 0)
        return rc;
    if (sscanf(text, "%llu %llu %llu", &ops, &bytes, &elapsed_ns) != 3)
        return -EIO;
    round->ops = ops;
    round->checksum = bytes;
    round->elapsed_ns = (int64_t)elapsed_ns;
    return 0;
}

/* -- the rows -- */

static uint64_t expected(uint64_t ops)
{
    return ops * WEB_TINY_BYTES;
}

static const struct bench_contender contenders[] = {
    {.name = "nowait uring",
     .how = "64 tasks, nw_http_get()",
     .run = run_nowait,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "the same without a ring",
     .run = run_nowait,
     .variant = NW_BACKEND_EPOLL},
    {.name = "libcurl",
     .how = "curl_multi_poll(), handles used again",
     .run = run_curl,
     .variant = HTTP_LOAD_POLL},
    {.name = "libcurl socket",
     .how = "curl_multi_socket_action() and epoll, handles used again",
     .run = run_curl,
     .variant = HTTP_LOAD_SOCKET},
    {.name = "aiohttp",
     .how = "64 workers, one session, a connector of 64, no cookies",
     .run = run_aiohttp,
     .divisor = AIOHTTP_DIVISOR},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "libcurl", BENCH_RATE, 3},
    {"nowait epoll", "libcurl", BENCH_RATE, 3},
    {"nowait uring", "libcurl socket", BENCH_RATE, 0},
    {"nowait epoll", "libcurl socket", BENCH_RATE, 0},
    {"nowait uring", "aiohttp", BENCH_RATE, 10},
    {"nowait epoll", "aiohttp", BENCH_RATE, 10},
    {0},
};

static void print_cpu(struct bench *bench, const struct bench_case *c, unsigned ours, unsigned peer)
{
    double ratios[BENCH_ROUNDS_MAX];
    unsigned count = seen[ours].count < seen[peer].count ? seen[ours].count : seen[peer].count;
    char id[64], title[96];
    struct bench_row row = {.id = id,
                            .title = title,
                            .ours = contenders[ours].name,
                            .peer = contenders[peer].name,
                            .measure = "time",
                            .limit = 1.0 / 3};

    snprintf(id, sizeof id, "%s-cpu", c->id);
    snprintf(title, sizeof title, "%s: the client's processor time", c->title);
    if (count < 2)
        row.missing = "not measured";
    for (unsigned i = 1; i < count; i++)
        ratios[i - 1] = seen[ours].cpu_ns[i] / seen[peer].cpu_ns[i];
    if (!row.missing)
        row.value = bench_spread_of(ratios, count - 1);
    bench_print_row(bench, &row);
}

static void compare(struct bench *bench, const char *id, const char *title, const char *scheme, unsigned port)
{
    char url[64];
    const struct bench_case c = {.id = id,
                                 .title = title,
                                 .unit = "request",
                                 .ops = bench_scaled(bench, REQUESTS),
                                 .rounds = 7,
                                 .expected = expected,
                                 .contenders = contenders,
                                 .targets = targets};

    if (!bench_wanted(bench, id))
        return;
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/tiny", scheme, port);
    http_load_url = url;
    memset(seen, 0, sizeof seen);
    bench_compare(bench, &c);
    for (unsigned ours = 0; ours < 2; ours++)
        print_cpu(bench, &c, ours, 2);
}

static void all_missing(struct bench *bench)
{
    const struct bench_figure figure = {.id = "http-client", .title = "small answers", .unit = "requests/s"};

    bench_report_missing(bench, &figure, "nginx, which answers, is not installed");
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Small answers over HTTP: nowait's client against libcurl and aiohttp.");
    bench_places_find(&places);
    int rc = web_make(&web, &bench);
    if (rc == 0)
        rc = web_serve(&web, 2, &places.rest);
    if (rc == 0) {
        bench_pin(&places.first);
        http_load_authority = web.certificate;
        compare(&bench, "http-client", "100 byte answers over HTTP", "http", web.port);
        if (web.tls)
            compare(&bench, "http-client-tls", "100 byte answers over HTTPS", "https", web.tls_port);
    } else if (rc == BENCH_NOT_INSTALLED) {
        all_missing(&bench);
    } else {
        fprintf(stderr, "%s: %s: %s\n", bench.program, web.root, strerror(-rc));
        bench.wrong_work = true;
    }
    web_remove(&web);
    return bench_finish(&bench);
}
