/* SPDX-License-Identifier: MIT */
/*
 * One request on one connection: it is sent, and the head of its final answer is waited for. Owns nothing.
 * Must not know of other connections, of repetitions and redirects.
 *
 * A request without a body, or with a short one, goes out in one piece, by the task that calls. With a long
 * one the server may answer before it has all of it (RFC 9112, 9.3: 413, and then it closes): while one task
 * sends, another one reads, and an answer that refuses ends the sending.
 */
#include <string.h>

#include "http/client.h"

/* -- the head of an answer -- */

/* RFC 9110, 15.2: interim answers are passed over. 101 is final: nothing of HTTP follows. */
static bool is_interim(int status)
{
    return status / 100 == 1 && status != 101;
}

/*
 * The next head. `final_out`: it is that of the final answer. Errors: NW_ETRUNCATED: the peer closed instead.
 */
static int read_head(struct nw__http_call *call, bool *final_out)
{
    struct nw__http_wire *wire = &call->connection->wire;
    bool to_head = nw__http_is_method(call->method, "HEAD");
    int rc = nw__http_wire_read_head(wire, to_head ? NW__HTTP_ANSWER_TO_HEAD : NW__HTTP_ANSWER);

    call->answered = call->answered || wire->parser.begun;
    if (rc == 0)
        return NW_ETRUNCATED;
    if (rc < 0) {
        call->why = wire->parser.why;
        return rc;
    }
    *final_out = !is_interim(wire->parser.status);
    return 0;
}

/* RFC 9110, 7.8: a protocol that nobody has asked for. */
static int check_answer(struct nw__http_call *call)
{
    int status = call->connection->wire.parser.status;

    if (status == 101 && !call->request->upgrade) {
        call->why = "101 was not asked for";
        return NW_EPROTOCOL;
    }
    return 0;
}

/* Over interim answers to the final one. `go` (NULL: nobody waits for it) is set at "100 Continue". */
static int read_final(struct nw__http_call *call, nw_event *go)
{
    bool final = false;

    for (int i = 0; i <= NW__HTTP_INTERIM_MAX; i++) {
        int rc = read_head(call, &final);
        if (rc < 0)
            return rc;
        if (final)
            return check_answer(call);
        if (go && call->connection->wire.parser.status == 100)
            nw_event_set(go);
    }
    call->why = "too many interim answers";
    return NW_EPROTOCOL;
}

/* -- in one piece -- */

static bool goes_together(const struct nw__http_call *call)
{
    const struct nw__http_payload *payload = &call->payload;

    if (payload->kind == NW__HTTP_NOTHING)
        return true;
    return payload->kind == NW__HTTP_BYTES && payload->size_bytes <= NW__HTTP_TOGETHER_BYTES &&
           (!call->request->expect_continue || payload->size_bytes == 0);
}

/* The peer has closed its end, and perhaps said why before. In the duplex: see write_error, too. */
static bool is_gone(int error)
{
    return error == -EPIPE || error == -ECONNRESET;
}

/* All of it: nothing must follow half a head. Where a write ended early, the next one says why. */
static int write_head(const struct nw__http_client_connection *connection)
{
    const struct nw__bytes *head = &connection->head;
    size_t done = 0;

    while (done < head->size_bytes) {
        ssize_t n = nw_write(connection->stream, head->data + done, head->size_bytes - done);
        if (n < 0)
            return (int)n;
        done += (size_t)n;
    }
    return 0;
}

static int write_together(struct nw__http_call *call)
{
    int rc = write_head(call->connection);

    return rc == 0 && call->payload.kind == NW__HTTP_BYTES
               ? nw__http_payload_write(&call->payload, call->connection->stream)
               : rc;
}

/* What fits into the connection's buffer, and then into the socket, waits for nothing and needs no timer. */
static int send_together(struct nw__http_call *call)
{
    struct nw__http_client_connection *connection = call->connection;
    bool fits = connection->head.size_bytes <= NW__HTTP_TOGETHER_BYTES / 2;
    nw_deadline deadline;
    int rc = fits ? write_together(call) : 0;

    if (rc < 0 || (fits && nw__stream_flush_now(connection->stream)))
        return rc;
    nw_deadline_begin(&deadline, call->times.read_ns);
    if (!fits)
        rc = write_together(call);
    if (rc == 0)
        rc = nw_flush(connection->stream);
    nw__deadline_drop(&deadline);
    return rc;
}

static int exchange_together(struct nw__http_call *call)
{
    int sent = send_together(call), rc;
    nw_deadline deadline;

    call->body_sent = sent == 0;
    if (sent < 0 && !is_gone(sent))
        return sent;
    call->phase = NW_HTTP_PHASE_HEADERS;
    nw_deadline_begin(&deadline, call->times.first_byte_ns);
    rc = read_final(call, NULL);
    nw__deadline_drop(&deadline);
    if (rc == 0 || sent == 0)
        return rc;
    call->phase = NW_HTTP_PHASE_SEND;
    return sent;
}

/* -- sending and reading at the same time -- */

#define CONTINUE_NS NW_SEC(1) /* RFC 9110, 10.1.1: not to be waited for without an end */

struct duplex {
    struct nw__http_call *call;
    nw_task *sender;
    nw_event go;  /* the body may be sent */
    bool refused; /* the final answer is there, and says that the body is not wanted */
    bool sender_ended;
};

static int add_trailers(const nw_http_request_options *request, nw_http_headers *trailers)
{
    int rc = 0;

    for (size_t i = 0; i < request->trailer_count && rc == 0; i++)
        rc = nw_http_headers_add(trailers, request->trailers[i].name, request->trailers[i].value);
    return rc;
}

static int send_end(struct nw__http_call *call)
{
    nw_http_headers trailers;
    int rc;

    nw__http_headers_init(&trailers, SIZE_MAX, UINT32_MAX);
    rc = add_trailers(call->request, &trailers);
    if (rc == 0)
        rc = nw__http_wire_send_end(&call->connection->wire, &trailers);
    nw__http_headers_finish(&trailers);
    return rc;
}

static int send_body(struct nw__http_call *call)
{
    struct nw__http_client_connection *connection = call->connection;
    nw_stream *to;
    int rc = nw__http_wire_send_body(&connection->wire, call->payload.size_bytes, &to);

    if (rc == 0)
        rc = nw__http_payload_write(&call->payload, to);
    if (rc == 0)
        rc = send_end(call);
    return rc < 0 ? rc : nw__http_wire_flush(&connection->wire);
}

/* RFC 9110, 10.1.1: whoever hears nothing sends the body after a while. */
static int wait_for_continue(struct duplex *duplex)
{
    nw_deadline deadline;
    int rc;

    nw_deadline_begin(&deadline, CONTINUE_NS);
    rc = nw_event_wait(&duplex->go);
    nw__deadline_drop(&deadline);
    return rc < 0 && nw_interrupted() ? rc : 0;
}

/* Whoever waits for an answer before the body needs the head to be on its way. */
static int send_head(struct nw__http_call *call)
{
    struct nw__http_client_connection *connection = call->connection;
    struct nw__http_wire *wire = &connection->wire;
    bool timed = nw__http_wire_timed(wire->timeouts.write_ns);
    nw_deadline deadline;
    int rc;

    if (timed)
        nw_deadline_begin(&deadline, wire->timeouts.write_ns);
    rc = write_head(connection);
    if (rc == 0 && call->request->expect_continue)
        rc = nw_flush(connection->stream);
    if (timed)
        nw__deadline_drop(&deadline);
    if (rc < 0)
        wire->write_error = rc;
    return rc;
}

static int send_all(void *arg)
{
    struct duplex *duplex = arg;
    struct nw__http_call *call = duplex->call;
    int rc = send_head(call);

    if (rc == 0 && call->request->expect_continue)
        rc = wait_for_continue(duplex);
    if (rc == 0)
        rc = send_body(call);
    call->body_sent = rc == 0;
    duplex->sender_ended = true;
    return rc;
}

/* RFC 9112, 9.5: who is told in the middle that the body is not wanted stops sending. */
static void note_final(struct duplex *duplex)
{
    const struct nw__http_parser *parser = &duplex->call->connection->wire.parser;

    nw_event_set(&duplex->go);
    if (duplex->sender_ended || (parser->status < 300 && parser->keep_alive))
        return;
    duplex->refused = true;
    nw_cancel(duplex->sender);
}

static int read_beside(void *arg)
{
    struct duplex *duplex = arg;
    int rc = read_final(duplex->call, &duplex->go);

    if (rc == 0)
        note_final(duplex);
    else if (!duplex->sender_ended)
        nw_cancel(duplex->sender);
    return rc;
}

/* The body is not whole, and the peer has nothing to do with that: it waits for the rest, and we for it. */
static bool fell_short(const struct duplex *duplex, int sent)
{
    return sent < 0 && !duplex->refused && duplex->call->connection->wire.write_error == 0;
}

static int join_both(struct duplex *duplex, nw_task *reader)
{
    struct nw__http_call *call = duplex->call;
    nw_deadline deadline;
    int sent = nw_await(duplex->sender), rc;
    bool is_short = fell_short(duplex, sent);

    if (sent < 0 && !duplex->refused && (is_short || !is_gone(sent)) && !nw_done(reader))
        nw_cancel(reader); /* what cannot be sent needs no answer */
    if (sent == 0)
        call->phase = NW_HTTP_PHASE_HEADERS;
    nw_deadline_begin(&deadline, call->times.first_byte_ns);
    rc = nw_await(reader);
    nw__deadline_drop(&deadline);
    if (rc == 0 && is_short && !nw_interrupted())
        return sent; /* an early success does not make the body whole */
    if (rc == 0 || sent == 0)
        return rc;
    if (sent == -ECANCELED && !nw_interrupted()) {
        call->phase = NW_HTTP_PHASE_HEADERS;
        return rc; /* the reader has failed first */
    }
    return sent;
}

static int exchange_duplex(struct nw__http_call *call)
{
    static const nw_spawn_options sender = {.name = "http request body"}, reader = {.name = "http answer"};
    struct duplex duplex = {.call = call};
    nw_task *reading;
    int rc;

    nw_event_init(&duplex.go);
    duplex.sender = nw_spawn_with(&sender, send_all, &duplex);
    if (!duplex.sender) {
        rc = -ENOMEM;
    } else {
        reading = nw_spawn_with(&reader, read_beside, &duplex);
        if (!reading)
            nw_cancel(duplex.sender);
        rc = join_both(&duplex, reading);
    }
    nw_event_finish(&duplex.go);
    return rc;
}

int nw__http_exchange(struct nw__http_call *call)
{
    struct nw__http_wire *wire = &call->connection->wire;

    wire->timeouts =
        (struct nw__http_wire_timeouts){.read_ns = call->times.read_ns, .write_ns = call->times.read_ns};
    call->phase = NW_HTTP_PHASE_SEND;
    call->answered = call->body_sent = false;
    call->why = NULL;
    return goes_together(call) ? exchange_together(call) : exchange_duplex(call);
}
