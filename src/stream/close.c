/* SPDX-License-Identifier: MIT */
/*
 * How a stream ends. Nothing that was written is dropped that can be written, nothing in flight is left
 * behind, and nobody who is in a call is left in it.
 */
#include <stdlib.h>

#include "stream/stream.h"

void nw__stream_free(nw_stream *stream)
{
    nw__list_remove(&stream->in_loop);
    if (stream->in)
        nw__piece_give(stream->in);
    if (stream->out)
        nw__piece_give(stream->out);
    nw__pieces_free(&stream->behind);
    nw__pieces_free(&stream->ahead);
    nw__pieces_free(&stream->spare);
    free(stream);
}

/* -- closing -- */

/* A task that may not wait writes what can be written without. */
static int flush_what_goes(nw_stream *stream)
{
    return nw__stream_flush_now(stream) ? 0 : nw_interrupted();
}

/* A file takes what was written, whatever became of the task. A peer may never take it. */
static int flush_last(nw_stream *stream)
{
    nw_shield shield;
    int told = nw__stream_take_error(stream), rc;

    if (!stream->transport->seekable && nw_interrupted()) {
        rc = flush_what_goes(stream);
    } else if (!stream->transport->seekable) {
        rc = nw__stream_flush(stream);
        if (rc < 0 && rc == nw_interrupted())
            rc = flush_what_goes(stream);
    } else {
        nw_shield_begin(&shield);
        rc = nw__stream_flush(stream);
        nw_shield_end(&shield);
    }
    return told ? told : rc;
}

/* What is in flight uses the stream's memory. */
static void wait_for_pieces(nw_stream *stream)
{
    nw_shield shield;

    nw__stream_forget_input(stream, stream->position);
    if (stream->flying == 0)
        return;
    nw_shield_begin(&shield);
    while (stream->flying > 0)
        if (nw__piece_wait(stream, NW__STREAM_READS, "close") < 0)
            break; /* cannot be: shielded */
    nw_shield_end(&shield);
}

int nw__stream_destroy(nw_stream *stream)
{
    int flushed, rc;

    flushed = flush_last(stream);
    wait_for_pieces(stream);
    stream->transport->torn |= nw__stream_pending(stream) > 0;
    rc = stream->transport->kind->close(stream->transport);
    nw__stream_free(stream);
    return flushed < 0 ? flushed : rc;
}

int nw_close(nw_stream *stream)
{
    nw_task *self = nw__task_self();

    if (!stream)
        return 0;
    if (!self && (!stream->loop || stream->transport->kind->view)) {
        int rc = stream->transport->kind->close(stream->transport); /* it never waits */
        nw__stream_free(stream);
        return rc;
    }
    if (!self)
        return NW_ENOTASK;
    if (!nw__stream_roams(stream) && stream->loop != self->loop)
        return -EINVAL;
    if (stream->closing)
        return -EBADF;
    if (stream->standard)
        return nw_flush(stream);
    if (stream->lanes[0].owner == self || stream->lanes[1].owner == self)
        return -EDEADLK;
    nw__stream_evict(stream);
    return nw__stream_destroy(stream);
}
