/* SPDX-License-Identifier: MIT */
/*
 * Reading into the buffer: at once where the transport can, else through pieces that are read ahead, or by
 * waiting. Owns the pieces that are read ahead. Must not give bytes to anybody: that is read.c and line.c.
 */
#include <assert.h>
#include <string.h>

#include "stream/stream.h"

#define REACH_AFTER_SEEK_BYTES (16 * 1024)
#define JUST_NOW_NS            NW_MS(2) /* a turn that is older may have a task in it that computes */

/* -- room -- */

static void use_piece(nw_stream *stream, struct nw__piece *piece, char *begin, size_t kept_bytes)
{
    if (stream->in)
        nw__piece_give(stream->in);
    stream->in = piece;
    stream->at = stream->begin = begin;
    stream->end = begin + kept_bytes;
}

/* In the piece that there is: what is left moves to where the next read comes after it. */
static void shift(nw_stream *stream, char *to)
{
    size_t kept = nw__stream_available(stream);

    memmove(to, stream->at, kept);
    stream->at = stream->begin = to;
    stream->end = to + kept;
}

static int start_over(nw_stream *stream)
{
    struct nw__piece *piece;
    int rc = nw__piece_take(stream, &piece);

    if (rc == 0)
        use_piece(stream, piece, piece->data, 0);
    return rc;
}

static int grow(nw_stream *stream, size_t more_bytes)
{
    size_t kept = nw__stream_available(stream);
    size_t capacity = 2 * stream->in->capacity_bytes;
    struct nw__piece *piece;
    int rc;

    if (capacity < kept + more_bytes)
        capacity = kept + more_bytes;
    rc = nw__piece_create(stream, capacity, &piece);
    if (rc < 0)
        return rc;
    memcpy(piece->data, stream->at, kept);
    use_piece(stream, piece, piece->data, kept);
    return 0;
}

/*
 * Behind what is left of the buffer there shall be room. Usually little is left, the beginning of a line: it
 * goes before the piece's data, into the headroom. What is long grows where it is.
 */
static int make_room(nw_stream *stream, size_t wanted_bytes)
{
    struct nw__piece *in = stream->in;
    size_t kept = nw__stream_available(stream);

    if (!in || (kept == 0 && in->capacity_bytes != stream->buffer_bytes))
        return start_over(stream);
    if (kept <= (size_t)(in->data - in->memory)) {
        shift(stream, in->data - kept);
        return 0;
    }
    if ((size_t)(in->data + in->capacity_bytes - stream->end) >= wanted_bytes)
        return 0;
    if (kept + wanted_bytes <= in->capacity_bytes) {
        shift(stream, in->data);
        return 0;
    }
    return grow(stream, wanted_bytes);
}

/* No file reaches beyond INT64_MAX. */
static size_t up_to_the_last(const nw_stream *stream, int64_t offset, size_t size_bytes)
{
    bool fits = !stream->transport->seekable || (uint64_t)(INT64_MAX - offset) >= size_bytes;

    return fits ? size_bytes : (size_t)(INT64_MAX - offset);
}

static size_t room_bytes(const nw_stream *stream)
{
    size_t room = (size_t)(stream->in->data + stream->in->capacity_bytes - stream->end);

    return up_to_the_last(stream, stream->position, room);
}

static void accept(nw_stream *stream, size_t bytes)
{
    struct nw__transport *transport = stream->transport;

    stream->end += bytes;
    stream->position += (int64_t)bytes;
    if (transport->shared)
        stream->position = transport->kind->position(transport);
}

/* -- pieces read ahead -- */

static struct nw__piece *first_ahead(nw_stream *stream)
{
    struct nw__link *link = nw__list_front(&stream->ahead);

    return link ? nw__container(link, struct nw__piece, link) : NULL;
}

static void drop_ahead(nw_stream *stream)
{
    struct nw__piece *piece;

    while ((piece = first_ahead(stream)))
        nw__piece_discard(piece);
    stream->ahead_count = 0;
}

static int read_ahead(nw_stream *stream, int64_t offset, size_t size_bytes)
{
    struct nw__piece *piece;
    int rc = nw__piece_take(stream, &piece);

    if (rc < 0)
        return rc;
    piece->offset = offset;
    piece->size_bytes = size_bytes;
    nw__list_push_back(&stream->ahead, &piece->link);
    stream->ahead_count++;
    nw__piece_read(piece);
    return 0;
}

static int64_t known_end(const nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    int64_t end = transport->kind->known_end ? transport->kind->known_end(transport) : -1;

    return end < 0 ? INT64_MAX : end;
}

static size_t align_up(const nw_stream *stream, size_t size_bytes)
{
    size_t alignment = stream->transport->alignment;

    return alignment > 1 ? (size_bytes + alignment - 1) / alignment * alignment : size_bytes;
}

/* As many in flight as is aimed for, but nothing beyond the end. */
static int top_up(nw_stream *stream)
{
    size_t alignment = stream->transport->alignment;
    int64_t offset = stream->position, end = 0;
    int rc = 0;

    if (!nw__list_empty(&stream->ahead)) {
        struct nw__piece *last = nw__container(stream->ahead.head.prev, struct nw__piece, link);
        offset = last->offset + (int64_t)last->size_bytes;
    } else if (alignment > 1) {
        offset -= offset % (int64_t)alignment;
    }
    while (stream->ahead_count < stream->ahead_target && rc == 0) {
        if (stream->ahead_count > 0 && offset >= end && offset >= (end = known_end(stream)))
            break;
        size_t size = stream->ahead_count ? stream->buffer_bytes : align_up(stream, stream->reach_bytes);
        if (size > stream->buffer_bytes)
            size = stream->buffer_bytes;
        size = up_to_the_last(stream, offset, size);
        rc = read_ahead(stream, offset, size);
        offset += (int64_t)size;
    }
    return stream->ahead_count ? 0 : rc;
}

static int aim_higher(nw_stream *stream)
{
    if (stream->ahead_target < stream->pieces_max)
        stream->ahead_target++;
    return top_up(stream);
}

/* What came with the piece that is done: behind what is left of the one before. */
static int take_piece(nw_stream *stream, struct nw__piece *piece, size_t skip_bytes)
{
    char *data = piece->data + skip_bytes;
    size_t bytes = (size_t)piece->result - skip_bytes, kept = nw__stream_available(stream);
    int rc;

    if (kept <= (size_t)(data - piece->memory)) {
        if (kept)
            memcpy(data - kept, stream->at, kept);
        nw__list_remove(&piece->link);
        stream->ahead_count--;
        use_piece(stream, piece, data - kept, kept);
        accept(stream, bytes);
        return 0;
    }
    rc = make_room(stream, bytes);
    if (rc < 0)
        return rc;
    memcpy(stream->in->data + (stream->end - stream->in->data), data, bytes);
    nw__piece_discard(piece);
    stream->ahead_count--;
    accept(stream, bytes);
    return 0;
}

/*
 * Is there always to be something in flight? Without the page cache nobody else reads ahead. With it the
 * kernel does, and what it has is read at once: pieces then only as long as that has failed each time.
 */
static bool stays_ahead(const nw_stream *stream)
{
    return stream->transport->alignment > 1 || stream->ahead_target == stream->pieces_max;
}

static ssize_t fill_from_ahead(nw_stream *stream)
{
    struct nw__piece *piece = first_ahead(stream);
    int rc;

    while (piece->state == NW__PIECE_FLYING) {
        rc = nw__piece_wait(stream, NW__STREAM_READS, "read");
        if (rc < 0)
            return rc;
    }
    size_t skip = (size_t)(stream->position - piece->offset);
    bool was_short = piece->result < (int)piece->size_bytes;
    ssize_t bytes = piece->result - (ssize_t)skip;
    if (bytes <= 0) { /* an error, or the end: whatever was read beyond may have come into being since */
        rc = piece->result < 0 ? piece->result : 0;
        drop_ahead(stream);
        return rc;
    }
    rc = take_piece(stream, piece, skip);
    if (rc < 0)
        return rc;
    stream->reach_bytes = stream->buffer_bytes;
    if (was_short)
        drop_ahead(stream);
    else if (stays_ahead(stream))
        rc = aim_higher(stream);
    (void)rc; /* without memory it is read when it is wanted */
    return bytes;
}

/* -- the ways to fill -- */

static ssize_t fill_from_view(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    nw_slice part = transport->kind->view(transport, NW__INLINE_PIECE_BYTES, stream->position);

    if (part.size == 0)
        return 0;
    if (stream->end != part.data)
        stream->begin = stream->at = part.data;
    stream->end = part.data;
    accept(stream, part.size);
    nw__task_breathe(nw__task_self(), part.size);
    return (ssize_t)part.size;
}

static size_t next_reach(nw_stream *stream, size_t room)
{
    size_t reach = stream->reach_bytes;

    if (reach < stream->buffer_bytes)
        stream->reach_bytes = reach * 4 < stream->buffer_bytes ? reach * 4 : stream->buffer_bytes;
    else
        reach = room;
    if (reach > NW__INLINE_PIECE_BYTES)
        reach = NW__INLINE_PIECE_BYTES;
    return reach < room ? reach : room;
}

static ssize_t fill_waiting(nw_stream *stream, char *to, size_t room)
{
    struct nw__transport *transport = stream->transport;
    ssize_t n;
    int rc;

    if (transport->kind->prepare_read) {
        rc = aim_higher(stream);
        return rc < 0 ? rc : fill_from_ahead(stream);
    }
    if (stream->closing && !transport->seekable)
        return -EBADF; /* what comes from a peer may never come */
    n = transport->kind->read(transport, to, room, stream->position);
    if (n > 0)
        accept(stream, (size_t)n);
    return nw__stream_evicted(stream, n);
}

/* With nothing in the buffer, there is none meanwhile. */
int nw__stream_await_dry(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;

    if (stream->closing)
        return -EBADF; /* what comes from a peer may never come */
    nw__stream_drop_input(stream);
    return (int)nw__stream_evicted(stream, transport->kind->await_input(transport));
}

/* The user should see what he is asked. Who is in a call there shows it, and may be in it for long: a copy.
 */
static void show_output(nw_stream *output)
{
    if (!output->lanes[NW__STREAM_READS].owner && !output->lanes[NW__STREAM_WRITES].owner)
        (void)nw_flush(output); /* whoever uses that stream will be told */
}

/* Behind what there is, at once. -EAGAIN: by waiting. Outputs: where a read that waits may put it. */
static ssize_t fill_at_once(nw_stream *stream, char **to_out, size_t *room_out)
{
    struct nw__transport *transport = stream->transport;
    ssize_t n = make_room(stream, stream->buffer_bytes);

    if (n < 0)
        return n;
    *to_out = stream->in->data + (stream->end - stream->in->data);
    *room_out = room_bytes(stream);
    if (!transport->kind->try_read)
        return -EAGAIN;
    n = transport->kind->try_read(transport, *to_out, next_reach(stream, *room_out), stream->position);
    if (n == -EAGAIN)
        return n;
    stream->ahead_target = 0;
    if (n > 0)
        accept(stream, (size_t)n);
    nw__task_spend(nw__task_self(), n > 0 ? (size_t)n : 0);
    return n;
}

ssize_t nw__stream_fill(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    size_t room = 0;
    ssize_t n;
    char *to = NULL;

    if (transport->kind->view)
        return fill_from_view(stream);
    if (stream->flush_first)
        show_output(stream->flush_first);
    if (!nw__list_empty(&stream->ahead)) {
        n = fill_from_ahead(stream);
        if (n != 0)
            return n;
    } /* that was the end when it was read ahead: the file may have grown before this call */
    do {
        int rc = transport->dry ? nw__stream_await_dry(stream) : 0;
        if (rc < 0)
            return rc;
        n = fill_at_once(stream, &to, &room);
    } while (n == -EAGAIN && transport->dry);
    return n == -EAGAIN ? fill_waiting(stream, to, room) : n;
}

static nw_stream *below_of(const nw_stream *stream)
{
    const struct nw__transport *transport = stream->transport;

    return transport->kind->below ? transport->kind->below(transport) : NULL;
}

/* Of a transport that is above another stream: what has come there since is not known to it. */
static bool is_dry(const nw_stream *stream)
{
    const nw_stream *below = below_of(stream);

    return stream->transport->dry && (!below || (nw__stream_available(below) == 0 && below->transport->dry));
}

ssize_t nw__stream_fill_now(nw_stream *stream)
{
    struct nw__transport *transport = stream->transport;
    size_t room;
    char *to;

    if (!transport->kind->try_read || transport->seekable || is_dry(stream) ||
        stream->lanes[NW__STREAM_READS].owner)
        return -EAGAIN;
    return fill_at_once(stream, &to, &room);
}

/* Asks the kernel, whatever was known before. */
static ssize_t ask(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    transport->dry = false;
    return transport->kind->try_read(transport, data, size_bytes, offset);
}

/*
 * Has the kernel just told this very task that there is nothing, without a switch since? Then it would say so
 * once more: nobody else on this thread can have done anything meanwhile. But a task may have computed for
 * long. A read that brought less than it had room for says the same of bytes, and nothing of the end.
 */
static bool was_just_empty(const nw_stream *stream, bool may_have_ended)
{
    const struct nw__transport *transport = stream->transport;

    return transport->dry && (may_have_ended || transport->dry_surely) &&
           transport->dry_at == nw__loop_switches(stream->loop) &&
           nw__clock_ns() - stream->loop->turn_began_ns < JUST_NOW_NS;
}

/* The same of what is above another stream. */
static bool is_quiet_above(nw_stream *stream, nw_stream *below, bool may_have_ended)
{
    ssize_t n = -EAGAIN;

    if (nw__stream_available(below) > 0 || !was_just_empty(below, may_have_ended)) {
        below->transport->dry = false;
        n = nw__stream_fill_now(below);
    }
    if (n > 0 || (n == -EAGAIN && !stream->transport->dry)) { /* which may be nothing for those above */
        char byte;
        n = ask(stream->transport, &byte, 1, stream->position);
    }
    return n == -EAGAIN && !stream->transport->kind->is_in_part(stream->transport);
}

bool nw__stream_is_quiet(nw_stream *stream, bool may_have_ended)
{
    nw_stream *below = below_of(stream);
    char byte;

    if (nw__stream_available(stream) > 0)
        return false;
    if (!stream->transport->kind->try_read)
        return true;
    if (below)
        return is_quiet_above(stream, below, may_have_ended);
    return was_just_empty(stream, may_have_ended) ||
           ask(stream->transport, &byte, 1, stream->position) == -EAGAIN;
}

int nw__stream_fill_up(nw_stream *stream, size_t size_bytes)
{
    ssize_t n = 1;

    while (nw__stream_available(stream) < size_bytes && n > 0)
        n = nw__stream_fill(stream);
    return n < 0 ? (int)n : 0;
}

/* -- positions -- */

void nw__stream_forget_input(nw_stream *stream, int64_t position)
{
    drop_ahead(stream);
    stream->ahead_target = 0;
    nw__stream_unpatch(stream);
    stream->begin = stream->at = stream->end;
    if (position != stream->position)
        stream->reach_bytes =
            stream->buffer_bytes < REACH_AFTER_SEEK_BYTES ? stream->buffer_bytes : REACH_AFTER_SEEK_BYTES;
    stream->position = position;
}

void nw__stream_unpatch(nw_stream *stream)
{
    if (stream->patched)
        *stream->patched = '\r';
    stream->patched = NULL;
    stream->slow &= (uint8_t)~NW__SLOW_PATCHED;
}

static int skip_bom(nw_stream *stream)
{
    static const char bom[3] = {'\xef', '\xbb', '\xbf'};
    int rc = 0;

    if (nw__stream_tell(stream) != 0) {
        stream->slow &= (uint8_t)~NW__SLOW_BEGIN;
        return 0;
    }
    for (size_t i = 0; i < sizeof bom && rc == 0; i++) {
        rc = nw__stream_fill_up(stream, i + 1);
        if (rc == 0 && (nw__stream_available(stream) <= i || stream->at[i] != bom[i]))
            break;
        if (rc == 0 && i == sizeof bom - 1)
            stream->at += sizeof bom;
    }
    if (rc == 0)
        stream->slow &= (uint8_t)~NW__SLOW_BEGIN;
    return rc;
}

int nw__stream_begin_reading(nw_stream *stream)
{
    if (stream->patched)
        nw__stream_unpatch(stream);
    if (stream->writing) {
        int rc = nw__stream_flush(stream);
        if (rc < 0)
            return rc;
        if (stream->out)
            nw__piece_give(stream->out);
        stream->out = NULL;
        stream->fill = stream->room = NULL;
        stream->writing = false;
        nw__stream_forget_input(stream, stream->out_position);
    }
    return stream->slow & NW__SLOW_BEGIN ? skip_bom(stream) : 0;
}

/* Seekable: go back to them. Else they are put before what is left. */
int nw__stream_give_back(nw_stream *stream, const char *data, size_t size_bytes)
{
    size_t kept = nw__stream_available(stream);
    struct nw__piece *piece;

    if (stream->transport->seekable) {
        int64_t position = nw__stream_tell(stream) - (int64_t)size_bytes;
        nw__stream_forget_input(stream, position);
        return stream->transport->shared ? stream->transport->kind->settle(stream->transport, position) : 0;
    }
    int rc = nw__piece_create(stream, size_bytes + kept, &piece);
    if (rc < 0)
        return rc;
    memcpy(piece->data, data, size_bytes);
    if (kept)
        memcpy(piece->data + size_bytes, stream->at, kept);
    use_piece(stream, piece, piece->data, size_bytes + kept);
    return 0;
}

int nw__stream_enter_reading(nw_stream *stream)
{
    int rc = nw__stream_enter(stream, NW__STREAM_READS);

    if (rc < 0)
        return rc;
    rc = nw__stream_begin_reading(stream);
    if (rc < 0)
        nw__stream_leave(stream, NW__STREAM_READS);
    return rc;
}
