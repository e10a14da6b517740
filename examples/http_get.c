/* SPDX-License-Identifier: MIT */
/*
 * GET: status, headers, and the body as text, or as bytes.
 *
 *     http_get URL...
 */
#include <nowait.h>
#include <stdio.h>
#include <string.h>

/* Text ends with a NUL, which is not counted; JSON is text, for the parser of your choice. */
static void print_body(const char *media_type, const nw_bytes *body)
{
    if (strncmp(media_type, "text/", 5) == 0 || strncmp(media_type, "application/json", 16) == 0) {
        printf("%s", body->data);
        return;
    }
    printf("%zu bytes:", body->size);
    for (size_t i = 0; i < body->size && i < 8; i++)
        printf(" %02x", (unsigned)(unsigned char)body->data[i]);
    printf(body->size > 8 ? " ...\n" : "\n");
}

static int get(const char *url)
{
    nw_http_failure failure;
    const nw_http_request_options request = {.url = url, .failure_out = &failure};
    nw_http_response *response;
    nw_bytes body;

    int rc = nw_http_request(NULL, &request, &response); /* or nw_http_get(NULL, url, &response) */
    if (rc < 0) {
        fprintf(stderr, "%s\n", failure.text);
        return rc;
    }
    int status = nw_http_response_status(response);
    const char *type = nw_http_response_header(response, "content-type");
    const char *answer = nw_http_response_header(response, "X-Answer");
    printf("%d %s, %s%s%s\n", status, nw_http_reason(status), type ? type : "untyped",
           answer ? ", the answer is " : "", answer ? answer : "");

    rc = nw_http_response_read(response, 16 * 1024 * 1024, &body);
    if (rc == 0) {
        print_body(type ? type : "", &body);
        nw_bytes_finish(&body);
    } else if (nw_http_response_failure(response, &failure) == 0) {
        fprintf(stderr, "%s\n", failure.text);
    }
    nw_http_response_close(response);
    return rc;
}

static int get_all(void *arg)
{
    int first = 0;

    for (char **url = arg; *url; url++) {
        int rc = get(*url);
        if (first == 0)
            first = rc;
    }
    return first;
}

int main(int argc, char **argv)
{
    (void)argc;
    return nw_run(get_all, argv + 1) < 0;
}
