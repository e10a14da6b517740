/* SPDX-License-Identifier: MIT */
/*
 * Many URLs through one client, whose connections are kept and shared, four to a host: first one after the
 * other, then all at once, which the client spreads over its connections.
 *
 *     many_urls URL...
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

struct page {
    nw_http_client *client;
    const char *url;
    int rc; /* one that fails is a result, too, and does not end the others */
    int status;
    size_t size;
};

struct pages {
    struct page *items;
    size_t count;
};

static int fetch(void *arg)
{
    struct page *page = arg;
    nw_http_response *response;
    nw_bytes body;

    page->rc = nw_http_get(page->client, page->url, &response);
    if (page->rc < 0)
        return nw_interrupted(); /* only Ctrl-C ends them all */
    page->status = nw_http_response_status(response);
    page->rc = nw_http_response_read(response, 64 * 1024 * 1024, &body);
    if (page->rc == 0) {
        page->size = body.size;
        nw_bytes_finish(&body);
    }
    nw_http_response_close(response); /* the connection is free for the next one */
    return nw_interrupted();
}

static int fetch_all(const struct pages *pages, size_t at_once, const char *how)
{
    int64_t began_ns = nw_now();
    int rc = nw_each(pages->items, pages->count, sizeof *pages->items, at_once, fetch);

    if (rc == 0)
        printf("%s: %zu pages in %.1f ms\n", how, pages->count, (double)(nw_now() - began_ns) / 1e6);
    return rc;
}

static int run(void *arg)
{
    struct pages *pages = arg;
    const nw_http_client_options options = {.connections_per_host = 4};
    nw_http_client *client;

    int rc = nw_http_client_create(&options, &client);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < pages->count; i++)
        pages->items[i].client = client;
    rc = fetch_all(pages, 1, "one by one");
    if (rc == 0)
        rc = fetch_all(pages, 0, "all at once");
    nw_http_client_destroy(client);
    return rc;
}

int main(int argc, char **argv)
{
    struct pages pages = {calloc((size_t)argc, sizeof(struct page)), (size_t)argc - 1};

    for (size_t i = 0; pages.items && i < pages.count; i++)
        pages.items[i].url = argv[i + 1];
    int rc = pages.items ? nw_run(run, &pages) : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < pages.count; i++) {
        const struct page *page = &pages.items[i];
        if (page->rc == 0)
            printf("%d %zu bytes %s\n", page->status, page->size, page->url);
        else
            printf("%s: %s\n", page->url, nw_strerror(page->rc));
    }
    if (rc < 0)
        fprintf(stderr, "many_urls: %s\n", nw_strerror(rc));
    free(pages.items);
    return rc < 0;
}
