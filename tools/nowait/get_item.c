/* SPDX-License-Identifier: MIT */
/*
 * One URL: try after try, then the check of what came, and its name.
 * Owns the fetch while it is under way; what came of it stands in the item.
 * Must leave a part that can be gone on with, or none: also when it is cancelled.
 */
#include "get.h"

#include "hasher.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A try that has brought this much is not counted: a long download over a bad line gets there. */
#define PROGRESS_BYTES (INT64_C(1) << 20)

/* -- tries -- */

/* Returns: 0 after the wait; else the error that it ends with. */
static int wait_for_retry(struct fetch *fetch, unsigned retry, int error)
{
    struct get_item *item = fetch->item;
    int64_t delay_ns = retry_delay(&fetch->get->retry, retry, &fetch->hint);
    if (delay_ns < 0) {
        size_t size = strlen(item->words->text);
        snprintf(item->words->text + size, sizeof item->words->text - size, ", and asks to wait %lld s",
                 (long long)(fetch->hint.retry_after_ns / NW_SEC(1)));
        return error;
    }
    if (item->status == 429 || item->status == 503)
        item->connections = 1; /* it may be us */
    get_report_retry(item, delay_ns);
    item->outcome = GET_PENDING;
    return nw_sleep(delay_ns);
}

static int fetch_with_retries(struct fetch *fetch)
{
    struct get_item *item = fetch->item;
    unsigned retry = 0;
    for (;;) {
        int64_t before = item->received_bytes;
        item->tries++;
        item->status = 0;
        int rc = fetch_once(fetch);
        if (rc == 0 || rc == -ECANCELED || fetch->hint.useless)
            return rc;
        if (item->received_bytes - before >= PROGRESS_BYTES)
            retry = 0;
        if (retry++ == fetch->get->retry.retries)
            return rc;
        (void)part_save(&fetch->part, item->shown_url, true);
        rc = wait_for_retry(fetch, retry, rc);
        if (rc < 0)
            return rc;
    }
}

/* -- what came -- */

int fetch_no_match(struct fetch *fetch)
{
    struct get_item *item = fetch->item;
    fetch->hint = (struct retry_hint){.useless = true, .retry_after_ns = -1};
    item->outcome = GET_NO_MATCH;
    snprintf(item->words->text, sizeof item->words->text, "what came does not have the %s digest expected",
             item->checksum.kind->tag);
    return -EBADMSG;
}

static int digest_file(const struct fetch *fetch, unsigned char *digest_out)
{
    uint64_t bytes = 0;
    struct hasher *hasher = hasher_create(fetch->item->checksum.kind);
    if (!hasher)
        return -ENOMEM;
    lseek(fetch->part.fd, 0, SEEK_SET);
    int rc = hasher_run(hasher, fetch->part.fd, &bytes, digest_out);
    hasher_destroy(hasher);
    return rc;
}

static int verify(struct fetch *fetch)
{
    unsigned char digest[DIGEST_MOST_BYTES];
    const struct get_checksum *checksum = &fetch->item->checksum;
    int rc = fetch->part.stream ? part_stream_digest(&fetch->part, digest) : digest_file(fetch, digest);
    if (rc < 0)
        return request_no_file(fetch, fetch->part.part_path, rc);
    return memcmp(digest, checksum->expected, checksum->kind->size_bytes) == 0 ? 0 : fetch_no_match(fetch);
}

/* What is there already was not fetched; its digest counts all the same. */
static int verify_skipped(struct fetch *fetch)
{
    if (!fetch->item->checksum.kind)
        return 0;
    int fd = nw_fd_open(fetch->item->path, O_RDONLY, 0);
    if (fd < 0)
        return request_no_file(fetch, fetch->item->path, fd);
    fetch->part.fd = fd;
    int rc = verify(fetch);
    nw_fd_close(fd);
    fetch->part.fd = -1;
    return rc;
}

bool get_replaces(const struct get *get)
{
    return get->overwrite || get->output;
}

static int finish(struct fetch *fetch)
{
    struct part *part = &fetch->part;
    const struct get *get = fetch->get;
    int rc = 0;
    if (fetch->item->checksum.kind)
        rc = verify(fetch);
    if (rc < 0 || part->stream)
        return rc;
    if (get->sync)
        rc = nw_fd_sync(part->fd);
    if (rc == 0)
        rc = part_finish(part, get_replaces(get), get->no_times ? 0 : fetch->modified_s);
    if (rc < 0)
        return request_no_file(fetch, part->path, rc);
    fetch->item->path = strdup(part->path);
    return 0;
}

/* What can be gone on with stays, and says of which version it is. */
static void leave(struct fetch *fetch, int result)
{
    struct part *part = &fetch->part;
    bool keep = result < 0 && fetch->item->outcome != GET_NO_MATCH && state_done(&part->state) > 0 &&
                (part->state.etag[0] || part->state.modified[0]);
    nw_shield shield;
    nw_shield_begin(&shield);
    if (keep && part->path)
        keep = part_save(part, fetch->item->shown_url, true) == 0;
    if (keep)
        fetch->get->parts_there = true;
    part_close(part, result < 0 && !keep);
    nw_shield_end(&shield);
}

/* -- only the headers -- */

static void print_headers(struct fetch *fetch, const nw_http_response *response)
{
    const nw_http_headers *headers = nw_http_response_headers(response);
    struct get *get = fetch->get;
    nw_pair field;
    int status = nw_http_response_status(response);
    if (get->json)
        return;
    get_bars_hide(get);
    if (get->count > 1) {
        output_printf(&tool_out, "%s==> ", get->announced ? "\n" : "");
        tool_printable(&tool_out, fetch->item->shown_url);
        output_text(&tool_out, " <==\n");
    }
    get->announced = true;
    output_printf(&tool_out, "%d %s\n", status, nw_http_reason(status));
    for (size_t i = 0; nw_http_headers_at(headers, i, &field); i++) {
        tool_printable(&tool_out, field.name);
        output_text(&tool_out, ": ");
        tool_printable(&tool_out, field.value);
        output_text(&tool_out, "\n");
    }
}

static int fetch_head(struct fetch *fetch)
{
    nw_http_response *response;
    fetch->item->tries = 1;
    int rc = request_send(fetch, NULL, NULL, &response);
    if (rc < 0)
        return rc;
    int status = nw_http_response_status(response);
    fetch->item->total_bytes = nw_http_response_length(response);
    print_headers(fetch, response);
    if (status < 200 || status > 299)
        rc = request_refused(fetch, response);
    nw_http_response_close(response);
    return rc;
}

/* -- all of it -- */

static int fetch_all(struct fetch *fetch)
{
    if (fetch->get->head)
        return fetch_head(fetch);
    int rc = fetch_prepare(fetch);
    if (rc == 0)
        rc = fetch_with_retries(fetch);
    if (rc < 0 || fetch->saved)
        return rc;
    return fetch->item->skipped ? verify_skipped(fetch) : finish(fetch);
}

int get_item_run(struct get_item *item)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch)
        return -ENOMEM;
    fetch->get = item->get;
    fetch->item = item;
    item->words = &fetch->words;
    fetch->part.fd = -1;
    const char *label = name_of_url(item->url, fetch->url_name) ? fetch->url_name : item->shown_url;
    snprintf(item->words->label, sizeof item->words->label, "%.*s", (int)sizeof item->words->label - 1,
             label);
    item->began_ns = nw_now();
    item->connections = item->get->connections;
    int rc = fetch_all(fetch);
    leave(fetch, rc);
    item->ended_ns = nw_now();
    if (rc == 0)
        item->outcome = GET_DONE;
    if (rc != -ECANCELED)
        get_report(item);
    item->words = NULL;
    free(fetch->path);
    free(fetch);
    return rc == -ECANCELED ? rc : 0;
}
