/* SPDX-License-Identifier: MIT */
/*
 * THE contract between a stream and what it reads from and writes to: a file, a pipe, a socket, memory; and
 * above this layer TLS and the bodies of HTTP messages.
 *
 * A transport is a struct that begins with a struct nw__transport. The stream calls it from tasks, never two
 * reads at a time nor two writes, and owns it: close() frees it. Buffering, positions, errors that are
 * reported later, and tasks that wait for each other are the stream's business. errno is kept by all calls.
 */
#ifndef NW_STREAM_TRANSPORT_H
#define NW_STREAM_TRANSPORT_H

#include <nowait/stream.h>

#include "task/task.h"

struct nw__transport {
    const struct nw__transport_kind *kind;
    bool seekable;    /* every read and write says where; else `offset` means nothing */
    bool serial;      /* seekable, but only the kernel knows where a write goes: see position() */
    bool shared;      /* serial, and others use the position, too: reads go on from it, settle() sets it */
    bool borrowed;    /* the descriptor stays open at the end */
    bool terminal;    /* what is written is looked at by a person, line by line */
    bool torn;        /* set before close(): not all that was written was taken, the peer must notice */
    bool more;        /* more will be written at once: what is written need not leave alone */
    bool dry;         /* with await_input(): try_read() would say -EAGAIN, or just did */
    uint64_t dry_at;  /* of a socket: nw__loop_switches() when a read found no more; 0: it did not */
    bool dry_surely;  /* with dry_at: not even the end, or an error, was there */
    size_t alignment; /* of offsets, sizes and memory, where pieces should have it; 0 or 1: any will do */
};

/* What a kind cannot do is NULL, unless it says otherwise. */
struct nw__transport_kind {
    const char *name; /* for dumps */
    /*
     * Read without waiting. Returns: bytes, which can be fewer than are there; 0 at the end; -EAGAIN: only
     * by waiting. NULL: read() or pieces.
     */
    ssize_t (*try_read)(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset);
    /*
     * Read what there is, at least one byte, else wait. 0 at the end. Needed unless prepare_read or
     * await_input is there.
     * Cancelled: -ECANCELED, -ETIMEDOUT, and nothing was taken.
     */
    ssize_t (*read)(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset);
    /*
     * Beside try_read(), instead of read(): wait until that has something, or the end, or an error. Then the
     * stream holds no buffer while it waits, and shares its buffers with others of the loop.
     */
    int (*await_input)(struct nw__transport *transport);
    /* Write at least one byte; waits. Needed unless prepare_write is there. */
    ssize_t (*write)(struct nw__transport *transport, const void *data, size_t size_bytes, int64_t offset);
    /* As much as can be written without waiting. -EAGAIN: nothing. */
    ssize_t (*try_write)(struct nw__transport *transport, const void *data, size_t size_bytes,
                         int64_t offset);
    /* What write() and try_write() took and still have, as far as it goes without waiting. Returns: that was
     * all. NULL: they have nothing. */
    bool (*push)(struct nw__transport *transport);
    /* What write() took is with the kernel; waits. NULL: it is as soon as write() has returned. */
    int (*flush)(struct nw__transport *transport);
    /*
     * From a file, at most a slice of some 1 MiB, past the stream's buffer; waits. Returns: bytes; 0: the
     * file ends there; -EOPNOTSUPP: not this file, or not this peer. NULL: write().
     */
    ssize_t (*send_file)(struct nw__transport *transport, int fd, int64_t offset, size_t size_bytes);
    /* A read or write as an op, which the stream submits: so that several can be under way. Cannot fail. */
    void (*prepare_read)(struct nw__transport *transport, nw_op *op, void *data, size_t size_bytes,
                         int64_t offset);
    void (*prepare_write)(struct nw__transport *transport, nw_op *op, const void *data, size_t size_bytes,
                          int64_t offset);
    /*
     * What lies in memory at `offset`, at most `size_bytes` of it; stays there as long as the transport does,
     * each part behind the one before it. Then there is no other way of reading.
     */
    nw_slice (*view)(struct nw__transport *transport, size_t size_bytes, int64_t offset);
    /* Where the end is, as far as that is known without waiting; -1: not at all. For read-ahead only. */
    int64_t (*known_end)(struct nw__transport *transport);
    /* Seekable: from an offset that counts from the beginning, or as lseek(2) otherwise, to the former. */
    int64_t (*resolve)(struct nw__transport *transport, int64_t offset, int whence);
    /* Serial: where the kernel stands now. */
    int64_t (*position)(struct nw__transport *transport);
    /* Shared: the stream is at `offset`, let the others know. */
    int (*settle)(struct nw__transport *transport, int64_t offset);
    int (*truncate)(struct nw__transport *transport, int64_t size_bytes);
    int (*sync)(struct nw__transport *transport);
    /* All that was written has been: let the peer see the end. Waits, if it must. NULL: no socket. */
    int (*shutdown)(struct nw__transport *transport);
    /* The stream that this one is made over (TLS); NULL: none. */
    nw_stream *(*below)(const struct nw__transport *transport);
    /* With below(): has it taken something from there of which nothing can be read yet, or not all was? */
    bool (*is_in_part)(const struct nw__transport *transport);
    /* What is behind it, also below TLS; -EBADF, also by NULL: no descriptor. */
    int (*fd)(const struct nw__transport *transport);
    /* Close, also when the task is cancelled, and free. Never NULL. */
    int (*close)(struct nw__transport *transport);
};

/* -- file.c: regular files and disks; socket.c: stream sockets; bytes.c: what else has a descriptor -- */

struct nw__file_config {
    bool regular; /* not a disk */
    bool own;     /* nobody else uses the descriptor's position */
    bool append;  /* O_APPEND is set */
    bool direct;  /* O_DIRECT, where the file system has it */
};

/* The descriptor belongs to the transport, unless this fails. */
NW_CHECK int nw__file_transport(int fd, const struct nw__file_config *config,
                                struct nw__transport **transport_out);
NW_CHECK int nw__bytes_transport(int fd, bool device, struct nw__transport **transport_out);
/* `own`: it was made by us, so that nobody has put, or will put it into blocking mode. */
NW_CHECK int nw__socket_transport(int fd, bool own, struct nw__transport **transport_out);

/* -- memory.c -- */

NW_CHECK int nw__slice_transport(nw_slice data, struct nw__transport **transport_out);
NW_CHECK int nw__memory_transport(size_t limit_bytes, struct nw__transport **transport_out);
/* The content; good until something is written. For transports of nw__memory_transport() only. */
nw_slice nw__memory_transport_content(const struct nw__transport *transport);
/* Hand the content over; empty afterwards. -EINVAL: the transport is no memory. */
NW_CHECK int nw__memory_transport_take(struct nw__transport *transport, nw_bytes *content_out);

#endif
