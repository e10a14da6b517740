/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share: a stream, its pieces, and how a task gets hold of it.
 *
 * A stream reads into pieces and writes from pieces. [at, end) is what was read and not yet given away;
 * [data of `out`, fill) is what was written and not yet handed over. Where reading and writing share one
 * position (files), at most one of the two windows is in use: `writing` says which, and begin_reading() and
 * begin_writing() go from the one to the other.
 */
#ifndef NW_STREAM_STREAM_H
#define NW_STREAM_STREAM_H

#include <assert.h>

#include "base/bytes.h"
#include "io/io.h"
#include "stream/transport.h"

#define NW__STREAM_BUFFER_BYTES     (128 * 1024)
#define NW__STREAM_LINE_LIMIT_BYTES (16 * 1024 * 1024)
#define NW__STREAM_PEEK_MAX         (16 * 1024 * 1024)
/* From this size on a read goes straight into the caller's memory: a copy costs more than a system call. */
#define NW__STREAM_STRAIGHT_BYTES ((size_t)32 * 1024)
#define NW__STREAM_PIECES         4
#define NW__STREAM_PIECES_MAX     64

enum nw__piece_state {
    NW__PIECE_IDLE = 0, /* not under way: free, being filled, or queued */
    NW__PIECE_FLYING,   /* the kernel or a worker has it */
    NW__PIECE_DONE,     /* `result` is valid */
};

/*
 * A buffer with the op that fills or empties it. Before `data` there is room for what is left of the piece
 * before it, so that a line is always in one place and reads can be aligned.
 */
struct nw__piece {
    nw_op op;
    nw_stream *stream;
    struct nw__link link; /* in one of the stream's lists, unless it is `in` or `out` */
    char *memory;
    char *data;
    size_t capacity_bytes; /* from `data` on */
    size_t size_bytes;     /* asked for, or to be written */
    size_t done_bytes;     /* written */
    int64_t offset;        /* in the file, of data[0] */
    int result;
    enum nw__piece_state state;
    bool stale; /* read ahead, and nobody wants it any more */
};

/*
 * Buffers that nobody uses now, of those streams of a loop that keep none while they wait: many connections,
 * few of them busy. The last to come is the first to go, because it is in the processor's caches.
 */
struct nw__spares {
    struct nw__list pieces;
    unsigned count;
    struct nw__bytes records; /* the same for those of TLS */
    struct nw__list warm;     /* TLS connections that keep their buffers: see tls_warm.c */
    unsigned warm_count;
};
#define NW__SPARES_MAX 32

/* Is the call in a lane nw_copy()? Then it waits for the other stream's peer, too, or for the user. */
enum nw__lane_copy {
    NW__LANE_PLAIN = 0,
    NW__LANE_COPIES,
    NW__LANE_ASIDE, /* in the user's function, whose waits are not the stream's: must not be hurried */
};

/* One call after the other: who is in one, and who waits for it. */
struct nw__lane {
    nw_task *owner;
    struct nw__list queue;
    uint8_t slow_bits; /* what a call in this lane keeps from the fast paths */
    enum nw__lane_copy copy;
};

/* A task that waits for its turn at one stream, and will then need this one: it must not go meanwhile. */
struct nw__visit {
    nw_task *task;
    struct nw__link link;
};

/* nw_stream.slow: why a call cannot take the short way. */
#define NW__SLOW_READ_BUSY  0x01u /* a task is in a call */
#define NW__SLOW_WRITE_BUSY 0x02u
#define NW__SLOW_PATCHED    0x04u /* a byte of the buffer was changed for the last line */
#define NW__SLOW_BEGIN      0x08u /* a byte order mark may have to be skipped */
#define NW__SLOW_TEXT       0x10u /* lines are more than bytes up to "\n" */
#define NW__SLOW_EACH       0x20u /* every write is looked at: line buffered, or not buffered */
#define NW__SLOW_ERROR      0x40u /* a write has failed, and nobody was told */
#define NW__SLOW_CLOSING    0x80u

#define NW__SLOW_READ  (NW__SLOW_READ_BUSY | NW__SLOW_PATCHED | NW__SLOW_BEGIN | NW__SLOW_CLOSING)
#define NW__SLOW_LINE  (NW__SLOW_READ | NW__SLOW_TEXT)
#define NW__SLOW_WRITE (NW__SLOW_WRITE_BUSY | NW__SLOW_EACH | NW__SLOW_ERROR | NW__SLOW_CLOSING)

struct nw_stream {
    /* Hot. */
    nw_loop *loop; /* NULL: none yet, it was made outside a task */
    const char *at;
    const char *end;
    char *fill;
    char *room; /* end of what may be filled */
    uint8_t slow;

    bool readable;
    bool writable;
    bool append;
    bool writing; /* where reading and writing share a position: which of them has it */
    bool flush_each;
    bool line_buffered;
    bool universal_newlines;
    bool check_utf8;
    bool skip_bom;
    bool standard; /* nw_close() does not close it */
    bool closing;
    bool hurried; /* who is in a call that writes, or copies, must leave */
    unsigned pieces_max;
    size_t buffer_bytes;
    size_t line_limit_bytes;
    struct nw__transport *transport;
    struct nw__lane lanes[2]; /* of reading and of writing; the first for both where they share a position */
    struct nw__list visits;   /* see nw__visit */
    struct nw__wait *closer;
    struct nw__link in_loop;
    nw_stream *flush_first; /* standard input: what the user should see before the answer is waited for */

    /* Reading. `position` is that of `end`, in a file or as a count. */
    int64_t position;
    struct nw__piece *in;
    const char *begin;     /* [begin, end) is what the file has there: seeking back stays within it */
    struct nw__list ahead; /* flying or done, in the order of the file */
    unsigned ahead_count;
    unsigned ahead_target; /* how many shall be in flight: more each time the page cache was not enough */
    size_t reach_bytes;    /* how much the next fill asks for: little after a seek */
    int64_t utf8_error_offset;
    char *patched; /* this byte was a "\r" */

    /* Writing. */
    int64_t out_position; /* of the first byte in `out` */
    struct nw__piece *out;
    struct nw__list behind; /* handed over and not yet with the kernel, in order */
    unsigned behind_count;
    int64_t written_bytes; /* with the kernel, without a gap */
    int write_error;       /* that nobody was told of */
    bool moved;            /* serial: written to since the position was asked for */
    bool stuck;            /* a piece has failed; the next call tries again */

    struct nw__list spare;
    struct nw__spares *spares; /* instead: it shares them; NULL: it does not */
    unsigned flying;           /* in flight, also those that are stale */
    struct nw__wait *waits[2]; /* the tasks that wait for a piece, by lane */
};

/* Where reading and writing share one position, they share the first lane and the mode. */
static inline bool nw__stream_one_position(const nw_stream *stream)
{
    return stream->transport->seekable;
}

/* Made outside a task, and in no call now: it belongs to the loop of the next call, or to none. */
static inline bool nw__stream_roams(const nw_stream *stream)
{
    return !nw__link_linked(&stream->in_loop) && !stream->lanes[0].owner && !stream->lanes[1].owner;
}

/* May the calling task touch this stream without further questions? */
static inline nw_task *nw__stream_quick(const nw_stream *stream)
{
    nw_task *self = nw__task_self();

    return stream && self && stream->loop == self->loop && !self->interrupt ? self : NULL;
}

/* -- lane.c -- */

enum nw__stream_use { NW__STREAM_READS = 0, NW__STREAM_WRITES = 1 };

/*
 * Begin a call: wait until it is this task's turn. Followed by leave(), unless it failed.
 * Errors: -EINVAL, NW_ENOTASK, -EBADF (the mode, or it is being closed), -EDEADLK, -ECANCELED, -ETIMEDOUT.
 */
NW_CHECK int nw__stream_enter(nw_stream *stream, enum nw__stream_use use);
/* The same, and `other`, which is entered next, stays until this returns. Errors: also those of `other`. */
NW_CHECK int nw__stream_enter_before(nw_stream *stream, enum nw__stream_use use, nw_stream *other);
void nw__stream_leave(nw_stream *stream, enum nw__stream_use use);
/* What the call that is in the lane does now; forgotten when it leaves. */
void nw__stream_mark(nw_stream *stream, enum nw__stream_use use, enum nw__lane_copy copy);
/* For both directions, whatever the mode. */
NW_CHECK int nw__stream_enter_all(nw_stream *stream);
void nw__stream_leave_all(nw_stream *stream);
/* For nw_close(): nobody else gets in any more; who is inside is hurried out; waits until all have left. */
void nw__stream_evict(nw_stream *stream);
/* What a transport's read or write returned to the one who was hurried out: -EBADF. */
ssize_t nw__stream_evicted(const nw_stream *stream, ssize_t result);

/* -- piece.c -- */

/* A new one of that capacity. */
NW_CHECK int nw__piece_create(nw_stream *stream, size_t capacity_bytes, struct nw__piece **piece_out);
/* One of the stream's buffer size, which may have been used before. */
NW_CHECK int nw__piece_take(nw_stream *stream, struct nw__piece **piece_out);
void nw__piece_give(struct nw__piece *piece);
void nw__pieces_free(struct nw__list *pieces);
/* Of a stream that shares them: keep no buffer while there is nothing in it. */
void nw__stream_drop_input(nw_stream *stream);
void nw__stream_drop_output(nw_stream *stream);
/* Off it goes: `size_bytes` at `offset`; of a write, what is not done yet. */
void nw__piece_read(struct nw__piece *piece);
void nw__piece_write(struct nw__piece *piece);
/* Take it out of its list; it is spare as soon as nobody has it. */
void nw__piece_discard(struct nw__piece *piece);
/* Wait until something in flight is done. Errors: -ECANCELED, -ETIMEDOUT. */
NW_CHECK int nw__piece_wait(nw_stream *stream, enum nw__stream_use use, const char *what);
/* flush.c: a write has ended; called on the loop's own stack. */
void nw__stream_piece_written(struct nw__piece *piece, int result);

/* -- fill.c: more of what is read. The lane is held by the caller, here and below. -- */

/* Before anything is read: what was written is flushed, a byte order mark skipped, the buffer as it was. */
NW_CHECK int nw__stream_begin_reading(nw_stream *stream);
/*
 * Begin a call that reads: it is this task's turn, and what must come before reading was done. Followed by
 * leave(), unless it failed.
 */
NW_CHECK int nw__stream_enter_reading(nw_stream *stream);
/* Append to [at, end). Returns: > 0; 0 at the end; an error, and nothing has changed. */
NW_CHECK ssize_t nw__stream_fill(nw_stream *stream);
/* As fill, without waiting; for layers above, when no task is in a call that reads. -EAGAIN: nothing there.
 */
NW_CHECK ssize_t nw__stream_fill_now(nw_stream *stream);
/*
 * Is nothing to be read, not even an end or an error, as far as that is known without waiting? If there is, a
 * byte of it may be lost: for those who close the stream then. A part of a TLS record is something. Takes no
 * lane. `may_have_ended`: an end right behind what was read a moment ago may be missed, which saves asking
 * the kernel.
 */
bool nw__stream_is_quiet(nw_stream *stream, bool may_have_ended);
/* As fill, until `size_bytes` are there or the end is. Returns: 0, or an error. */
NW_CHECK int nw__stream_fill_up(nw_stream *stream, size_t size_bytes);
/* Forget what was read and what is being read ahead: the next byte to be read is the one at `position`. */
void nw__stream_forget_input(nw_stream *stream, int64_t position);
/*
 * Wait, without a buffer, until there is something to be read, or the end, or an error that reading will
 * tell. Of a transport with await_input().
 */
NW_CHECK int nw__stream_await_dry(nw_stream *stream);
/* Give bytes back that were read last: they are read again. Errors: -ENOMEM. */
NW_CHECK int nw__stream_give_back(nw_stream *stream, const char *data, size_t size_bytes);
/* A line was made to end in "\n": undo that. */
void nw__stream_unpatch(nw_stream *stream);
/* read.c */
ssize_t nw__stream_read(nw_stream *stream, char *data, size_t size_bytes);

static inline size_t nw__stream_available(const nw_stream *stream)
{
    return (size_t)(stream->end - stream->at);
}

/* What nw_peek() has just shown is taken, also by a task that was interrupted while it waited for that. */
static inline void nw__stream_take_seen(nw_stream *stream, size_t size_bytes)
{
    assert(size_bytes <= nw__stream_available(stream));
    stream->at += size_bytes;
}

/* -- flush.c -- */

/* Before anything is written: the position is the writer's, and there is a buffer with room. */
NW_CHECK int nw__stream_begin_writing(nw_stream *stream);
/* There is room for another byte. Errors: also that of an earlier write, which counts as not told. */
NW_CHECK int nw__stream_make_room(nw_stream *stream);
/* The buffer is full: let it go its way, if that needs no waiting. */
void nw__stream_pass_on(nw_stream *stream);
/* All that was written is with the kernel. Errors: also those that were not told yet; told now. */
NW_CHECK int nw__stream_flush(nw_stream *stream);
/* Where no ops are: what can be written of it without waiting. Returns: that was all. */
bool nw__stream_flush_now(nw_stream *stream);
/*
 * The same, and then of `data`, past the buffer; for layers above, when no task is in a call that writes.
 * Returns: bytes; -EAGAIN: none without waiting, or somebody is; an error.
 */
NW_CHECK ssize_t nw__stream_try_write(nw_stream *stream, const char *data, size_t size_bytes);
/* Drop what was written and is in the buffer still: the peer shall not have it any more. As try_fill: no
 * lane. */
void nw__stream_forget_output(nw_stream *stream);
/* The error that nobody was told of; 0: none. Told now. */
int nw__stream_take_error(nw_stream *stream);
void nw__stream_keep_error(nw_stream *stream, int error);
/* write.c */
ssize_t nw__stream_write(nw_stream *stream, const char *data, size_t size_bytes);

/* Written, and in the buffer still. */
static inline size_t nw__stream_pending(const nw_stream *stream)
{
    const struct nw__piece *out = stream->out;

    return out ? (size_t)(stream->fill - out->data) - out->done_bytes : 0;
}

/* Does the buffer take so much without waiting for anybody? */
static inline bool nw__stream_has_room(const nw_stream *stream, size_t size_bytes)
{
    return size_bytes < (stream->out ? (size_t)(stream->room - stream->fill) : stream->buffer_bytes);
}

/* The position as the user sees it. */
int64_t nw__stream_tell(const nw_stream *stream);

/* -- send_file.c -- */

/*
 * Write `size_bytes` of the file that `fd` has open, from `offset` on; as nw_write(), what comes last may
 * still be in the buffer. Its own position is not used. A large part of a file that goes to a plain socket
 * does so without passing through memory. Errors: those of reading and of nw_write(); NW_EINCOMPLETE: the
 * file ends before. How much was written before an error is not told.
 */
NW_CHECK int nw__stream_send_file(nw_stream *to, int fd, int64_t offset, int64_t size_bytes);
/* The same by a call that holds the lane of `to`; tells also how much was written before an error. */
NW_CHECK int nw__stream_send_part(nw_stream *to, int fd, int64_t offset, int64_t size_bytes,
                                  int64_t *sent_out);

/* -- open.c -- */

struct nw__open_mode {
    int flags;
    bool readable;
    bool writable;
    bool append;
};

/* The transport belongs to the stream, unless this fails. */
NW_CHECK int nw__stream_create(struct nw__transport *transport, const struct nw__open_mode *mode,
                               const nw_open_options *options, nw_stream **stream_out);
/* As nw_open_fd(), but the descriptor stays open at the end, whoever's it is. */
NW_CHECK int nw__stream_borrow_fd(int fd, const char *mode, nw_stream **stream_out);

/* -- close.c -- */

/* The memory; not the transport. */
void nw__stream_free(nw_stream *stream);
/* Flush, as far as that makes sense; close; free. In a task; nobody else may be in a call. */
int nw__stream_destroy(nw_stream *stream);

/* -- std.c: the streams of a loop -- */

NW_CHECK int nw__streams_join(nw_stream *stream);

#endif
