/* SPDX-License-Identifier: MIT */
/*
 * Fetch many URLs at once: fetch URL...
 * The first network program of README.md, where this text stands word for word.
 */
#include <nowait.h>
#include <stdio.h>

static int fetch(void *arg)
{
    const char *url = *(char **)arg;
    nw_http_response *response;
    nw_bytes body;

    int rc = nw_http_get(NULL, url, &response); /* connections are kept and shared */
    if (rc == 0) {
        rc = nw_http_response_read(response, 64 << 20, &body);
        if (rc == 0)
            printf("%d, %zu bytes: %s\n", nw_http_response_status(response), body.size, url);
        if (rc == 0)
            nw_bytes_finish(&body);
        nw_http_response_close(response);
    }
    if (rc < 0)
        printf("%s: %s\n", url, nw_strerror(rc));
    return nw_interrupted(); /* one that fails does not end the others; Ctrl-C does */
}

static int fetch_all(void *arg)
{
    char **urls = arg;
    size_t count = 0;

    while (urls[count])
        count++;
    return nw_each(urls, count, sizeof *urls, 100, fetch); /* 100 at a time */
}

int main(int argc, char **argv)
{
    return argc > 1 && nw_run(fetch_all, argv + 1) < 0;
}
