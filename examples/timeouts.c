/* SPDX-License-Identifier: MIT */
/*
 * Servers that never answer, stop in the middle, or never come to an end: each kind of timeout ends the wait
 * for one of them, a deadline that of the task, and nothing of it stays open.
 *
 *     timeouts URL FULL_URL MILLISECONDS
 *
 * URL/silent never answers, URL/stops sends half of a body, URL/dribbles never stops sending; FULL_URL is
 * that of a server that takes no connections.
 */
#include <dirent.h>
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

struct attempt {
    const char *what;
    nw_http_client *client;
    nw_http_request_options request; /* all of it can be set for one request, or for the client */
    char url[256];
    nw_http_failure failure;
    int64_t deadline_ns; /* of the task, for whatever it does */
};

/* Returns: the error with which it ended. */
static int fetch(struct attempt *attempt)
{
    nw_http_response *response;
    nw_bytes body;

    attempt->request.url = attempt->url;
    attempt->request.failure_out = &attempt->failure;
    int rc = nw_http_request(attempt->client, &attempt->request, &response);
    if (rc < 0)
        return rc;
    rc = nw_http_response_read(response, 0, &body);
    if (rc == 0)
        nw_bytes_finish(&body);
    else if (nw_http_response_failure(response, &attempt->failure) < 0)
        attempt->failure.text[0] = '\0';
    nw_http_response_close(response);
    return rc;
}

static int try_one(void *arg)
{
    struct attempt *attempt = arg;
    nw_deadline deadline;

    nw_deadline_begin(&deadline, attempt->deadline_ns);
    int rc = fetch(attempt);
    if (nw_deadline_end(&deadline) < 0)
        rc = -ETIMEDOUT;
    if (rc == 0)
        snprintf(attempt->failure.text, sizeof attempt->failure.text, "it has answered");
    return nw_interrupted();
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

struct job {
    const char *url;
    const char *full_url;
    int64_t limit_ns;
};

static int run(void *arg)
{
    const struct job *job = arg;
    struct attempt attempts[] = {
        {.what = "connect", .request.connect_timeout_ns = job->limit_ns},
        {.what = "headers", .request.first_byte_timeout_ns = job->limit_ns},
        {.what = "between two pieces", .request.read_timeout_ns = job->limit_ns},
        {.what = "the whole", .request.whole_timeout_ns = job->limit_ns},
        {.what = "the task's deadline", .deadline_ns = job->limit_ns},
    };
    static const char *const paths[] = {"", "/silent", "/stops", "/dribbles", "/silent"};
    const size_t count = sizeof attempts / sizeof *attempts;
    nw_http_client *client;

    int before = open_descriptors();
    int rc = nw_http_client_create(NULL, &client);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < count; i++) {
        attempts[i].client = client;
        if (attempts[i].deadline_ns == 0)
            attempts[i].deadline_ns = NW_FOREVER;
        snprintf(attempts[i].url, sizeof attempts[i].url, "%s%s", i == 0 ? job->full_url : job->url,
                 paths[i]);
    }
    rc = nw_each(attempts, count, sizeof *attempts, 0, try_one); /* all at the same time */
    nw_http_client_destroy(client);
    for (size_t i = 0; i < count && rc == 0; i++)
        printf("%s: %s\n", attempts[i].what, attempts[i].failure.text);
    if (rc == 0)
        printf("descriptors left open: %d\n", open_descriptors() - before);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: timeouts URL FULL_URL MILLISECONDS\n");
        return 2;
    }
    struct job job = {argv[1], argv[2], NW_MS(strtol(argv[3], NULL, 10))};
    int rc = nw_run(run, &job);
    if (rc < 0)
        fprintf(stderr, "timeouts: %s\n", nw_strerror(rc));
    return rc < 0;
}
