/* SPDX-License-Identifier: MIT */
/*
 * Pieces: the buffers of a stream, each with the op that fills or empties it. What is in flight belongs to
 * the stream and not to a call: a call can be cancelled without it. Must not know what is in them.
 */
#include <stdlib.h>

#include "stream/stream.h"

#define HEADROOM_BYTES 4096 /* for what is left of the piece before: a multiple of every alignment */

/* One byte more than the capacity, for those who end a text with NUL. */
static struct nw__piece *create_piece(size_t capacity_bytes, size_t alignment)
{
    size_t size = HEADROOM_BYTES + capacity_bytes + 1;
    struct nw__piece *piece = malloc(sizeof *piece);
    void *memory = NULL;

    if (!piece)
        return NULL;
    if (alignment > 1) {
        if (posix_memalign(&memory, alignment, size) != 0)
            memory = NULL;
    } else {
        memory = malloc(size);
    }
    if (!memory) {
        free(piece);
        return NULL;
    }
    *piece = (struct nw__piece){.memory = memory, .capacity_bytes = capacity_bytes};
    piece->data = piece->memory + HEADROOM_BYTES;
    nw__link_init(&piece->link);
    return piece;
}

static void free_piece(struct nw__piece *piece)
{
    free(piece->memory);
    free(piece);
}

int nw__piece_create(nw_stream *stream, size_t capacity_bytes, struct nw__piece **piece_out)
{
    struct nw__piece *piece = create_piece(capacity_bytes, stream->transport->alignment);

    if (!piece)
        return -ENOMEM;
    piece->stream = stream;
    *piece_out = piece;
    return 0;
}

static struct nw__piece *take_own(nw_stream *stream)
{
    struct nw__link *link = nw__list_pop_front(&stream->spare);

    return link ? nw__container(link, struct nw__piece, link) : NULL;
}

/* The newest one, if it has the size: streams with other buffers than most others have to make theirs. */
static struct nw__piece *take_shared(const nw_stream *stream)
{
    struct nw__link *link = nw__list_front(&stream->spares->pieces);
    struct nw__piece *piece = link ? nw__container(link, struct nw__piece, link) : NULL;

    if (!piece || piece->capacity_bytes != stream->buffer_bytes)
        return NULL;
    nw__list_remove(link);
    stream->spares->count--;
    return piece;
}

static bool give_shared(struct nw__piece *piece)
{
    struct nw__spares *spares = piece->stream->spares;

    if (!spares || spares->count >= NW__SPARES_MAX)
        return false;
    piece->stream = NULL;
    nw__list_push_front(&spares->pieces, &piece->link);
    spares->count++;
    return true;
}

int nw__piece_take(nw_stream *stream, struct nw__piece **piece_out)
{
    struct nw__piece *piece = stream->spares ? take_shared(stream) : take_own(stream);

    if (!piece)
        return nw__piece_create(stream, stream->buffer_bytes, piece_out);
    piece->stream = stream;
    piece->size_bytes = piece->done_bytes = 0;
    piece->stale = false;
    piece->state = NW__PIECE_IDLE;
    *piece_out = piece;
    return 0;
}

/* One that became long for a long line is not kept. */
void nw__piece_give(struct nw__piece *piece)
{
    if (piece->capacity_bytes != piece->stream->buffer_bytes) {
        free_piece(piece);
        return;
    }
    if (!piece->stream->spares)
        nw__list_push_front(&piece->stream->spare, &piece->link);
    else if (!give_shared(piece))
        free_piece(piece);
}

void nw__stream_drop_input(nw_stream *stream)
{
    if (!stream->spares || !stream->in || nw__stream_available(stream) > 0)
        return;
    nw__stream_unpatch(stream);
    nw__piece_give(stream->in);
    stream->in = NULL;
    stream->begin = stream->at = stream->end = NULL;
}

void nw__stream_drop_output(nw_stream *stream)
{
    if (!stream->spares || !stream->out || nw__stream_pending(stream) > 0)
        return;
    nw__piece_give(stream->out);
    stream->out = NULL;
    stream->fill = stream->room = NULL;
}

void nw__pieces_free(struct nw__list *pieces)
{
    struct nw__link *link;

    while ((link = nw__list_pop_front(pieces)))
        free_piece(nw__container(link, struct nw__piece, link));
}

/* -- in flight -- */

static void wake_all(nw_stream *stream)
{
    for (int i = 0; i < 2; i++)
        if (stream->waits[i])
            nw__wait_wake(stream->waits[i]);
}

static void read_done(nw_op *op)
{
    struct nw__piece *piece = op->user;
    nw_stream *stream = piece->stream;

    stream->flying--;
    piece->result = op->result;
    piece->state = NW__PIECE_DONE;
    if (piece->stale)
        nw__piece_give(piece);
    wake_all(stream);
}

static void write_done(nw_op *op)
{
    struct nw__piece *piece = op->user;
    nw_stream *stream = piece->stream;

    stream->flying--;
    piece->state = NW__PIECE_IDLE;
    nw__stream_piece_written(piece, op->result);
    wake_all(stream);
}

static void fly(struct nw__piece *piece, nw_op_fn *done)
{
    piece->op.user = piece;
    piece->op.done = done;
    piece->state = NW__PIECE_FLYING;
    piece->stream->flying++;
    nw__loop_submit(piece->stream->loop, &piece->op);
}

void nw__piece_read(struct nw__piece *piece)
{
    struct nw__transport *transport = piece->stream->transport;

    transport->kind->prepare_read(transport, &piece->op, piece->data, piece->size_bytes, piece->offset);
    fly(piece, read_done);
}

void nw__piece_write(struct nw__piece *piece)
{
    struct nw__transport *transport = piece->stream->transport;
    size_t done = piece->done_bytes;

    transport->kind->prepare_write(transport, &piece->op, piece->data + done, piece->size_bytes - done,
                                   piece->offset + (int64_t)done);
    fly(piece, write_done);
}

void nw__piece_discard(struct nw__piece *piece)
{
    nw__list_remove(&piece->link);
    if (piece->state != NW__PIECE_FLYING) {
        nw__piece_give(piece);
        return;
    }
    piece->stale = true;
    nw__loop_cancel(piece->stream->loop, &piece->op);
}

int nw__piece_wait(nw_stream *stream, enum nw__stream_use use, const char *what)
{
    struct nw__wait wait = {.interrupt = nw__wait_wake, .what = what};
    nw_task *self = nw__task_self();

    if (self->interrupt)
        return self->interrupt;
    stream->waits[use] = &wait;
    nw__wait_park(self, &wait);
    stream->waits[use] = NULL;
    return self->interrupt;
}
