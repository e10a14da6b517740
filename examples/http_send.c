/* SPDX-License-Identifier: MIT */
/*
 * POST a form, POST JSON, and PUT a file, of which only a piece is in memory at a time.
 *
 *     http_send POST_URL PUT_URL FILE
 */
#include <nowait.h>
#include <stdio.h>

struct job {
    const char *post_url;
    const char *put_url;
    const char *path;
};

/* Sends the request and prints the answer. */
static int ask(nw_http_request_options request)
{
    nw_http_failure failure;
    nw_http_response *response;
    nw_bytes body;

    request.failure_out = &failure;
    int rc = nw_http_request(NULL, &request, &response);
    if (rc < 0) {
        fprintf(stderr, "%s\n", failure.text);
        return rc;
    }
    rc = nw_http_response_read(response, 1024 * 1024, &body);
    if (rc == 0) {
        printf("%d %s\n", nw_http_response_status(response), body.data);
        nw_bytes_finish(&body);
    }
    nw_http_response_close(response);
    return rc;
}

static int post_form(const char *url)
{
    const nw_pair form[] = {{"name", "Ada Lovelace"}, {"motto", "a & b = c"}}; /* encoded by the client */

    return ask((nw_http_request_options){.url = url, .form = form, .form_count = 2});
}

static int post_json(const char *url)
{
    return ask((nw_http_request_options){.url = url, .json = "{\"name\": \"Ada\"}"});
}

static int put_file(const char *url, const char *path)
{
    nw_stream *file;
    int64_t size = nw_file_size(path);

    if (size < 0)
        return (int)size;
    int rc = nw_open(path, "r", &file);
    if (rc < 0)
        return rc;
    rc = ask((nw_http_request_options){
        .method = "PUT", .url = url, .stream = file, .stream_bytes = size, .media_type = "image/png"});
    nw_close(file);
    return rc;
}

static int run(void *arg)
{
    const struct job *job = arg;
    int rc = post_form(job->post_url);

    if (rc == 0)
        rc = post_json(job->post_url);
    if (rc == 0)
        rc = put_file(job->put_url, job->path);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: http_send POST_URL PUT_URL FILE\n");
        return 2;
    }
    struct job job = {.post_url = argv[1], .put_url = argv[2], .path = argv[3]};
    int rc = nw_run(run, &job);
    if (rc < 0)
        fprintf(stderr, "http_send: %s\n", nw_strerror(rc));
    return rc < 0;
}
