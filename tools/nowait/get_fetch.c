/* SPDX-License-Identifier: MIT */
/*
 * One try of a download: the whole in one answer, or what is missing of it in ranges, by several connections.
 * RFC 9110: ranges are section 14, If-Range is 13.1.5, validators are 8.8.
 * Owns the answers that it reads. Must never put two versions of a resource into one file.
 */
#include "get.h"

#include "get_name.h"
#include "tool.h"

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

/* What says which version it is: the tag, else the date, which is good enough for a file that is no younger
 * than the answer by a minute (8.8.2.2). NULL: nothing. */
static const char *validator(const struct part *part)
{
    if (part->etag[0])
        return part->etag;
    return part->modified[0] ? part->modified : NULL;
}

static bool is_strong_date(const nw_http_response *response)
{
    const char *modified = nw_http_response_header(response, "Last-Modified");
    const char *date = nw_http_response_header(response, "Date");
    int64_t modified_s, date_s;
    return modified && date && nw_http_date_parse(modified, &modified_s) == 0 &&
           nw_http_date_parse(date, &date_s) == 0 && modified_s + 1 <= date_s;
}

/* Is the answer of the version that the part is of? What it does not say counts as the same. */
static bool same_version(const struct part *part, const nw_http_response *response)
{
    const char *etag = nw_http_response_header(response, "ETag");
    const char *modified = nw_http_response_header(response, "Last-Modified");
    if (part->etag[0] && etag)
        return strcmp(part->etag, etag) == 0;
    if (part->modified[0] && modified)
        return strcmp(part->modified, modified) == 0;
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
    struct part *part = &fetch->part;
    if (!parse_content_range(nw_http_response_header(response, "Content-Range"), &first, &last, &size))
        return request_wrong(fetch, "the server sent a range without saying which");
    if (!same_version(part, response) || (size >= 0 && part->size_bytes >= 0 && size != part->size_bytes))
        return CHANGED;
    if (first != piece->begin + piece->done || (piece->end >= 0 && last >= piece->end))
        return request_wrong(fetch, "the server sent another range than it was asked for");
    if (piece->end < 0 && size >= 0)
        piece->end = part->size_bytes = size;
    return 0;
}

/* 416: there is nothing behind what is there. All of it, or another version? */
static int check_end(struct fetch *fetch, const nw_http_response *response, struct piece *piece)
{
    int64_t first, last, size;
    if (!parse_content_range(nw_http_response_header(response, "Content-Range"), &first, &last, &size))
        size = fetch->part.size_bytes;
    if (size != piece->begin + piece->done || (piece->end >= 0 && size != piece->end) ||
        !same_version(&fetch->part, response))
        return CHANGED;
    piece->end = fetch->part.size_bytes = size;
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
        piece->end = fetch->part.size_bytes = piece->begin + piece->done;
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
    int rc = request_send(fetch, range, validator(&fetch->part), &response);
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

static struct piece *next_missing(struct part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        if (!part->pieces[i].taken && is_missing(&part->pieces[i]))
            return &part->pieces[i];
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
    while (rc == 0 && (piece = next_missing(&fetch->part))) {
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
    unsigned count =
        fetch->item->connections < fetch->part.count ? fetch->item->connections : (unsigned)fetch->part.count;
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

static char *join(const char *directory, const char *name)
{
    size_t size = (directory ? strlen(directory) : 0) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s", directory ? directory : "",
                 directory && directory[strlen(directory) - 1] != '/' ? "/" : "", name);
    return path;
}

/* The name for an answer; `response` NULL: what can be guessed before there is one. */
static void choose_name(const struct fetch *fetch, const nw_http_response *response,
                        char name[SAFE_NAME_BYTES])
{
    const char *disposition = response ? nw_http_response_header(response, "Content-Disposition") : NULL;
    const char *type = response ? nw_http_response_header(response, "Content-Type") : NULL;
    if (!fetch->get->url_names && name_of_disposition(disposition, name))
        return;
    memcpy(name, fetch->url_name, SAFE_NAME_BYTES);
    if (*name)
        return;
    if (response && name_of_url(nw_http_response_url(response), name))
        return;
    snprintf(name, SAFE_NAME_BYTES, "%s",
             !type || strncasecmp(type, "text/html", 9) == 0 ? "index.html" : "download");
}

static int is_special(void *path)
{
    return part_is_special(path);
}

/* Into a device, a pipe or a descriptor bytes go as they come. Returns: 1: it is one. */
static int open_special(struct fetch *fetch, char *path)
{
    int rc = fetch->item->name ? nw_to_thread(is_special, path) : 0;
    if (rc <= 0)
        return rc;
    int fd = nw_fd_open(path, O_WRONLY | O_TRUNC, 0);
    if (fd < 0)
        return fd;
    rc = part_open_stream(&fetch->part, fetch->item->checksum.kind);
    if (rc < 0) {
        nw_fd_close(fd);
        return rc;
    }
    fetch->part.fd = fd;
    return 1;
}

static void show_name(const struct fetch *fetch)
{
    const char *slash = strrchr(fetch->part.path, '/');
    snprintf(fetch->item->words->label, sizeof fetch->item->words->label, "%s",
             slash ? slash + 1 : fetch->part.path);
}

/* Where the user has not said -o, a file that another download is writing gets out of the way. */
static int open_part(struct fetch *fetch, const char *name)
{
    const char *url = fetch->get->go_on ? fetch->item->shown_url : NULL;
    const char *directory = fetch->get->directory;
    char *path = join(directory, name);
    int rc = path ? open_special(fetch, path) : -ENOMEM;
    if (rc == 0)
        rc = fetch->get->output ? part_open(&fetch->part, path, url)
                                : part_open_numbered(&fetch->part, path, url);
    if (rc < 0)
        request_no_file(fetch, path, rc);
    if (rc == 0)
        show_name(fetch);
    free(path);
    return rc < 0 ? rc : 0;
}

static bool is_open(const struct part *part)
{
    return part->path || part->stream;
}

/* Is there a part of an earlier run under the name that can be guessed? */
static bool has_part(const struct fetch *fetch, const char *name)
{
    struct stat stat;
    char part_name[SAFE_NAME_BYTES + 8];
    if (!fetch->get->parts_there)
        return false;
    if (snprintf(part_name, sizeof part_name, "%s.part", name) >= (int)sizeof part_name)
        return true; /* a long name of the user's: opening it will tell */
    char *path = join(fetch->get->directory, part_name);
    bool found = path && nw_stat(path, &stat) == 0;
    free(path);
    return found;
}

int fetch_prepare(struct fetch *fetch)
{
    char guess[SAFE_NAME_BYTES];
    const char *name = fetch->item->name;
    if (name && strcmp(name, "-") == 0) {
        int rc = part_open_stream(&fetch->part, fetch->item->checksum.kind);
        return rc < 0 ? request_no_file(fetch, NULL, rc) : 0;
    }
    if (!name) {
        choose_name(fetch, NULL, guess);
        name = guess;
    }
    if (!fetch->get->go_on || !has_part(fetch, name))
        return 0; /* the answer may have a better name */
    return open_part(fetch, name);
}

static bool is_same_file(const struct stat *stat, int64_t size_bytes, int64_t time_s)
{
    return S_ISREG(stat->st_mode) && stat->st_size == size_bytes && stat->st_mtim.tv_sec == time_s;
}

/* A file of this size and time: NAME, or NAME.1, NAME.2, where an earlier run has found another one in its
 * place. NULL: none. The caller's. */
static char *find_same_file(const struct get *get, const char *name, int64_t size_bytes, int64_t time_s)
{
    struct stat stat;
    char *first = join(get->directory, name);
    char *path = first ? strdup(first) : NULL;
    for (unsigned number = 1; path; number++) {
        bool there = nw_stat(path, &stat) == 0;
        if (there && is_same_file(&stat, size_bytes, time_s))
            break;
        free(path);
        path = there && !get_replaces(get) ? part_numbered(first, number) : NULL;
    }
    free(first);
    return path;
}

/* With --continue, what would be fetched may be there. */
static bool is_there_already(const struct fetch *fetch, const nw_http_response *response, const char *name)
{
    int64_t time_s;
    int64_t size_bytes = nw_http_response_length(response);
    const char *modified = nw_http_response_header(response, "Last-Modified");
    if (!fetch->get->go_on || !modified || nw_http_date_parse(modified, &time_s) < 0)
        return false;
    char *path = find_same_file(fetch->get, name, size_bytes, time_s);
    if (!path)
        return false;
    free(fetch->item->path);
    fetch->item->path = path;
    fetch->item->total_bytes = fetch->item->done_bytes = size_bytes;
    return true;
}

/* Can ranges of what this answer is of be asked for, and put together? */
static bool can_split(const struct fetch *fetch, const nw_http_response *response)
{
    const char *ranges = nw_http_response_header(response, "Accept-Ranges");
    const char *coding = nw_http_response_header(response, "Content-Encoding");
    return fetch->item->connections > 1 && ranges && strcasecmp(ranges, "bytes") == 0 && !coding &&
           validator(&fetch->part) && nw_http_response_length(response) > 0;
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
    struct part *part = &fetch->part;
    int rc = receive_body(fetch, response, &part->pieces[0]);
    if (rc == 0 && part->size_bytes < 0)
        part->pieces[0].end = part->size_bytes = part->pieces[0].done;
    return rc;
}

/* An answer with the whole: into an empty part. Closes the answer. */
static int take_whole(struct fetch *fetch, nw_http_response *response)
{
    struct get_item *item = fetch->item;
    int rc = begin_whole(fetch, response);
    if (rc == 0) {
        item->done_bytes = 0;
        item->total_bytes = fetch->part.size_bytes;
        item->resumed = false;
    }
    if (rc == 0 && fetch->part.count > 1)
        return fetch_missing(fetch, response);
    if (rc == 0)
        rc = receive_rest(fetch, response);
    nw_http_response_close(response);
    return rc;
}

/* -- a short one -- */

/* What has come goes into a part: it was cut, or is slow, or its name is not free. Also when the task was
 * cancelled: --continue goes on from there. */
static int keep_short(struct fetch *fetch, const nw_http_response *response, const char *name,
                      const struct short_body *body)
{
    struct part *part = &fetch->part;
    nw_shield shield;
    nw_shield_begin(&shield);
    int rc = open_part(fetch, name);
    if (rc == 0)
        rc = begin_whole(fetch, response);
    if (rc == 0) {
        rc = part_write(part, &part->pieces[0], body->data, body->size);
        if (rc < 0)
            request_no_file(fetch, part->part_path, rc);
    }
    nw_shield_end(&shield);
    return rc;
}

static int save_short(struct fetch *fetch, const struct short_body *body, const char *name)
{
    char *path = join(fetch->get->directory, name);
    int rc = path ? short_save(fetch, body, path) : -ENOMEM;
    fetch->saved = rc == 0;
    if (fetch->saved)
        fetch->item->path = path;
    else
        free(path);
    return rc == -EBADMSG ? fetch_no_match(fetch) : rc == -ECANCELED ? rc : 0;
}

/* Closes the answer. */
static int take_short(struct fetch *fetch, nw_http_response *response, const char *name)
{
    struct short_body body;
    snprintf(fetch->item->words->label, sizeof fetch->item->words->label, "%s", name);
    int rc = short_read(fetch, response, &body);
    if (rc == 0 && body.whole)
        rc = save_short(fetch, &body, name);
    if (!fetch->saved && rc != -EBADMSG && (rc == 0 || body.size > 0)) {
        int kept = keep_short(fetch, response, name, &body);
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

/* Ask for the whole, and find out what it is called. */
static int fetch_whole(struct fetch *fetch)
{
    char name[SAFE_NAME_BYTES];
    nw_http_response *response;
    int rc = request_send(fetch, NULL, NULL, &response);
    if (rc < 0)
        return rc;
    rc = check_whole(fetch, response);
    if (rc < 0) {
        nw_http_response_close(response);
        return rc;
    }
    note_times(fetch, response);
    choose_name(fetch, response, name);
    const char *chosen = fetch->item->name ? fetch->item->name : name;
    if (!is_open(&fetch->part)) {
        if (is_there_already(fetch, response, chosen)) {
            fetch->item->skipped = true;
            nw_http_response_close(response);
            return 0;
        }
        if (short_fits(fetch, response) && !(fetch->get->go_on && has_part(fetch, chosen)))
            return take_short(fetch, response, chosen);
        rc = open_part(fetch, chosen);
        bool goes_on = rc == 0 && part_has_content(&fetch->part) && validator(&fetch->part);
        if (goes_on && same_version(&fetch->part, response)) {
            nw_http_response_close(response);
            return fetch_once(fetch);
        }
        fetch->item->anew = goes_on;
    }
    if (rc == 0)
        return take_whole(fetch, response);
    nw_http_response_close(response);
    return rc;
}

int fetch_once(struct fetch *fetch)
{
    struct part *part = &fetch->part;
    int rc = CHANGED;
    fetch->hint = (struct retry_hint){.useless = true, .retry_after_ns = -1};
    if (is_open(part) && part_has_content(part) && validator(part)) {
        fetch->item->done_bytes = part_done(part);
        fetch->item->total_bytes = part->size_bytes;
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
    if (rc == 0 && !fetch->item->skipped && !fetch->saved && part->size_bytes >= 0 && !part_is_whole(part))
        return request_wrong(fetch, "fewer bytes came than the server had announced");
    return rc;
}
