/* SPDX-License-Identifier: MIT */
/*
 * A config file is read while a call of an API takes a second: both take as long as the longer one, not as
 * long as their sum.
 *
 *     config_and_api CONFIG URL
 */
#include <nowait.h>
#include <stdio.h>

struct job {
    const char *path;
    const char *url;
    int64_t began_ns;
};

static double ms_since(int64_t began_ns)
{
    return (double)(nw_now() - began_ns) / 1e6;
}

static int read_config(void *arg)
{
    const struct job *job = arg;
    nw_bytes config;

    int rc = nw_read_file(job->path, 1024 * 1024, &config);
    if (rc < 0)
        return rc;
    printf("config: %zu bytes after %.1f ms\n", config.size, ms_since(job->began_ns));
    nw_bytes_finish(&config);
    return 0;
}

static int call_api(void *arg)
{
    const struct job *job = arg;
    nw_http_response *response;
    nw_bytes answer;

    printf("API: asked after %.1f ms\n", ms_since(job->began_ns));
    int rc = nw_http_get(NULL, job->url, &response);
    if (rc < 0)
        return rc;
    rc = nw_http_response_read(response, 1024 * 1024, &answer);
    if (rc == 0) {
        printf("API: %d after %.1f ms: %s", nw_http_response_status(response), ms_since(job->began_ns),
               answer.data);
        nw_bytes_finish(&answer);
    }
    nw_http_response_close(response);
    return rc;
}

static int run(void *arg)
{
    struct job *job = arg;

    job->began_ns = nw_now();
    nw_task *tasks[] = {nw_spawn(call_api, job), nw_spawn(read_config, job)};
    int rc = nw_gather(tasks, 2);
    if (rc == 0)
        printf("both after %.1f ms\n", ms_since(job->began_ns));
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: config_and_api CONFIG URL\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line when it is true */
    struct job job = {.path = argv[1], .url = argv[2]};
    int rc = nw_run(run, &job);
    if (rc < 0)
        fprintf(stderr, "config_and_api: %s\n", nw_strerror(rc));
    return rc < 0;
}
