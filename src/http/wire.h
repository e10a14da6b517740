/* SPDX-License-Identifier: MIT */
/*
 * One end of an HTTP/1.1 connection: heads and bodies, read from a stream and written to it. Used by client
 * and server. Owns neither the stream nor what is sent; knows nothing of methods, redirects, handlers. One
 * task reads at a time, and one writes; these may be two.
 */
#ifndef NW_HTTP_WIRE_H
#define NW_HTTP_WIRE_H

#include <nowait/stream.h>
#include <nowait/task.h>

#include "http/parser.h"

/* So much of a body that nobody wants is read, to keep its connection: no more, by neither side. */
#define NW__HTTP_DRAIN_BYTES ((uint64_t)64 * 1024)

/* What bounds the waits of a body; a deadline of the task counts besides. */
struct nw__http_wire_timeouts {
    int64_t read_ns; /* between two pieces; 0 or NW_FOREVER: none */
    int64_t write_ns;
    int64_t rate_bytes; /* with read_ns: what has come must be as much a second, but for read_ns; 0: any */
    int64_t write_rate_bytes; /* the same of what was taken, with write_ns */
};

struct nw__http_wire {
    nw_stream *stream;
    struct nw__http_parser parser;
    struct nw__http_wire_timeouts timeouts;
    /* Of the body that is read, framing not counted; -EFBIG beyond. UINT64_MAX: no limit. */
    uint64_t body_limit_bytes;
    uint64_t body_bytes;   /* read so far */
    int64_t waited_ns;     /* for them; where there is a rate */
    int read_error;        /* reading has failed for good, with this */
    bool read_timed_out;   /* the last wait for a piece of the body took longer than timeouts.read_ns */
    int write_error;       /* the connection has not taken what was written, with this */
    nw_stream *in;         /* see nw__http_wire_body() */
    nw_stream *out;        /* see nw__http_wire_send_body() */
    int64_t out_left;      /* of the body that is sent; or as nw__http_wire_send_body() */
    uint64_t out_bytes;    /* of its content, sent so far */
    uint64_t taken_bytes;  /* of all that was written with nw__http_wire_begin_write() */
    int64_t out_waited_ns; /* for that to be taken; where there is a rate */
    /* Called once before the first byte of a body is waited for ("100 Continue"); NULL: nothing. It may write
     * and flush. Its error is that of the read, and it is called again then. */
    int (*before_body)(struct nw__http_wire *wire, void *arg);
    void *arg;

    /* Private: of the chunk that is sent. */
    uint64_t chunk_left; /* announced, and not yet written */
    char frame[24];      /* framing that comes before anything else */
    uint8_t frame_at;
    uint8_t frame_end;
    bool ending; /* nw__http_wire_send_end() flushes: what follows is on its way already */
};

void nw__http_wire_init(struct nw__http_wire *wire, nw_stream *stream, enum nw__http_side side,
                        const struct nw__http_limits *limits);
/* Begin again with another connection: all but the memory, the side, the limits is as after init. */
void nw__http_wire_reuse(struct nw__http_wire *wire, nw_stream *stream);
/* Closes the body's streams, not the connection's. */
void nw__http_wire_finish(struct nw__http_wire *wire);

/* -- reading -- */

/*
 * The next message's head; the one before must be done. Waits. Cancelled, or at a deadline, it has lost no
 * byte, and the next call goes on.
 * Returns: 1; 0: the peer closed before its first byte.
 * Errors: NW_EPROTOCOL, -EMSGSIZE, NW_ETRUNCATED: all these are for good; those of the stream.
 */
NW_CHECK int nw__http_wire_read_head(struct nw__http_wire *wire, enum nw__http_answer answer);
/* Is the head, or the beginning of it, in the buffer already? Never waits. */
bool nw__http_wire_has_input(const struct nw__http_wire *wire);
/* For who waits for a message, or for more of it: what was written before goes, as far as it goes at once. */
void nw__http_wire_show(const struct nw__http_wire *wire);
/*
 * Content of the body, at least one byte of it; 0: the message is done. What is read in large pieces goes
 * from the connection straight into `data`. Errors: as of a head; -EFBIG: beyond the limit; -ETIMEDOUT.
 */
NW_CHECK ssize_t nw__http_wire_read(struct nw__http_wire *wire, void *data, size_t size_bytes);
/* The same of what is in the buffer. Errors: also -EAGAIN: nothing of it is. Never waits. */
NW_CHECK ssize_t nw__http_wire_read_ready(struct nw__http_wire *wire, void *data, size_t size_bytes);
/* Read the rest and forget it. Errors: -EFBIG: more than that; those of reading. */
NW_CHECK int nw__http_wire_drain(struct nw__http_wire *wire, uint64_t limit_bytes);
/* The same as a stream, made by the first call and closed by the wire when the next message begins. */
NW_CHECK int nw__http_wire_body(struct nw__http_wire *wire, nw_stream **stream_out);

/* -- writing: into the connection's stream -- */

#define NW__HTTP_UNTIL_CLOSE (-2)
/*
 * Begin to send a body: `size_bytes` of it; -1: in chunks; NW__HTTP_UNTIL_CLOSE: without framing. The stream
 * is closed by nw__http_wire_send_end(). It takes no byte beyond the size (-EFBIG, when it is flushed).
 * nw_flush() of it flushes the connection, too.
 */
NW_CHECK int nw__http_wire_send_body(struct nw__http_wire *wire, int64_t size_bytes, nw_stream **stream_out);
/*
 * The body is complete: flush its stream and close it; in chunks, the last one, and `trailers` (NULL: none).
 * The connection's stream is not flushed.
 * Errors: -EPIPE: less was written than was announced; those of writing: the connection is good for nothing.
 */
NW_CHECK int nw__http_wire_send_end(struct nw__http_wire *wire, const nw_http_headers *trailers);

/* -- between the wire's own files: the streams of a body -- */

NW_CHECK int nw__http_wire_open_in(struct nw__http_wire *wire, nw_stream **stream_out);
NW_CHECK int nw__http_wire_open_out(struct nw__http_wire *wire, nw_stream **stream_out);
/* wire_send.c: content of the body, as a transport's write. */
NW_CHECK ssize_t nw__http_wire_write(struct nw__http_wire *wire, const void *data, size_t size_bytes);
/* All of it is on its way. */
NW_CHECK int nw__http_wire_flush(struct nw__http_wire *wire);

/*
 * Around a write that may wait for the peer to take it, so that it ends with -ETIMEDOUT when that takes too
 * long. Who writes past the wire says so, too.
 */
struct nw__http_wire_write {
    nw_deadline deadline;
    int64_t began_ns;
};
void nw__http_wire_begin_write(const struct nw__http_wire *wire, struct nw__http_wire_write *write);
void nw__http_wire_end_write(struct nw__http_wire *wire, struct nw__http_wire_write *write,
                             int64_t taken_bytes);

/*
 * How long the next piece may take: `timeout_ns`; but where there is a rate, all that was waited for may be
 * no longer than `timeout_ns` and what so many bytes have earned.
 */
int64_t nw__http_wire_patience(int64_t timeout_ns, int64_t rate_bytes, uint64_t bytes, int64_t waited_ns);

/* A wait that is bounded by one of the timeouts. */
static inline bool nw__http_wire_timed(int64_t timeout_ns)
{
    return timeout_ns > 0 && timeout_ns != NW_FOREVER;
}

#endif
