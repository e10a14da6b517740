/* SPDX-License-Identifier: MIT */
/*
 * How a stream comes into being: modes, options, which transport. Owns the stream until it is handed over.
 */
#include <fcntl.h>
#include <nowait/op.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"
#include "io/socket.h"
#include "stream/stream.h"

/* -- modes and options -- */

static bool parse_first(char c, struct nw__open_mode *mode)
{
    switch (c) {
    case 'r':
        mode->readable = true;
        return true;
    case 'w':
        mode->flags = O_CREAT | O_TRUNC;
        break;
    case 'a':
        mode->flags = O_CREAT | O_APPEND;
        mode->append = true;
        break;
    case 'x':
        mode->flags = O_CREAT | O_EXCL;
        break;
    default:
        return false;
    }
    mode->writable = true;
    return true;
}

/* "r", "w", "a" or "x", then "+", "b", "t", "e" in any order, each once. */
static int parse_mode(const char *text, struct nw__open_mode *mode_out)
{
    struct nw__open_mode mode = {.flags = 0};

    if (!text || !parse_first(text[0], &mode))
        return -EINVAL;
    for (const char *c = text + 1; *c; c++) {
        if (!strchr("+bte", *c) || strchr(c + 1, *c))
            return -EINVAL;
        if (*c == '+')
            mode.readable = mode.writable = true;
    }
    mode.flags |= mode.readable && mode.writable ? O_RDWR : mode.writable ? O_WRONLY : O_RDONLY;
    *mode_out = mode;
    return 0;
}

static int check_options(const nw_open_options *options)
{
    if (options->buffer_bytes > NW__STREAM_BUFFER_MAX || options->pieces > NW__STREAM_PIECES_MAX ||
        options->permissions & ~07777u || options->line_limit_bytes > SSIZE_MAX)
        return -EINVAL;
    return nw__reserved_unused(options) ? 0 : -EINVAL;
}

static const nw_open_options default_options;

/* -- the stream itself -- */

static void set_options(nw_stream *stream, const nw_open_options *options)
{
    size_t alignment = stream->transport->alignment;
    size_t buffer = options->buffer_bytes ? options->buffer_bytes : NW__STREAM_BUFFER_BYTES;

    if (alignment > 1)
        buffer = (buffer + alignment - 1) / alignment * alignment;
    stream->buffer_bytes = stream->reach_bytes = buffer;
    stream->line_limit_bytes =
        options->line_limit_bytes ? options->line_limit_bytes : NW__STREAM_LINE_LIMIT_BYTES;
    stream->pieces_max = options->pieces ? options->pieces : NW__STREAM_PIECES;
    stream->line_buffered = options->line_buffered;
    stream->universal_newlines = options->universal_newlines;
    stream->check_utf8 = options->check_utf8;
    stream->skip_bom = options->skip_bom;
    if (stream->line_buffered)
        stream->slow |= NW__SLOW_EACH;
    if (stream->universal_newlines || stream->check_utf8)
        stream->slow |= NW__SLOW_TEXT;
    if (stream->skip_bom)
        stream->slow |= NW__SLOW_BEGIN;
}

int nw__stream_create(struct nw__transport *transport, const struct nw__open_mode *mode,
                      const nw_open_options *options, nw_stream **stream_out)
{
    bool one_lane = transport->seekable;
    nw_stream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return -ENOMEM;
    stream->transport = transport;
    stream->readable = mode->readable;
    stream->writable = mode->writable;
    nw__list_init(&stream->lanes[0].queue);
    nw__list_init(&stream->lanes[1].queue);
    nw__list_init(&stream->visits);
    stream->lanes[0].slow_bits = NW__SLOW_READ_BUSY | (one_lane ? NW__SLOW_WRITE_BUSY : 0);
    stream->lanes[1].slow_bits = NW__SLOW_WRITE_BUSY;
    nw__list_init(&stream->ahead);
    nw__list_init(&stream->behind);
    nw__list_init(&stream->spare);
    nw__link_init(&stream->in_loop);
    set_options(stream, options ? options : &default_options);
    if (nw__task_self()) {
        stream->loop = nw__task_self()->loop;
        int rc = nw__streams_join(stream);
        if (rc < 0) {
            free(stream);
            return rc;
        }
    }
    *stream_out = stream;
    return 0;
}

/* -- over a descriptor -- */

static int transport_of(int fd, const struct stat *status, const struct nw__file_config *config,
                        struct nw__transport **transport_out)
{
    int saved_errno = errno;
    mode_t type = status->st_mode & S_IFMT;
    struct nw__file_config file = *config;
    bool has_position = (type == S_IFREG || type == S_IFBLK) && lseek(fd, 0, SEEK_CUR) >= 0;

    errno = saved_errno;
    if (type == S_IFDIR)
        return -EISDIR;
    if (type == S_IFSOCK && nw__socket_is_stream(fd))
        return nw__socket_transport(fd, false, transport_out);
    if (!has_position)
        return nw__bytes_transport(fd, type == S_IFCHR, transport_out);
    file.regular = type == S_IFREG;
    return nw__file_transport(fd, &file, transport_out);
}

/* Where it begins: the end for appending, else where the descriptor is. */
static int find_position(nw_stream *stream, bool append)
{
    struct nw__transport *transport = stream->transport;
    int64_t position = 0;

    if (!transport->seekable || (!append && !transport->serial))
        return 0;
    position =
        append ? transport->kind->resolve(transport, 0, SEEK_END) : transport->kind->position(transport);
    if (position >= 0 && append && transport->shared)
        position = transport->kind->settle(transport, position) < 0 ? -EIO : position;
    if (position < 0)
        return (int)position;
    stream->position = position;
    return 0;
}

/* When this fails, the descriptor is the caller's. */
static int open_over(int fd, const struct nw__open_mode *mode, const struct nw__file_config *config,
                     const nw_open_options *options, nw_stream **stream_out)
{
    struct nw__transport *transport;
    struct stat status;
    nw_stream *stream;
    int rc = nw__fd_peek(fd, &status);

    if (rc == 0)
        rc = transport_of(fd, &status, config, &transport);
    if (rc != 0)
        return rc;
    rc = nw__stream_create(transport, mode, options, &stream);
    if (rc == 0) {
        rc = find_position(stream, mode->append);
        if (rc < 0)
            nw__stream_free(stream);
    }
    if (rc < 0) {
        transport->borrowed = true;
        transport->kind->close(transport);
        return rc;
    }
    stream->append = config->append;
    if (transport->terminal && mode->writable) {
        stream->line_buffered = true;
        stream->slow |= NW__SLOW_EACH;
    }
    *stream_out = stream;
    return 0;
}

int nw_open_with(const nw_open_options *options, const char *path, const char *mode_text,
                 nw_stream **stream_out)
{
    const nw_open_options *chosen = options ? options : &default_options;
    struct nw__file_config config = {.own = true, .direct = chosen->direct};
    struct nw__open_mode mode;
    int fd, rc = parse_mode(mode_text, &mode);

    if (rc < 0 || !path || !stream_out || check_options(chosen) < 0)
        return -EINVAL;
    config.append = mode.append;
    fd = nw_fd_open(path, mode.flags | O_NOCTTY, chosen->permissions ? (mode_t)chosen->permissions : 0666);
    if (fd < 0)
        return fd;
    rc = open_over(fd, &mode, &config, chosen, stream_out);
    if (rc < 0)
        nw_fd_close(fd);
    return rc;
}

int nw_open(const char *path, const char *mode, nw_stream **stream_out)
{
    return nw_open_with(NULL, path, mode, stream_out);
}

/* Does the descriptor allow what the mode says? Appending is made so, as fdopen(3) does. */
static int adopt_flags(int fd, const struct nw__open_mode *mode, bool *append_out)
{
    int saved_errno = errno;
    int flags = fcntl(fd, F_GETFL), rc = 0;

    if (flags >= 0 && ((mode->readable && (flags & O_ACCMODE) == O_WRONLY) ||
                       (mode->writable && (flags & O_ACCMODE) == O_RDONLY)))
        rc = -EINVAL;
    else if (flags < 0 || (mode->append && !(flags & O_APPEND) && fcntl(fd, F_SETFL, flags | O_APPEND) < 0))
        rc = -errno;
    errno = saved_errno;
    *append_out = mode->append || (rc == 0 && flags & O_APPEND);
    return rc;
}

static int open_fd(const nw_open_options *options, int fd, const char *mode_text, nw_stream **stream_out)
{
    const nw_open_options *chosen = options ? options : &default_options;
    struct nw__file_config config = {.direct = false};
    struct nw__open_mode mode;
    int rc = parse_mode(mode_text, &mode);

    if (rc < 0 || !stream_out || check_options(chosen) < 0)
        return -EINVAL;
    rc = adopt_flags(fd, &mode, &config.append);
    return rc < 0 ? rc : open_over(fd, &mode, &config, chosen, stream_out);
}

int nw_open_fd_with(const nw_open_options *options, int fd, const char *mode, nw_stream **stream_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    return rc < 0 ? rc : open_fd(options, fd, mode, stream_out);
}

int nw__stream_borrow_fd(int fd, const char *mode, nw_stream **stream_out)
{
    nw_stream *stream;
    int rc = open_fd(NULL, fd, mode, &stream);

    if (rc == 0) {
        stream->transport->borrowed = true;
        *stream_out = stream;
    }
    return rc;
}

int nw_open_fd(int fd, const char *mode, nw_stream **stream_out)
{
    return nw_open_fd_with(NULL, fd, mode, stream_out);
}

int nw_stream_fd(const nw_stream *stream)
{
    if (!stream)
        return -EINVAL;
    return stream->transport->kind->fd ? stream->transport->kind->fd(stream->transport) : -EBADF;
}

/* -- memory -- */

static int open_transport(struct nw__transport *transport, const struct nw__open_mode *mode,
                          nw_stream **stream_out)
{
    int rc = nw__stream_create(transport, mode, NULL, stream_out);

    if (rc < 0)
        transport->kind->close(transport);
    return rc;
}

int nw_open_slice(nw_slice data, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true};
    struct nw__transport *transport;
    int rc;

    if (!stream_out || (!data.data && data.size) || data.size > SSIZE_MAX)
        return -EINVAL;
    rc = nw__slice_transport(data, &transport);
    return rc < 0 ? rc : open_transport(transport, &mode, stream_out);
}

int nw_open_memory(size_t limit_bytes, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true, .writable = true};
    struct nw__transport *transport;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!stream_out)
        return -EINVAL;
    rc = nw__memory_transport(limit_bytes, &transport);
    return rc < 0 ? rc : open_transport(transport, &mode, stream_out);
}

int nw_memory_take(nw_stream *stream, nw_bytes *content_out)
{
    int rc;

    if (!content_out)
        return -EINVAL;
    rc = nw__stream_enter(stream, NW__STREAM_WRITES);
    if (rc < 0)
        return rc == -EBADF ? -EINVAL : rc;
    rc = nw__stream_flush(stream);
    if (rc == 0)
        rc = nw__memory_transport_take(stream->transport, content_out);
    if (rc == 0 && !stream->writing)
        nw__stream_forget_input(stream, 0);
    if (rc == 0)
        stream->out_position = 0;
    if (rc == 0 && stream->out)
        stream->room = stream->out->data + stream->out->capacity_bytes;
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return rc;
}
