/* SPDX-License-Identifier: MIT */
/*
 * Stream an answer to a file in chunks of 8,192 bytes: the body is never in memory as a whole.
 * (nw_http_response_save() does this and more: a file appears under its name only when it is whole.)
 *
 *     download URL FILE
 */
#include <nowait.h>
#include <stdio.h>
#include <sys/resource.h>

struct job {
    const char *url;
    const char *path;
    int64_t bytes;
};

static int copy_body(nw_http_response *response, nw_stream *file, int64_t *bytes_out)
{
    nw_stream *body = nw_http_response_body(response);
    char chunk[8192];
    ssize_t n, written;

    while ((n = nw_read(body, chunk, sizeof chunk)) > 0) {
        written = nw_write(file, chunk, (size_t)n);
        if (written < 0)
            return (int)written;
        *bytes_out += written;
    }
    return (int)n; /* 0 at the end; a body that was cut off is an error */
}

static int download(void *arg)
{
    struct job *job = arg;
    nw_http_response *response;
    nw_stream *file;

    int rc = nw_http_get(NULL, job->url, &response);
    if (rc < 0)
        return rc;
    if (nw_http_response_status(response) != 200) {
        fprintf(stderr, "%s: %d\n", job->url, nw_http_response_status(response));
        rc = -ENOENT;
        goto close_response;
    }
    rc = nw_open(job->path, "w", &file);
    if (rc < 0)
        goto close_response;
    rc = copy_body(response, file, &job->bytes);
    int closed = nw_close(file); /* writes the rest: look at what it says */
    if (rc == 0)
        rc = closed;
close_response:
    nw_http_response_close(response);
    return rc;
}

int main(int argc, char **argv)
{
    struct rusage usage;

    if (argc != 3) {
        fprintf(stderr, "usage: download URL FILE\n");
        return 2;
    }
    struct job job = {.url = argv[1], .path = argv[2]};
    int rc = nw_run(download, &job);
    if (rc < 0) {
        fprintf(stderr, "download: %s\n", nw_strerror(rc));
        return 1;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld bytes\nmemory: %ld KiB at most\n", (long long)job.bytes, usage.ru_maxrss);
    return 0;
}
