/* SPDX-License-Identifier: MIT */
/*
 * The streams of a loop: all that are open, so that the end of the loop can end them, and the three that
 * every process has. Owns the standard streams. Their descriptors are the process's and stay open.
 */
#include <stdlib.h>
#include <unistd.h>

#include "stream/stream.h"

struct streams {
    struct nw__loop_part part;
    struct nw__list open; /* by nw_stream.in_loop */
    struct nw__spares spares;
    nw_stream *standard[3];
};

static const char key;

static struct streams *streams_of(nw_loop *loop)
{
    struct nw__loop_part *part = nw__loop_part_find(loop, &key);

    return part ? nw__container(part, struct streams, part) : NULL;
}

/* -- the loop ends -- */

/* Whoever has a handle still cannot use it any more: there is no loop. */
static int end_streams(void *arg)
{
    struct streams *streams = arg;
    struct nw__link *link;
    nw_shield shield;

    nw_shield_begin(&shield);
    for (int i = 1; i < 3; i++)
        if (streams->standard[i])
            (void)nw_flush(streams->standard[i]);
    if (streams->standard[0])
        (void)nw_flush(streams->standard[0]);
    nw_shield_end(&shield);
    while ((link = nw__list_front(&streams->open))) {
        nw_stream *stream = nw__container(link, nw_stream, in_loop);
        stream->closing = true;
        (void)nw__stream_destroy(stream);
    }
    return 0;
}

static void free_streams(struct nw__loop_part *part)
{
    struct streams *streams = nw__container(part, struct streams, part);

    nw__pieces_free(&streams->spares.pieces);
    free(streams->spares.records.data);
    free(streams);
}

static int streams_begin(nw_loop *loop, struct streams **streams_out)
{
    struct streams *streams = streams_of(loop);

    if (!streams) {
        streams = calloc(1, sizeof *streams);
        if (!streams)
            return -ENOMEM;
        nw__list_init(&streams->open);
        nw__list_init(&streams->spares.pieces);
        nw__list_init(&streams->spares.warm);
        streams->part = (struct nw__loop_part){.key = &key, .end = end_streams, .release = free_streams};
        nw__loop_part_add(loop, &streams->part);
    }
    *streams_out = streams;
    return 0;
}

int nw__streams_join(nw_stream *stream)
{
    struct streams *streams;
    int rc = streams_begin(stream->loop, &streams);

    if (rc < 0)
        return rc;
    nw__list_push_back(&streams->open, &stream->in_loop);
    if (stream->transport->kind->await_input)
        stream->spares = &streams->spares;
    return 0;
}

/* -- standard input, output, error -- */

static nw_stream *open_standard(int fd, const char *mode)
{
    nw_stream *stream;

    if (nw__stream_borrow_fd(fd, mode, &stream) < 0)
        return NULL;
    stream->standard = true;
    if (fd == STDERR_FILENO) {
        stream->flush_each = true;
        stream->slow |= NW__SLOW_EACH;
    }
    return stream;
}

static nw_stream *standard(int fd, const char *mode)
{
    nw_task *self = nw__task_self();
    struct streams *streams;

    if (!self || streams_begin(self->loop, &streams) < 0)
        return NULL;
    if (!streams->standard[fd])
        streams->standard[fd] = open_standard(fd, mode);
    return streams->standard[fd];
}

nw_stream *nw_stdout(void)
{
    return standard(STDOUT_FILENO, "w");
}

nw_stream *nw_stderr(void)
{
    return standard(STDERR_FILENO, "w");
}

nw_stream *nw_stdin(void)
{
    nw_stream *stream = standard(STDIN_FILENO, "r");
    nw_stream *output = stream && !stream->flush_first ? nw_stdout() : NULL;

    if (output && output->line_buffered)
        stream->flush_first = output;
    return stream;
}
