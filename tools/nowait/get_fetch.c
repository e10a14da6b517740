/* SPDX-License-Identifier: MIT */
/*
 * One try of a download: the whole in one answer, or what is missing of it in ranges, by several connections.
 * RFC 9110: ranges are section 14, If-Range is 13.1.5, validators are 8.8.
 * Owns the answers that it reads. Must never put two versions of a resource into one file.
 */
#include "get.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The content is another by now: to be fetched from its beginning. */
#define CHANGED (-ESTALE)

/* -- validators -- */

/* May be compared byte by byte: a strong entity tag (8.8.1), which W/"..." is not. */
static const char *strong_tag(const char *etag)
{
    return etag && etag[0] == '"' ? etag : NULL;
}

/* What says which version it is: the tag, else the date, which is kept only where it is good for that. NULL:
 * nothing. */
static const char *validator(const struct part_state *state)
{
    if (state->etag[0])
        return state->etag;
    return state->modified[0] ? state->modified : NULL;
}

/* Is something there, and can the rest of the same version be asked for? */
static bool can_go_on(const struct part_state *state)
{
    return state_done(state) > 0 && validator(state);
}

/* It is older than the answer by a second (8.8.2.2): no other version can have the same. */
static bool is_strong_date(const nw_http_response *response)
{
    const char *modified = nw_http_response_header(response, "Last-Modified");
    const char *date = nw_http_response_header(response, "Date");
    int64_t modified_s, date_s;
    return modified && date && nw_http_date_parse(modified, &modified_s) == 0 &&
           nw_http_date_parse(date, &date_s) == 0 && modified_s + 1 <= date_s;
}

/* Is the answer of the version that is there? What it does not say counts as the same. */
static bool same_version(const struct part_state *state, const nw_http_response *response)
{
    const char *etag = nw_http_response_header(response, "ETag");
    const char *modified = nw_http_response_header(response, "Last-Modified");
    if (state->etag[0] && etag)
        return strcmp(state->etag, etag) == 0;
    if (state->modified[0] && modified)
        return strcmp(state->modified, modified) == 0;
    return true;
}

/* -- ranges -- */

/* "bytes 2-5/10" (14.4). The size is -1 for "*". Returns: false: it makes no sense. */
static bool parse_content_range(const char *text, int64_t *first, int64_t *last, int64_t *size)
{
    int used = 0;
    *size = -1;
    if (!text || strncasecmp(text, "bytes ", 6) != 0)
        return false;
    text += 6;
    if (sscanf(text, "*/%" SCNd64 "%n", size, &used) == 1 && text[used] == '\0') {
        *first = *last = -1;
        return *size >= 0;
    }
    used = 0;
    if (sscanf(text, "%" SCNd64 "-%" SCNd64 "/%n", first, last, &used) != 2 || used == 0)
        return false;
    if (strcmp(text + used, "*") == 0)
        return *first >= 0 && *last >= *first;
    int more = 0;
    return sscanf(text + used, "%" SCNd64 "%n", size, &more) == 1 && text[used + more] == '\0' &&
           *first >= 0 && *last >= *first && *size > *last;
}

/* An answer 206 to a request for a piece: is it that, of that version? */
static int check_range(struct fetch *fetch, const nw_http_response *response, struct piece *piece)
{
    int64_t first, last, size;
    struct part_state *state = &fetch->part.state;
    if (!parse_content_range(nw_http_response_header(response, "Content-Range"), &first, &last, &size))
        return request_wrong(fetch, "the server sent a range without saying which");
    if (!same_version(state, response) || (size >= 0 && state->size_bytes >= 0 && size != state->size_bytes))
        return CHANGED;
    if (first != piece->begin + piece->done || (piece->end >= 0 && last >= piece->end))
        return request_wrong(fetch, "the server sent another range than it was asked for");
    if (piece->end < 0 && size >= 0)
        piece->end = state->size_bytes = size;
    return 0;
}

/* 416: there is nothing behind what is there. All of it, or another version? */
static int check_end(struct fetch *fetch, const nw_http_response *response, struct piece *piece)
{
    int64_t first, last, size;
    if (!parse_content_range(nw_http_response_header(response, "Content-Range"), &first, &last, &size))
        size = fetch->part.state.size_bytes;
    if (size != piece->begin + piece->done || (piece->end >= 0 && size != piece->end) ||
        !same_version(&fetch->part.state, response))
        return CHANGED;
    piece->end = fetch->part.state.size_bytes = size;
    return 0;
}

/* The answer to a request for a range. `anew_out`: it is the whole, to be taken instead. */
static int take_range(struct fetch *fetch, nw_http_response *response, struct piece *piece)
{
    int status = nw_http_response_status(response);
    int rc;
    if (status == 416)
        return check_end(fetch, response, piece);
    if (status == 200)
        return CHANGED;
    if (status != 206)
        return request_refused(fetch, response);
    rc = check_range(fetch, response, piece);
    if (rc < 0)
        return rc;
    int64_t before = piece->done;
    rc = receive_body(fetch, response, piece);
    if (rc == 0 && piece->done == before)
        return request_wrong(fetch, "the server sent an empty range");
    if (rc == 0 && piece->end < 0)
        piece->end = fetch->part.state.size_bytes = piece->begin + piece->done;
    return rc;
}

static int fetch_range(struct fetch *fetch, struct piece *piece)
{
    char range[64];
    nw_http_response *response;
    int64_t from = piece->begin + piece->done;
    if (piece->end >= 0)
        snprintf(range, sizeof range, "bytes=%" PRId64 "-%" PRId64, from, piece->end - 1);
    else
        snprintf(range, sizeof range, "bytes=%" PRId64 "-", from);
    int rc = request_send(fetch, range, validator(&fetch->part.state), &response);
    if (rc < 0)
        return rc;
    rc = take_range(fetch, response, piece);
    nw_http_response_close(response);
    return rc;
}

static bool is_missing(const struct piece *piece)
{
    return piece->end < 0 || piece->done < piece->end - piece->begin;
}

static struct piece *next_missing(struct part_state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        if (!state->pieces[i].taken && is_missing(&state->pieces[i]))
            return &state->pieces[i];
    }
    return NULL;
}

/* A connection: piece after piece. The first one goes on with the answer that it has. */
struct connection {
    struct fetch *fetch;
    nw_http_response *response;
};

static int fetch_pieces(void *arg)
{
    struct connection *connection = arg;
    struct fetch *fetch = connection->fetch;
    struct piece *piece;
    int rc = 0;
    while (rc == 0 && (piece = next_missing(&fetch->part.state))) {
        piece->taken = true;
        if (connection->response) {
            rc = receive_body(fetch, connection->response, piece);
            nw_http_response_close(connection->response);
            connection->response = NULL;
        }
        while (rc == 0 && is_missing(piece))
            rc = fetch_range(fetch, piece);
        piece->taken = false;
    }
    return rc;
}

/* All that is missing, by several connections; `first` is an answer for the first piece, or NULL. */
static int fetch_missing(struct fetch *fetch, nw_http_response *first)
{
    size_t pieces = fetch->part.state.count;
    unsigned count = fetch->item->connections < pieces ? fetch->item->connections : (unsigned)pieces;
    struct connection *connections = calloc(count, sizeof *connections);
    if (!connections) {
        nw_http_response_close(first);
        return request_no_file(fetch, fetch->part.part_path, -ENOMEM);
    }
    for (unsigned i = 0; i < count; i++)
        connections[i] = (struct connection){fetch, i == 0 ? first : NULL};
    int rc = nw_each(connections, count, sizeof *connections, 0, fetch_pieces);
    for (unsigned i = 0; i < count; i++)
        nw_http_response_close(connections[i].response);
    free(connections);
    return rc;
}

/* -- the whole -- */

static void show_name(const struct fetch *fetch, const char *path)
{
    snprintf(fetch->item->words->label, sizeof fetch->item->words->label, "%s", place_name(path));
}

/* Into a device, a pipe or a descriptor bytes go as they come. */
static int open_special(struct fetch *fetch)
{
    int fd = nw_fd_open(fetch->path, O_WRONLY | O_TRUNC, 0);
    if (fd < 0)
        return request_no_file(fetch, fetch->path, fd);
    int rc = part_open_stream(&fetch->part, fetch->item->checksum.kind);
    if (rc < 0) {
        nw_fd_close(fd);
        return request_no_file(fetch, fetch->path, rc);
    }
    fetch->part.fd = fd;
    return 0;
}

/* Where the user has not said -o, a file that another download is writing gets out of the way. */
static int open_part(struct fetch *fetch)
{
    const char *url = fetch->get->go_on ? fetch->item->shown_url : NULL;
    if (fetch->special)
        return open_special(fetch);
    int rc = fetch->get->output ? part_open(&fetch->part, fetch->path, url)
                                : part_open_numbered(&fetch->part, fetch->path, url);
    if (rc == 0) {
        show_name(fetch, fetch->part.path);
        return 0;
    }
    char *tried = part_path(fetch->path);
    request_no_file(fetch, tried, rc);
    free(tried);
    return rc;
}

static bool is_open(const struct part *part)
{
    return part->path || part->stream;
}

int fetch_prepare(struct fetch *fetch)
{
    const char *name = fetch->item->name;
    if (name && strcmp(name, "-") == 0) {
        int rc = part_open_stream(&fetch->part, fetch->item->checksum.kind);
        return rc < 0 ? request_no_file(fetch, NULL, rc) : 0;
    }
    int rc = place_choose(fetch, NULL);
    if (rc < 0 || !fetch->get->go_on || !place_has_part(fetch))
        return rc; /* the answer may have a better name */
    return open_part(fetch);
}

/* Can ranges of what this answer is of be asked for, and put together? */
static bool can_split(const struct fetch *fetch, const nw_http_response *response)
{
    const char *ranges = nw_http_response_header(response, "Accept-Ranges");
    const char *coding = nw_http_response_header(response, "Content-Encoding");
    return fetch->item->connections > 1 && ranges && strcasecmp(ranges, "bytes") == 0 && !coding &&
           validator(&fetch->part.state) && nw_http_response_length(response) > 0;
}

/* Empty the part for an answer with the whole. */
static int begin_whole(struct fetch *fetch, const nw_http_response *response)
{
    struct part *part = &fetch->part;
    const char *modified = nw_http_response_header(response, "Last-Modified");
    int64_t length = nw_http_response_length(response);
    if (nw_http_response_header(response, "Content-Encoding") && !fetch->get->client_options.no_decoding)
        length = -1; /* what it is on the way */
    int rc = part_begin(part, strong_tag(nw_http_response_header(response, "ETag")),
                        is_strong_date(response) ? modified : NULL, length);
    if (rc == 0 && can_split(fetch, response))
        rc = part_split(part, fetch->item->connections);
    return rc < 0 ? request_no_file(fetch, part->part_path, rc) : 0;
}

/* The answer, from where it stands, into the only piece. */
static int receive_rest(struct fetch *fetch, nw_http_response *response)
{
    struct part_state *state = &fetch->part.state;
    int rc = receive_body(fetch, response, &state->pieces[0]);
    if (rc == 0 && state->size_bytes < 0)
        state->pieces[0].end = state->size_bytes = state->pieces[0].done;
    return rc;
}

/* An answer with the whole: into an empty part. Closes the answer. */
static int take_whole(struct fetch *fetch, nw_http_response *response)
{
    struct get_item *item = fetch->item;
    int rc = begin_whole(fetch, response);
    if (rc == 0) {
        item->done_bytes = 0;
        item->total_bytes = fetch->part.state.size_bytes;
        item->resumed = false;
    }
    if (rc == 0 && fetch->part.state.count > 1)
        return fetch_missing(fetch, response);
    if (rc == 0)
        rc = receive_rest(fetch, response);
    nw_http_response_close(response);
    return rc;
}

/* -- a short one -- */

/* What has come goes into a part: it was cut, or is slow, or its name is not free. Also when the task was
 * cancelled: --continue goes on from there. */
static int keep_short(struct fetch *fetch, const nw_http_response *response, const struct short_body *body)
{
    struct part *part = &fetch->part;
    nw_shield shield;
    nw_shield_begin(&shield);
    int rc = open_part(fetch);
    if (rc == 0)
        rc = begin_whole(fetch, response);
    if (rc == 0) {
        rc = part_write(part, &part->state.pieces[0], body->data, body->size);
        if (rc < 0)
            request_no_file(fetch, part->part_path, rc);
    }
    nw_shield_end(&shield);
    return rc;
}

static int save_short(struct fetch *fetch, const struct short_body *body)
{
    int rc = short_save(fetch, body);
    fetch->saved = rc == 0;
    if (fetch->saved) {
        fetch->item->path = fetch->path;
        fetch->path = NULL;
    }
    return rc == -EBADMSG ? fetch_no_match(fetch) : rc == -ECANCELED ? rc : 0;
}

/* Closes the answer. */
static int take_short(struct fetch *fetch, nw_http_response *response)
{
    struct short_body body;
    show_name(fetch, fetch->path);
    int rc = short_read(fetch, response, &body);
    if (rc == 0 && body.whole)
        rc = save_short(fetch, &body);
    if (!fetch->saved && rc != -EBADMSG && (rc == 0 || body.size > 0)) {
        int kept = keep_short(fetch, response, &body);
        rc = rc < 0 ? rc : kept;
        if (rc == 0)
            rc = receive_rest(fetch, response);
    }
    nw_http_response_close(response);
    free(body.data);
    return rc;
}

/* -- one try -- */

static void note_times(struct fetch *fetch, const nw_http_response *response)
{
    int64_t time_s;
    const char *modified = nw_http_response_header(response, "Last-Modified");
    if (modified && nw_http_date_parse(modified, &time_s) == 0)
        fetch->modified_s = time_s;
}

/* 206 answers a range (RFC 9110, 15.3.7): a part must not pass for the whole, unless the user asked for one.
 */
static int check_whole(struct fetch *fetch, nw_http_response *response)
{
    const struct get *get = fetch->get;
    int status = nw_http_response_status(response);
    if (status < 200 || status > 299)
        return request_refused(fetch, response);
    for (size_t i = 0; i < get->header_count; i++) {
        if (strcasecmp(get->headers[i].name, "Range") == 0)
            return 0;
    }
    return status == 206 ? request_wrong(fetch, "the server sent a range that was not asked for") : 0;
}

/* With the place chosen and nothing open yet: is it there, short, or to be gone on with? Closes the answer.
 */
static int take_anywhere(struct fetch *fetch, nw_http_response *response)
{
    if (place_has_all(fetch, response)) {
        fetch->item->skipped = true;
        nw_http_response_close(response);
        return 0;
    }
    if (short_fits(fetch, response) && !(fetch->get->go_on && place_has_part(fetch)))
        return take_short(fetch, response);
    int rc = open_part(fetch);
    bool goes_on = rc == 0 && can_go_on(&fetch->part.state);
    if (rc == 0 && !(goes_on && same_version(&fetch->part.state, response))) {
        fetch->item->anew = goes_on;
        return take_whole(fetch, response);
    }
    nw_http_response_close(response);
    return rc < 0 ? rc : fetch_once(fetch);
}

/* Ask for the whole, and find out what it is called. */
static int fetch_whole(struct fetch *fetch)
{
    nw_http_response *response;
    int rc = request_send(fetch, NULL, NULL, &response);
    if (rc < 0)
        return rc;
    rc = check_whole(fetch, response);
    if (rc == 0 && !is_open(&fetch->part))
        rc = place_choose(fetch, response);
    if (rc < 0) {
        nw_http_response_close(response);
        return rc;
    }
    note_times(fetch, response);
    return is_open(&fetch->part) ? take_whole(fetch, response) : take_anywhere(fetch, response);
}

int fetch_once(struct fetch *fetch)
{
    struct part *part = &fetch->part;
    int rc = CHANGED;
    fetch->hint = (struct retry_hint){.useless = true, .retry_after_ns = -1};
    if (is_open(part) && can_go_on(&part->state)) {
        fetch->item->done_bytes = state_done(&part->state);
        fetch->item->total_bytes = part->state.size_bytes;
        fetch->item->resumed = true;
        rc = fetch_missing(fetch, NULL);
    }
    if (rc == CHANGED && fetch->item->resumed && !part->stream)
        fetch->item->anew = true;
    if (rc == CHANGED)
        rc = fetch_whole(fetch);
    if (rc == CHANGED) {
        fetch->item->anew = true;
        return request_wrong(fetch, "it changed while it was fetched");
    }
    if (rc == 0 && !fetch->item->skipped && !fetch->saved && part->state.size_bytes >= 0 &&
        !state_is_whole(&part->state))
        return request_wrong(fetch, "fewer bytes came than the server had announced");
    return rc;
}
