/* SPDX-License-Identifier: MIT */
/*
 * Fetch, transform, save: logs come from a server, lines with errors are kept, files are written, all at the
 * same time. Channels between the stages bound what is in memory: whoever is too fast waits.
 *
 *     pipeline URL COUNT FOLDER      (URL/0, URL/1, ... become FOLDER/0.errors, FOLDER/1.errors, ...)
 */
#define _GNU_SOURCE /* memmem */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4 /* of each stage */
#define QUEUED  4 /* between two of them */
#define LARGEST ((size_t)16 * 1024 * 1024)

struct page {
    size_t number;
    nw_bytes text;
};

struct pipeline {
    const char *url;
    const char *folder;
    size_t count, next;
    size_t held, most_held; /* pages in memory */
    nw_channel *fetched, *transformed;
};

static int get(const char *url, nw_bytes *text_out)
{
    nw_http_response *response;

    int rc = nw_http_get(NULL, url, &response);
    if (rc < 0)
        return rc;
    if (nw_http_response_status(response) == 200)
        rc = nw_http_response_read(response, LARGEST, text_out);
    else
        rc = -ENOENT;
    nw_http_response_close(response);
    return rc;
}

/* Hands a page on, or lets go of it. */
static int pass(nw_channel *channel, struct page *page)
{
    int rc = nw_channel_send(channel, page);

    if (rc < 0)
        nw_bytes_finish(&page->text);
    return rc;
}

static int fetch(void *arg)
{
    struct pipeline *line = arg;
    char url[1024];
    int rc = 0;

    while (rc == 0 && line->next < line->count) {
        struct page page = {.number = line->next++}; /* no lock: nobody else runs until we wait */
        snprintf(url, sizeof url, "%s/%zu", line->url, page.number);
        rc = get(url, &page.text);
        if (rc < 0)
            break;
        if (++line->held > line->most_held)
            line->most_held = line->held;
        rc = pass(line->fetched, &page);
    }
    return rc;
}

/* In place. Work that takes long would go through nw_to_thread(). */
static void keep_errors(nw_bytes *text)
{
    char *to = text->data, *at = text->data, *end = text->data + text->size;

    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((newline ? newline + 1 : end) - at);
        if (memmem(at, size, "ERROR", 5)) {
            memmove(to, at, size);
            to += size;
        }
        at += size;
    }
    text->size = (size_t)(to - text->data);
}

static int transform(void *arg)
{
    struct pipeline *line = arg;
    struct page page;
    int rc;

    while ((rc = nw_channel_receive(line->fetched, &page)) == 0) {
        keep_errors(&page.text);
        rc = pass(line->transformed, &page);
        if (rc < 0)
            return rc;
    }
    return rc == NW_ECLOSED ? 0 : rc;
}

static int save(void *arg)
{
    struct pipeline *line = arg;
    struct page page;
    char path[1024];
    int rc;

    while ((rc = nw_channel_receive(line->transformed, &page)) == 0) {
        snprintf(path, sizeof path, "%s/%zu.errors", line->folder, page.number);
        ssize_t n = nw_write_file(path, page.text.data, page.text.size, NW_ATOMIC);
        nw_bytes_finish(&page.text);
        line->held--;
        if (n < 0)
            return (int)n;
    }
    return rc == NW_ECLOSED ? 0 : rc;
}

struct stage {
    struct pipeline *line;
    nw_task_fn *worker;
    nw_channel *out;
};

/* Runs the workers of a stage, and tells the next one when there is no more. */
static int run_stage(void *arg)
{
    const struct stage *stage = arg;
    nw_group workers;
    int rc = 0;

    nw_group_init(&workers, 0);
    for (int i = 0; i < WORKERS && rc == 0; i++)
        rc = nw_group_spawn(&workers, stage->worker, stage->line);
    int failed = nw_group_finish(&workers);
    if (stage->out)
        nw_channel_close(stage->out);
    return failed < 0 ? failed : rc;
}

static void drop(nw_channel *channel) /* after an error */
{
    struct page page;

    while (channel && nw_channel_try_receive(channel, &page) == 0)
        nw_bytes_finish(&page.text);
    nw_channel_destroy(channel);
}

static int run(void *arg)
{
    struct pipeline *line = arg;

    int rc = nw_channel_create(sizeof(struct page), QUEUED, &line->fetched);
    if (rc == 0)
        rc = nw_channel_create(sizeof(struct page), QUEUED, &line->transformed);
    if (rc == 0) {
        struct stage stages[] = {
            {line, fetch, line->fetched}, {line, transform, line->transformed}, {line, save, NULL}};
        rc = nw_each(stages, 3, sizeof *stages, 0, run_stage); /* the first error ends all three */
    }
    drop(line->fetched);
    drop(line->transformed);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: pipeline URL COUNT FOLDER\n");
        return 2;
    }
    struct pipeline line = {.url = argv[1], .count = strtoul(argv[2], NULL, 10), .folder = argv[3]};
    int rc = nw_run(run, &line);
    if (rc < 0)
        fprintf(stderr, "pipeline: %s\n", nw_strerror(rc));
    else
        printf("%zu files, at most %zu in memory\n", line.count, line.most_held);
    return rc < 0;
}
