/* SPDX-License-Identifier: MIT */
/*
 * An answer: its fields, and its body while it comes in. Owns the connection as long as there is a body on
 * it; with the body's last byte it goes back to the pool.
 */
#include <stdlib.h>
#include <string.h>

#include "http/body.h"
#include "http/client.h"

#define LARGE_BYTES (256 * 1024) /* read of a body at a time, when it is long or nobody knows */

/* -- life -- */

int nw__http_response_create(nw_http_client *client, nw_http_response **response_out)
{
    struct nw__link *link = nw__list_pop_front(&client->spare);
    nw_http_response *response;

    if (link) {
        client->spare_count--;
        response = nw__container(link, nw_http_response, link);
    } else {
        response = calloc(1, sizeof *response);
        if (!response)
            return -ENOMEM;
        nw__link_init(&response->link);
        nw__http_headers_init(&response->headers, client->options.header_limit_bytes, NW__HTTP_FIELDS_MAX);
        nw__http_headers_init(&response->trailers, client->options.header_limit_bytes, NW__HTTP_FIELDS_MAX);
    }
    response->client = client;
    *response_out = response;
    return 0;
}

void nw__http_response_destroy(nw_http_response *response)
{
    nw__http_target_release(response->target);
    nw__http_headers_finish(&response->headers);
    nw__http_headers_finish(&response->trailers);
    free(response);
}

/* Ready for the next answer; the buffers stay. */
static void clear(nw_http_response *response)
{
    response->length = -1;
    response->status = response->error = 0;
    response->ended = response->keep = response->upgraded = response->decode = response->has_failure = false;
    response->has_trailers = response->closing = false;
    nw__http_headers_clear(&response->trailers);
    response->raw = response->body = NULL;
}

/* Another loop's tasks cannot have it; outside of tasks is who cleans up behind a loop. */
bool nw__http_response_is_here(const nw_http_response *response)
{
    const nw_task *self = nw__task_self();

    return !self || self->loop == response->client->loop;
}

/* -- those who want all of it -- */

int nw__http_response_enter(nw_http_response *response)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (response->busy || response->closing)
        return response->closing ? -EBADF : -EBUSY;
    response->busy = true;
    return 0;
}

void nw__http_response_exit(nw_http_response *response)
{
    response->busy = false;
    if (response->closer)
        nw__wait_wake(response->closer);
}

/* Whoever is in such a call hears -EBADF, and lets go of the response. */
static void send_out(nw_http_response *response)
{
    struct nw__wait wait = {.what = "http response close"};

    response->closing = true;
    response->keep = false;
    if (response->connection)
        nw__http_pool_cut(response->connection);
    response->closer = &wait;
    while (response->busy)
        nw__wait_park(nw__task_self(), &wait);
    response->closer = NULL;
}

/* -- the connection -- */

static void release(nw_http_response *response, bool keep)
{
    struct nw__http_client_connection *connection = response->connection;

    response->connection = NULL;
    if (connection)
        nw__http_pool_give(connection, keep && !nw__http_wire_has_input(&connection->wire));
}

static void swap_headers(nw_http_headers *a, nw_http_headers *b)
{
    nw_http_headers kept = *a;

    *a = *b;
    *b = kept;
}

/* The body is there: what follows is the next one's. */
static void end_body(nw_http_response *response)
{
    struct nw__http_parser *parser = &response->connection->wire.parser;

    response->ended = true;
    if (parser->trailers.count > 0)
        swap_headers(&response->trailers, &parser->trailers);
    response->has_trailers = true;
    release(response, response->keep);
}

/* RFC 9110, 8.6: also where there is no body, of the one that there would be. */
static int64_t announced_length(const struct nw__http_call *call, const struct nw__http_parser *parser)
{
    bool withheld = parser->status == 304 || nw__http_is_method(call->method, "HEAD");

    return parser->announced >= 0 || withheld ? parser->announced : parser->length;
}

/* The caller, or the client, asks for each connection to be used once. */
static bool asks_to_close(const struct nw__http_call *call)
{
    const nw_http_request_options *request = call->request;

    if (nw__http_is_usual(call))
        return false;
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, "Connection") == 0)
            return true;
    return nw_http_headers_get(&call->client->headers, "Connection") != NULL;
}

int nw__http_response_take(struct nw__http_call *call)
{
    nw_http_response *response = call->response;
    struct nw__http_parser *parser = &call->connection->wire.parser;

    clear(response);
    response->connection = call->connection;
    call->connection = NULL;
    response->status = parser->status;
    response->length = announced_length(call, parser);
    response->keep = parser->keep_alive && call->body_sent && !parser->until_close && !asks_to_close(call);
    response->upgraded = parser->status == 101;
    swap_headers(&response->headers, &parser->headers);
    if (response->upgraded) {
        response->ended = true; /* what follows is no body */
        return 0;
    }
    if (parser->message_done)
        end_body(response);
    response->decode = call->decodes && !response->ended && response->status != 206 && parser->encoded;
    return 0;
}

/* -- reading the body -- */

/* Also where the next piece has come already: the time in all is over when it is over. */
static int set_timeout(nw_http_response *response)
{
    int64_t read_ns = response->times.read_ns, left;

    if (response->times.whole_at_ns != NW_FOREVER) {
        left = response->times.whole_at_ns - nw_now();
        if (left <= 0)
            return -ETIMEDOUT;
        if (left < read_ns)
            read_ns = left;
    }
    response->connection->wire.timeouts.read_ns = read_ns;
    return 0;
}

static void explain(const nw_http_response *response, int error, nw_http_failure *failure)
{
    struct nw__http_call call = {.phase = NW_HTTP_PHASE_BODY, .method = response->method};

    if (response->connection && error == NW_EPROTOCOL)
        call.why = response->connection->wire.parser.why;
    nw__http_explain_at(failure, &call, response->target->text, error);
}

/* For nw_http_response_failure(). */
static void note_failure(nw_http_response *response, int error)
{
    response->has_failure = true;
    explain(response, error, &response->failure);
}

/* A body that has failed does so again; one that was not waited for can still be read. */
static void note_error(nw_http_response *response, int error)
{
    if (error == -ECANCELED || error == -EBADF)
        return;
    note_failure(response, error);
    if (error != -ETIMEDOUT)
        response->error = error;
}

static ssize_t read_raw(nw_http_response *response, void *data, size_t size_bytes)
{
    ssize_t n;

    if (response->closing)
        return -EBADF;
    if (response->error) {
        if (!response->has_failure)
            note_failure(response, response->error);
        return response->error;
    }
    if (response->ended)
        return 0;
    n = set_timeout(response);
    if (n == 0)
        n = nw__http_wire_read(&response->connection->wire, data, size_bytes);
    if (n < 0)
        note_error(response, (int)n);
    else if (response->connection->wire.parser.message_done)
        end_body(response); /* with its last byte, not when somebody asks for more */
    return n;
}

static nw_http_response *response_of(struct nw__transport *transport)
{
    return nw__container(transport, nw_http_response, transport);
}

static ssize_t transport_read(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    (void)offset;
    if (response_of(transport)->whole)
        return -EBUSY; /* another task reads past the stream */
    return read_raw(response_of(transport), data, size_bytes);
}

/* What is known of the end makes room in one go: see nw_read_all(). */
static int64_t transport_end(struct nw__transport *transport)
{
    return response_of(transport)->length;
}

static int transport_close(struct nw__transport *transport)
{
    (void)transport; /* it is the response's */
    return 0;
}

static const struct nw__transport_kind body_kind = {
    .name = "http body",
    .read = transport_read,
    .known_end = transport_end,
    .close = transport_close,
};

/* A short body needs no large buffer. */
static size_t buffer_bytes(const nw_http_response *response)
{
    int64_t length = response->ended ? 0 : response->length;

    if (length < 0 || length >= LARGE_BYTES)
        return LARGE_BYTES;
    return length < 4096 ? 4096 : (size_t)length;
}

static int open_raw(nw_http_response *response)
{
    static const struct nw__open_mode mode = {.readable = true};
    nw_open_options options = {.buffer_bytes = buffer_bytes(response)};

    response->transport = (struct nw__transport){.kind = &body_kind};
    return nw__stream_create(&response->transport, &mode, &options, &response->raw);
}

/* RFC 9110, 5.3: several fields of a list are one list. */
static int join_codings(const nw_http_headers *headers, struct nw__bytes *out)
{
    nw_pair field;
    int rc = 0;

    for (size_t i = 0; rc == 0 && nw_http_headers_at(headers, i, &field); i++) {
        if (strcasecmp(field.name, "Content-Encoding") != 0)
            continue;
        rc = nw__bytes_append(out, field.value, strlen(field.value));
        if (rc == 0)
            rc = nw__bytes_append(out, ",", 1);
    }
    return rc < 0 ? rc : nw__bytes_append(out, "", 1);
}

static int open_decoder(nw_http_response *response)
{
    const nw_http_client_options *options = &response->client->options;
    const struct nw__http_decode_limits limits = {options->decoded_limit_bytes, options->decoded_ratio_limit};
    struct nw__bytes codings;
    int rc;

    nw__bytes_init(&codings, SIZE_MAX);
    rc = join_codings(&response->headers, &codings);
    if (rc == 0)
        rc = nw__http_decoder(response->raw, codings.data, &limits, &response->body);
    nw__bytes_finish(&codings);
    return rc;
}

static int open_body(nw_http_response *response)
{
    int rc = response->raw ? 0 : open_raw(response);

    if (rc < 0)
        return rc;
    rc = response->decode ? open_decoder(response) : -ENOTSUP;
    if (rc == -ENOTSUP) { /* a coding that we have not asked for is the caller's business */
        response->body = response->raw;
        rc = 0;
    }
    return rc;
}

nw_stream *nw_http_response_body(nw_http_response *response)
{
    if (!response || !nw__http_response_is_here(response))
        return NULL;
    if (!response->body && open_body(response) < 0)
        return NULL;
    return response->body;
}

/* -- all of it -- */

void nw__http_response_give_back(nw_http_response *response, const char *data, size_t size_bytes)
{
    int rc = response->raw ? 0 : open_raw(response);

    if (rc == 0)
        rc = nw__stream_give_back(response->raw, data, size_bytes);
    if (rc < 0) {
        response->error = rc;
        return;
    }
    response->raw->position += (int64_t)size_bytes;
    response->body = response->raw;
}

/* Nobody has read through a stream, and nothing is to be decoded: straight into the caller's memory. */
static int read_whole(nw_http_response *response, size_t limit_bytes, nw_bytes *body_out)
{
    size_t step =
        response->length > 0 && response->length < LARGE_BYTES ? (size_t)response->length + 1 : 16384;
    struct nw__bytes bytes;
    ssize_t n;
    int rc = 0;

    if (limit_bytes && !response->ended && response->length > 0 && (uint64_t)response->length > limit_bytes)
        return -EFBIG;
    nw__bytes_init(&bytes, limit_bytes ? limit_bytes + 1 : SIZE_MAX);
    do {
        n = 0;
        if (nw__bytes_room(&bytes) == 0) {
            size_t allowed = bytes.limit_bytes - bytes.size_bytes;
            rc = nw__bytes_reserve(&bytes, step < allowed ? step : allowed);
            step = LARGE_BYTES;
        }
        if (rc == 0)
            n = read_raw(response, nw__bytes_tail(&bytes), nw__bytes_room(&bytes));
        if (rc == 0 && n > 0)
            nw__bytes_commit(&bytes, (size_t)n);
        if (n < 0)
            rc = (int)n;
        else if (bytes.size_bytes == bytes.limit_bytes)
            rc = -EFBIG;
    } while (rc == 0 && n > 0 && !response->ended);
    if (rc == 0)
        rc = nw__bytes_take(&bytes, body_out);
    if (rc == 0)
        return 0;
    if (bytes.size_bytes > 0)
        nw__http_response_give_back(response, bytes.data, bytes.size_bytes);
    nw__bytes_finish(&bytes);
    return rc;
}

int nw__http_response_read_all(nw_http_response *response, size_t limit_bytes, nw_bytes *body_out)
{
    if (!response->body && !response->decode) {
        response->whole = true;
        int rc = read_whole(response, limit_bytes, body_out);
        response->whole = false;
        return rc;
    }
    nw_stream *body = nw_http_response_body(response);
    return body ? nw_read_all(body, limit_bytes, body_out) : -ENOMEM;
}

int nw_http_response_read(nw_http_response *response, size_t limit_bytes, nw_bytes *body_out)
{
    int rc;

    if (!response || !body_out || limit_bytes == SIZE_MAX || response->upgraded ||
        !nw__http_response_is_here(response))
        return -EINVAL;
    rc = nw__http_response_enter(response);
    if (rc < 0)
        return rc;
    rc = nw__http_response_read_all(response, limit_bytes, body_out);
    nw__http_response_exit(response);
    return rc;
}

/* -- looking at it -- */

int nw_http_response_status(const nw_http_response *response)
{
    return response ? response->status : -EINVAL;
}

const char *nw_http_response_header(const nw_http_response *response, const char *name)
{
    return response && name ? nw_http_headers_get(&response->headers, name) : NULL;
}

const nw_http_headers *nw_http_response_headers(const nw_http_response *response)
{
    return response ? &response->headers : NULL;
}

const nw_http_headers *nw_http_response_trailers(const nw_http_response *response)
{
    return response && response->has_trailers ? &response->trailers : NULL;
}

const char *nw_http_response_url(const nw_http_response *response)
{
    return response && response->target ? response->target->text : NULL;
}

int64_t nw_http_response_length(const nw_http_response *response)
{
    return response ? response->length : -EINVAL;
}

int nw_http_response_failure(const nw_http_response *response, nw_http_failure *failure_out)
{
    if (!response || !failure_out)
        return -EINVAL;
    bool decoded = response->body && response->body != response->raw;
    int error = decoded && !response->has_failure ? nw__http_decoder_error(response->body) : 0;
    if (!response->has_failure && error == 0)
        return -ENOENT;
    if (error)
        explain(response, error, failure_out);
    else
        *failure_out = response->failure;
    return 0;
}

int nw_http_response_upgraded(nw_http_response *response, nw_stream **stream_out)
{
    if (!response || !stream_out || !response->upgraded || !response->connection ||
        !nw__http_response_is_here(response))
        return -EINVAL;
    nw_stream *stream = response->connection->stream;
    response->connection->stream = NULL;
    release(response, false);
    *stream_out = stream;
    return 0;
}

/* -- the end -- */

/* What is in the connection's buffer of the body is passed over. Returns: how much that was. */
static ssize_t pass_buffered(struct nw__http_wire *wire)
{
    int64_t run = nw__http_parser_run(&wire->parser);
    nw_slice view;
    ssize_t n = nw_peek(wire->stream, 1, &view);

    if (n <= 0)
        return n < 0 ? n : NW_ETRUNCATED;
    if (run > 0) {
        n = (int64_t)view.size < run ? (ssize_t)view.size : (ssize_t)run;
        nw__http_parser_passed(&wire->parser, n);
    } else {
        n = nw__http_parser_body(&wire->parser, view.data, view.size, NULL);
    }
    return n > 0 ? (ssize_t)nw_skip(wire->stream, n) : n;
}

/* What has come already of a short rest is read, so that the connection can be kept; nothing is waited for.
 */
static void drain(nw_http_response *response)
{
    struct nw__http_client_connection *connection = response->connection;
    size_t done = 0;

    if (!connection || !response->keep || response->error || response->upgraded || nw_interrupted())
        return;
    while (!response->ended && done < NW__HTTP_DRAIN_BYTES) {
        if (nw__stream_available(connection->stream) == 0 && nw__stream_fill_now(connection->stream) <= 0)
            return;
        ssize_t n = pass_buffered(&connection->wire);
        if (n < 0)
            return;
        done += (size_t)n;
        if (connection->wire.parser.message_done)
            end_body(response);
    }
}

void nw__http_response_leave(nw_http_response *response)
{
    if (response->body && response->body != response->raw)
        (void)nw_close(response->body);
    if (response->raw)
        (void)nw_close(response->raw);
    response->raw = response->body = NULL;
    drain(response);
    release(response, false);
}

void nw_http_response_close(nw_http_response *response)
{
    if (!response || !nw__http_response_is_here(response))
        return;
    nw_http_client *client = response->client;
    if (response->busy && nw__task_self())
        send_out(response);
    nw__http_response_leave(response);
    if (client->spare_count == NW__HTTP_SPARE_MAX) {
        nw__http_response_destroy(response);
        return;
    }
    nw__http_target_release(response->target);
    response->target = NULL;
    client->spare_count++;
    nw__list_push_front(&client->spare, &response->link);
}
