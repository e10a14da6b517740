/* SPDX-License-Identifier: MIT */
/*
 * Many requests to a slow API: one by one, each waits for the answer before; all at once, they wait together.
 *
 *     slow_api URL [COUNT]
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

struct batch {
    const char *url;
    size_t count;
    nw_http_client *client;
    struct call *calls;
};

struct call {
    const struct batch *batch;
    int status;
};

static int ask(void *arg)
{
    struct call *call = arg;
    nw_http_response *response;
    nw_bytes answer;

    int rc = nw_http_get(call->batch->client, call->batch->url, &response);
    if (rc < 0)
        return rc;
    rc = nw_http_response_read(response, 1024 * 1024, &answer);
    if (rc == 0) {
        call->status = nw_http_response_status(response);
        nw_bytes_finish(&answer);
    }
    nw_http_response_close(response);
    return rc;
}

/* `at_once` requests at a time. Returns: how long it took, in nanoseconds, or an error. */
static int64_t ask_all(const struct batch *batch, size_t at_once, const char *how)
{
    int64_t began_ns = nw_now();
    size_t good = 0;

    for (size_t i = 0; i < batch->count; i++)
        batch->calls[i] = (struct call){.batch = batch};
    int rc = nw_each(batch->calls, batch->count, sizeof *batch->calls, at_once, ask);
    if (rc < 0)
        return rc;
    int64_t took_ns = nw_now() - began_ns;
    for (size_t i = 0; i < batch->count; i++)
        good += batch->calls[i].status == 200;
    printf("%s: %zu of %zu good, in %.3f s\n", how, good, batch->count, (double)took_ns / 1e9);
    return took_ns;
}

static int run(void *arg)
{
    struct batch *batch = arg;
    const nw_http_client_options options = {
        .connections = (unsigned)batch->count, /* else 256 in all, 16 to one host */
        .connections_per_host = (unsigned)batch->count,
    };

    int rc = nw_http_client_create(&options, &batch->client);
    if (rc < 0)
        return rc;
    int64_t one_by_one = ask_all(batch, 1, "one by one");
    int64_t together = one_by_one < 0 ? one_by_one : ask_all(batch, 0, "all at once");
    if (together > 0)
        printf("%.1f times as fast\n", (double)one_by_one / (double)together);
    nw_http_client_destroy(batch->client);
    return together < 0 ? (int)together : 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: slow_api URL [COUNT]\n");
        return 2;
    }
    struct batch batch = {.url = argv[1], .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 500};
    batch.calls = calloc(batch.count, sizeof *batch.calls);
    int rc = batch.calls ? nw_run(run, &batch) : -ENOMEM;
    if (rc < 0)
        fprintf(stderr, "slow_api: %s\n", nw_strerror(rc));
    free(batch.calls);
    return rc < 0;
}
