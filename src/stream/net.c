/* SPDX-License-Identifier: MIT */
/*
 * Streams of sockets: connected, accepted, half closed, asked who is there. Owns a stream until it is handed
 * over. How a socket comes about is the io layer's business, what is in the bytes nobody's here.
 */
#include "base/options.h"
#include "io/socket.h"
#include "stream/stream.h"

#define BUFFER_BYTES ((size_t)64 * 1024)

/* The socket belongs to the stream; when this fails it is closed. */
static int open_socket(int fd, size_t buffer_bytes, nw_stream **stream_out)
{
    static const struct nw__open_mode mode = {.readable = true, .writable = true};
    const nw_open_options options = {.buffer_bytes = buffer_bytes ? buffer_bytes : BUFFER_BYTES};
    struct nw__transport *transport;
    int rc = nw__socket_transport(fd, true, &transport);

    if (rc < 0) {
        nw__socket_close(fd);
        return rc;
    }
    rc = nw__stream_create(transport, &mode, &options, stream_out);
    if (rc < 0)
        transport->kind->close(transport);
    return rc;
}

/* -- connecting -- */

/* TLS over the stream; when this fails it is closed. */
static int secure(const nw_connect_options *options, const struct nw__where *where, nw_stream **stream)
{
    int rc = nw_tls_connect(options->tls, *stream, where->host, stream);

    if (rc < 0)
        (void)nw_close(*stream);
    return rc;
}

static int connect_stream(const nw_connect_options *options, const struct nw__where *where,
                          nw_stream **stream_out)
{
    nw_address peer;
    nw_stream *stream;
    int rc = nw__connect(options, where, &peer);

    if (rc >= 0)
        rc = open_socket(rc, options->buffer_bytes, &stream);
    if (rc < 0)
        return rc;
    if (where->scheme == NW__SCHEME_TLS)
        rc = secure(options, where, &stream);
    if (rc < 0)
        return rc;
    if (options->peer_out)
        *options->peer_out = peer;
    *stream_out = stream;
    return 0;
}

static bool makes_sense(const nw_connect_options *options)
{
    return options->timeout_ns >= 0 && options->attempt_delay_ns >= 0 &&
           (options->family == 0 || options->family == AF_INET || options->family == AF_INET6) &&
           options->buffer_bytes <= NW__STREAM_BUFFER_MAX && nw__reserved_unused(options);
}

int nw_connect_with(const nw_connect_options *options, const char *where_text, nw_stream **stream_out)
{
    static const nw_connect_options defaults;
    const nw_connect_options *chosen = options ? options : &defaults;
    struct nw__where where;
    nw_deadline deadline;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!stream_out || !makes_sense(chosen))
        return -EINVAL;
    rc = nw__where_parse(where_text, &where);
    if (rc < 0)
        return rc;
    if (where.scheme != NW__SCHEME_TCP && where.scheme != NW__SCHEME_TLS && where.scheme != NW__SCHEME_UNIX)
        return -EINVAL;
    if (!chosen->timeout_ns)
        return connect_stream(chosen, &where, stream_out);
    nw_deadline_begin(&deadline, chosen->timeout_ns);
    rc = connect_stream(chosen, &where, stream_out);
    (void)nw_deadline_end(&deadline);
    return rc;
}

int nw_connect(const char *where, nw_stream **stream_out)
{
    return nw_connect_with(NULL, where, stream_out);
}

/* -- accepting -- */

int nw_accept_from(nw_listener *listener, nw_stream **stream_out, nw_address *peer_out)
{
    nw_address peer;
    int rc;

    if (!listener || !stream_out)
        return -EINVAL;
    size_t buffer_bytes = nw__listener_options(listener)->buffer_bytes; /* it may be closed meanwhile */
    rc = nw__accept(listener, peer_out ? &peer : NULL);
    if (rc >= 0)
        rc = open_socket(rc, buffer_bytes, stream_out);
    if (rc >= 0 && peer_out)
        *peer_out = peer;
    return rc;
}

int nw_accept(nw_listener *listener, nw_stream **stream_out)
{
    return nw_accept_from(listener, stream_out, NULL);
}

/* -- streams of sockets -- */

int nw_shutdown(nw_stream *stream)
{
    int rc = nw__stream_enter(stream, NW__STREAM_WRITES);

    if (rc < 0)
        return rc;
    struct nw__transport *transport = stream->transport;
    if (!transport->kind->shutdown)
        rc = -ENOTSOCK;
    if (rc == 0)
        rc = nw__stream_flush(stream);
    if (rc == 0)
        rc = transport->kind->shutdown(transport);
    nw__stream_leave(stream, NW__STREAM_WRITES);
    return rc;
}

static int address_of(const nw_stream *stream, bool peer, nw_address *address_out)
{
    int fd;

    if (!stream || !address_out)
        return -EINVAL;
    fd = nw_stream_fd(stream);
    return fd < 0 ? -ENOTSOCK : nw__socket_address(fd, peer, address_out);
}

int nw_peer_address(const nw_stream *stream, nw_address *address_out)
{
    return address_of(stream, true, address_out);
}

int nw_local_address(const nw_stream *stream, nw_address *address_out)
{
    return address_of(stream, false, address_out);
}
