/* SPDX-License-Identifier: MIT */
/*
 * The reading side of a connection: heads out of the stream's buffer, which the parser looks at where they
 * lie; bodies past the parser wherever it knows that content comes. Takes from the stream only what the
 * parser has taken, so that a call that ends early loses nothing.
 */
#include "http/wire.h"

#include <string.h>

#include "stream/stream.h"

static void begin(struct nw__http_wire *wire, nw_stream *stream)
{
    wire->stream = stream;
    wire->timeouts = (struct nw__http_wire_timeouts){0};
    wire->body_limit_bytes = UINT64_MAX;
    wire->body_bytes = 0;
    wire->waited_ns = 0;
    wire->read_error = wire->write_error = 0;
    wire->read_timed_out = false;
    wire->in = wire->out = NULL;
    wire->out_left = 0;
    wire->out_bytes = wire->taken_bytes = 0;
    wire->out_waited_ns = 0;
    wire->before_body = NULL;
    wire->arg = NULL;
    wire->chunk_left = 0;
    wire->frame_at = wire->frame_end = 0;
    wire->ending = false;
}

static void close_bodies(struct nw__http_wire *wire)
{
    (void)nw_close(wire->in); /* it is only read */
    (void)nw_close(wire->out);
    wire->in = wire->out = NULL;
}

void nw__http_wire_init(struct nw__http_wire *wire, nw_stream *stream, enum nw__http_side side,
                        const struct nw__http_limits *limits)
{
    nw__http_parser_init(&wire->parser, side, limits);
    begin(wire, stream);
}

void nw__http_wire_reuse(struct nw__http_wire *wire, nw_stream *stream)
{
    close_bodies(wire);
    nw__http_parser_next(&wire->parser, NW__HTTP_ANSWER);
    begin(wire, stream);
}

void nw__http_wire_finish(struct nw__http_wire *wire)
{
    close_bodies(wire);
    nw__http_parser_finish(&wire->parser);
}

bool nw__http_wire_has_input(const struct nw__http_wire *wire)
{
    return nw__stream_available(wire->stream) > 0;
}

/* What is wrong for good is told again by the next call. */
static ssize_t fail(struct nw__http_wire *wire, ssize_t error)
{
    wire->read_error = (int)error;
    return error;
}

static int ended(struct nw__http_wire *wire)
{
    int rc = nw__http_parser_end(&wire->parser);

    return rc < 0 ? (int)fail(wire, rc) : 0;
}

/* -- heads -- */

static int begin_message(struct nw__http_wire *wire, enum nw__http_answer answer)
{
    if (wire->read_error)
        return wire->read_error;
    if (wire->parser.begun && !wire->parser.head_done)
        return 0; /* the call before was cancelled in the middle */
    if (wire->parser.head_done && !wire->parser.message_done)
        return -EINVAL;
    if (wire->in)
        (void)nw_close(wire->in);
    wire->in = NULL;
    wire->body_bytes = 0;
    wire->waited_ns = 0;
    if (wire->parser.begun || wire->parser.answer != answer) /* else it is as after that */
        nw__http_parser_next(&wire->parser, answer);
    return 0;
}

/* A client may want to see what was replied before it says the rest. Should it not take that now, it is not
 * waiting for it. */
void nw__http_wire_show(const struct nw__http_wire *wire)
{
    nw_stream *stream = wire->stream;

    if (nw__stream_pending(stream) > 0 && !stream->lanes[NW__STREAM_WRITES].owner)
        (void)nw__stream_flush_now(stream);
}

int nw__http_wire_read_head(struct nw__http_wire *wire, enum nw__http_answer answer)
{
    struct nw__http_parser *parser = &wire->parser;
    nw_slice view;
    ssize_t n;
    int rc = begin_message(wire, answer);

    while (rc == 0 && !parser->head_done) {
        if (parser->side == NW__HTTP_REQUESTS && !nw__http_wire_has_input(wire))
            nw__http_wire_show(wire);
        n = nw_peek(wire->stream, 1, &view);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return ended(wire);
        n = nw__http_parser_head(parser, view.data, view.size);
        if (n < 0)
            return (int)fail(wire, n);
        nw__stream_take_seen(wire->stream, (size_t)n);
    }
    return rc < 0 ? rc : 1;
}

/* -- bodies -- */

/* A wait for a piece of the body. */
struct patience {
    nw_deadline deadline;
    int64_t began_ns;
    bool timed;
};

/* A peer that sends or takes a byte just before each time is over has a limit, too. */
int64_t nw__http_wire_patience(int64_t timeout_ns, int64_t rate_bytes, uint64_t bytes, int64_t waited_ns)
{
    int64_t earned_ns, left_ns;

    if (rate_bytes == 0 || __builtin_mul_overflow(bytes / (uint64_t)rate_bytes, NW_SEC(1), &earned_ns))
        return timeout_ns;
    left_ns = nw__clock_add(timeout_ns, earned_ns) - waited_ns;
    if (left_ns <= 0)
        return 1; /* what is here by now, or can be taken by now, still goes */
    return left_ns < timeout_ns ? left_ns : timeout_ns;
}

static void begin_wait(struct nw__http_wire *wire, struct patience *patience)
{
    patience->timed = nw__http_wire_timed(wire->timeouts.read_ns) && !nw__http_wire_has_input(wire);
    if (!patience->timed)
        return;
    patience->began_ns = wire->timeouts.rate_bytes ? nw__clock_ns() : 0;
    nw_deadline_begin(&patience->deadline,
                      nw__http_wire_patience(wire->timeouts.read_ns, wire->timeouts.rate_bytes,
                                             wire->body_bytes, wire->waited_ns));
}

/* What came in time came; and the caller's own deadlines are his. */
static void end_wait(struct nw__http_wire *wire, struct patience *patience, ssize_t result)
{
    int passed = patience->timed ? nw_deadline_end(&patience->deadline) : 0;

    wire->read_timed_out = passed < 0 && result == -ETIMEDOUT;
    if (patience->timed && wire->timeouts.rate_bytes)
        wire->waited_ns += nw__clock_ns() - patience->began_ns;
}

/* Wait for what comes next, when nothing of it is here. Returns: bytes in the buffer; 0 at the end. */
static ssize_t look(struct nw__http_wire *wire, nw_slice *view_out)
{
    struct patience patience;
    ssize_t n;

    begin_wait(wire, &patience);
    n = nw_peek(wire->stream, 1, view_out);
    end_wait(wire, &patience, n);
    return n;
}

/* The same, into the user's memory. */
static ssize_t receive(struct nw__http_wire *wire, void *data, size_t size_bytes)
{
    struct patience patience;
    ssize_t n;

    begin_wait(wire, &patience);
    n = nw_read(wire->stream, data, size_bytes);
    end_wait(wire, &patience, n);
    return n;
}

/* Whoever waits for "100 Continue" sends no body before. */
static int prepare(struct nw__http_wire *wire)
{
    int (*before_body)(struct nw__http_wire *, void *) = wire->before_body;
    int rc;

    if (wire->read_error)
        return wire->read_error;
    if (!wire->parser.head_done)
        return -EINVAL;
    if (!before_body || wire->parser.message_done || nw__http_wire_has_input(wire))
        return 0;
    wire->before_body = NULL;
    rc = before_body(wire, wire->arg);
    if (rc < 0)
        wire->before_body = before_body;
    return rc < 0 ? rc : 0;
}

/* Up to the next content, or the end. Returns: as nw__http_parser_run(); -EAGAIN: `ready`, and it is not
 * here. */
static int64_t find_content(struct nw__http_wire *wire, bool ready)
{
    struct nw__http_parser *parser = &wire->parser;
    int64_t run;
    nw_slice view;
    ssize_t n;

    while ((run = nw__http_parser_run(parser)) == 0 && !parser->message_done) {
        if (ready && !nw__http_wire_has_input(wire))
            return -EAGAIN;
        n = look(wire, &view);
        if (n < 0)
            return n;
        if (n == 0) {
            n = ended(wire);
        } else {
            n = nw__http_parser_body(parser, view.data, view.size, NULL);
            if (n < 0)
                return fail(wire, n);
            nw__stream_take_seen(wire->stream, (size_t)n);
        }
        if (n < 0)
            return n;
    }
    return run;
}

/* How much of this run the limit lets pass. Returns: > 0; 0 at the end; -EFBIG: nothing. */
static int64_t allow(struct nw__http_wire *wire, int64_t run)
{
    uint64_t limit = wire->body_limit_bytes; /* may be less than what was read before it was set */
    uint64_t left = limit > wire->body_bytes ? limit - wire->body_bytes : 0;
    nw_slice view;

    if (wire->parser.length > 0 && (uint64_t)wire->parser.length > limit)
        return fail(wire, -EFBIG);
    if (left > 0)
        return (uint64_t)run < left ? run : (int64_t)left;
    if (wire->parser.until_close) { /* perhaps that was all */
        ssize_t n = look(wire, &view);
        if (n <= 0)
            return n < 0 ? n : ended(wire);
    }
    return fail(wire, -EFBIG);
}

static ssize_t read_content(struct nw__http_wire *wire, void *data, size_t size_bytes, bool ready)
{
    int64_t run = find_content(wire, ready);
    ssize_t n;

    if (run > 0 && ready && !nw__http_wire_has_input(wire))
        return -EAGAIN;
    if (run > 0)
        run = allow(wire, run);
    if (run <= 0)
        return (ssize_t)run;
    n = receive(wire, data, (uint64_t)run < size_bytes ? (size_t)run : size_bytes);
    if (n < 0 || (n == 0 && size_bytes > 0))
        return n < 0 ? n : ended(wire);
    nw__http_parser_passed(&wire->parser, n);
    wire->body_bytes += (uint64_t)n;
    return n;
}

ssize_t nw__http_wire_read(struct nw__http_wire *wire, void *data, size_t size_bytes)
{
    int rc = prepare(wire);

    return rc < 0 ? rc : read_content(wire, data, size_bytes, false);
}

ssize_t nw__http_wire_read_ready(struct nw__http_wire *wire, void *data, size_t size_bytes)
{
    if (wire->read_error || !wire->parser.head_done)
        return wire->read_error ? wire->read_error : -EINVAL;
    return read_content(wire, data, size_bytes, true);
}

int nw__http_wire_drain(struct nw__http_wire *wire, uint64_t limit_bytes)
{
    uint64_t left = limit_bytes;
    int64_t run = prepare(wire), n;
    nw_slice view;

    while (run >= 0 && !wire->parser.message_done) {
        run = find_content(wire, false);
        if (run <= 0)
            continue;
        if (left == 0 || (wire->parser.length > 0 && (uint64_t)wire->parser.left > left))
            return -EFBIG;
        n = look(wire, &view);
        if (n <= 0) {
            run = n < 0 ? n : ended(wire);
            continue;
        }
        n = n < run ? n : run;
        n = nw_skip(wire->stream, (uint64_t)n < left ? n : (int64_t)left);
        if (n < 0)
            return (int)n;
        nw__http_parser_passed(&wire->parser, n);
        wire->body_bytes += (uint64_t)n;
        left -= (uint64_t)n;
    }
    return run < 0 ? (int)run : 0;
}

int nw__http_wire_body(struct nw__http_wire *wire, nw_stream **stream_out)
{
    int rc = wire->in ? 0 : nw__http_wire_open_in(wire, &wire->in);

    if (rc == 0)
        *stream_out = wire->in;
    return rc;
}
