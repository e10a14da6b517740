/* SPDX-License-Identifier: MIT */
/*
 * Follow the links of a site to a depth, eight pages at a time, each page once.
 *
 *     scrape URL DEPTH
 *
 * It finds links as simple pages have them (href="..."); for others one takes an HTML parser.
 */
#define _GNU_SOURCE /* strcasestr */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AT_A_TIME 8
#define LARGEST   ((size_t)4 * 1024 * 1024)

struct page {
    nw_bytes url;
    int rc, status;
    nw_bytes text; /* of pages that have links, until they were followed */
};

struct site {
    const char *start;
    long depth;
    struct page *pages; /* all that are known, in the order in which they were found */
    size_t count, room;
};

static int fetch(void *arg)
{
    struct page *page = arg;
    nw_http_response *response;

    page->rc = nw_http_get(NULL, page->url.data, &response);
    if (page->rc < 0)
        return nw_interrupted(); /* one page that fails does not end the others */
    page->status = nw_http_response_status(response);
    const char *type = nw_http_response_header(response, "Content-Type");
    if (page->status == 200 && type && strncasecmp(type, "text/html", 9) == 0)
        page->rc = nw_http_response_read(response, LARGEST, &page->text);
    nw_http_response_close(response);
    return nw_interrupted();
}

static bool same_site(const nw_url *a, const nw_url *b)
{
    return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 && a->port == b->port;
}

/* Takes `url`. One that is known is none. */
static int add(struct site *site, nw_bytes url)
{
    for (size_t i = 0; i < site->count; i++) /* a big site would have a hash table here */
        if (strcmp(site->pages[i].url.data, url.data) == 0) {
            nw_bytes_finish(&url);
            return 0;
        }
    if (site->count == site->room) {
        size_t room = site->room ? 2 * site->room : 64;
        struct page *pages = realloc(site->pages, room * sizeof *pages);
        if (!pages) {
            nw_bytes_finish(&url);
            return -ENOMEM;
        }
        site->pages = pages, site->room = room;
    }
    site->pages[site->count++] = (struct page){.url = url};
    return 0;
}

static int add_link(struct site *site, const char *base, const char *link)
{
    nw_url start = {0}, url = {0};
    nw_bytes absolute;

    if (nw_url_resolve(base, link, &absolute) < 0)
        return 0; /* not a link that can be followed */
    absolute.data[strcspn(absolute.data, "#")] = '\0';
    int rc = nw_url_parse(site->start, &start);
    if (rc == 0 && nw_url_parse(absolute.data, &url) == 0 && same_site(&start, &url))
        rc = add(site, absolute);
    else
        nw_bytes_finish(&absolute);
    nw_url_finish(&start);
    nw_url_finish(&url);
    return rc;
}

static int follow(struct site *site, size_t index)
{
    nw_bytes text = site->pages[index].text, url = site->pages[index].url;
    int rc = 0;

    for (char *at = text.data; at && rc == 0 && (at = strcasestr(at, "href="));) {
        at += 5;
        char quote[2] = {*at == '"' || *at == '\'' ? *at : '\0', '\0'};
        size_t size = strcspn(at + 1, quote);
        if (!*quote || at[size + 1] == '\0')
            continue;
        at[size + 1] = '\0';
        rc = add_link(site, url.data, at + 1);
        at += size + 2;
    }
    nw_bytes_finish(&site->pages[index].text);
    return rc;
}

static int scrape(void *arg)
{
    struct site *site = arg;
    nw_bytes start;
    size_t done = 0;

    int rc = nw_url_resolve(site->start, "", &start);
    if (rc == 0)
        rc = add(site, start);
    for (long depth = 0; rc == 0 && depth <= site->depth && done < site->count; depth++) {
        size_t known = site->count;
        rc = nw_each(site->pages + done, known - done, sizeof *site->pages, AT_A_TIME, fetch);
        for (; done < known && rc == 0; done++)
            if (depth < site->depth)
                rc = follow(site, done);
    }
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: scrape URL DEPTH\n");
        return 2;
    }
    struct site site = {.start = argv[1], .depth = strtol(argv[2], NULL, 10)};
    int rc = nw_run(scrape, &site);
    if (rc < 0)
        fprintf(stderr, "scrape: %s\n", nw_strerror(rc));
    for (size_t i = 0; i < site.count; i++) {
        struct page *page = &site.pages[i];
        if (rc == 0 && page->rc < 0)
            printf("%s: %s\n", page->url.data, nw_strerror(page->rc));
        else if (rc == 0)
            printf("%d %s\n", page->status, page->url.data);
        nw_bytes_finish(&page->url);
        nw_bytes_finish(&page->text);
    }
    free(site.pages);
    return rc < 0;
}
