/* SPDX-License-Identifier: MIT */
/** @file
 * The network: connecting, listening, names, datagrams. What comes out of it are streams (stream.h); TLS on
 * top of any stream is in tls.h.
 *
 * Where to connect or listen is a string, `where`:
 *   "tcp://HOST:PORT"   a name, an IPv4 address, or an IPv6 address in brackets, with "%SCOPE" if need be
 *   "tls://HOST:PORT"   nw_connect(): the same, with TLS as nw_tls_connect() does it by default
 *   "unix:/PATH"        a UNIX stream socket; "unix:@NAME": in Linux' abstract name space
 *   "fd:NUMBER"         nw_listen(): a socket that listens already, which belongs to the listener from now on
 *                       unless nw_listen() fails; "systemd:" or "systemd:NAME": one that sd_listen_fds(3)
 *                       speaks of (LISTEN_FDS), the first or that of the name
 *   "udp://HOST:PORT"   nw_udp_open()
 * PORT is a number or a name of services(5). Calls that may wait suspend the calling task only. All return
 * >= 0 or a negative error code: -EINVAL for NULL and for a string that makes no sense, NW_ENOTASK outside a
 * task, -ECANCELED or -ETIMEDOUT when that ended the wait: nothing is left open then. Strings are borrowed
 * until the call returns; outputs are untouched when it fails.
 */
#ifndef NOWAIT_NET_H
#define NOWAIT_NET_H

#include <nowait/base.h>
#include <nowait/stream.h>
#include <nowait/tls.h>

NW_BEGIN_DECLS

/**
 * An address of a socket, of any family, laid out as a struct sockaddr_storage: `(struct sockaddr *)a.data`
 * with the length `a.size` is what bind(2) and its like take. No header of sockets is included here, so that
 * names such as send() stay free.
 */
typedef struct nw_address {
    uint64_t data[16]; /**< a struct sockaddr_storage */
    uint32_t size;     /**< bytes of it that are used */
    uint32_t reserved; /**< zero */
} nw_address;

/** Room for any address as text, with its NUL. */
#define NW_ADDRESS_TEXT_BYTES 128

/**
 * The address as text: "127.0.0.1:80", "[::1]:80", "unix:/path". Never waits.
 *
 * Returns: the length of the text. Errors: -ENOSPC: `text` is too small; -EAFNOSUPPORT.
 */
NW_API int nw_address_text(const nw_address *address, char *text, size_t size_bytes);
/** The port; 0 where there is none. */
NW_API unsigned nw_address_port(const nw_address *address);

/* -- names -- */

/** Addresses, to be released with nw_addresses_finish(). */
typedef struct nw_addresses {
    nw_address *list; /**< in the order in which they should be tried, as getaddrinfo(3) gives it */
    size_t count;     /**< at least one */
} nw_addresses;

/**
 * Look up a host, as getaddrinfo(3) does it, in threads of its own: slow DNS does not hold up files.
 *
 * `service`: a port or a name of services(5); NULL: 0. Tasks that ask for the same name at the same time
 * share one look-up. Answers are kept for 30 s, refusals for 5 s, at most 1,024 of them a process.
 * A cancelled call returns at once; the look-up goes on for the others, or into the cache.
 * Errors: NW_ENOHOST: there is no such host; NW_ERESOLVE: the name servers fail; -EAGAIN: they fail for now;
 *         -EMFILE, -ENFILE: nobody can be asked; -ENOMEM.
 */
NW_API NW_CHECK int nw_resolve(const char *host, const char *service, nw_addresses *addresses_out);
/** Free the list and set the struct to zero. Accepts NULL and a zeroed struct. */
NW_API void nw_addresses_finish(nw_addresses *addresses);
/** Forget all answers, as after the network has changed. From any thread. */
NW_API void nw_resolve_forget(void);

/* -- connecting -- */

/** How to connect. All zero means the defaults. */
typedef struct nw_connect_options {
    int64_t timeout_ns;       /**< for all of it, names and TLS too; 0: only the task's deadlines count */
    int64_t attempt_delay_ns; /**< until the next address is tried beside one that is silent; 0: 250 ms; at
                                   least 10 ms */
    const char *local;        /**< the address to connect from: "ADDRESS" or "ADDRESS:PORT" (then one attempt
                                   has to fail before the next one begins); NULL: any */
    int family;               /**< AF_INET, AF_INET6 only; 0: both */
    bool delay;               /**< Nagle's algorithm: small writes may wait for an answer; else TCP_NODELAY */
    bool no_keep_alive;       /**< else SO_KEEPALIVE, so that a dead peer is noticed in the end */
    size_t buffer_bytes;      /**< of the stream, each way; 0: 64 KiB */
    const nw_tls_context *tls; /**< "tls://": whom to trust, and as whom to come; NULL: the defaults */
    nw_address *peer_out;      /**< set to where it has connected to; may be NULL */
    uint64_t reserved[5];      /**< zero; anything else is -EINVAL */
} nw_connect_options;

/**
 * Connect, and give a stream for both directions, which two tasks may use at the same time, one each.
 *
 * Several addresses are tried as RFC 8305 says (happy eyeballs): families in turn, the next one as soon as
 * one fails or is silent for a while; the first that answers wins, the others are closed.
 * Errors: those of nw_resolve(), socket(2), connect(2): of the first address when none answered, or of the
 *         first that this machine could try, when some are of a family that it does not have;
 *         -EADDRNOTAVAIL: none is of the family of `local`; with "tls://" those of nw_tls_connect().
 * Source: connect(2), RFC 8305 section 5.
 */
NW_API NW_CHECK int nw_connect(const char *where, nw_stream **stream_out);
/** As nw_connect(), with options; NULL means the defaults. */
NW_API NW_CHECK int nw_connect_with(const nw_connect_options *options, const char *where,
                                    nw_stream **stream_out);

/* -- listening -- */

/** A socket that listens. It belongs to the loop on which it was made. */
typedef struct nw_listener nw_listener;

/** How to listen. All zero means the defaults. */
typedef struct nw_listen_options {
    int backlog;          /**< connections that wait to be accepted; 0: what the system allows */
    unsigned permissions; /**< of a UNIX socket's file, less the umask; 0: 0777 */
    size_t buffer_bytes;  /**< of the streams, each way; 0: 64 KiB */
    bool reuse_port; /**< SO_REUSEPORT: several loops or processes listen, the kernel spreads connections */
    bool v6_only;    /**< an IPv6 address does not take IPv4, too */
    bool delay;      /**< as in nw_connect_options */
    bool no_keep_alive;   /**< as in nw_connect_options */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_listen_options;

/**
 * Listen. "tcp://:8080" and "tcp://[::]:8080" take IPv6 and IPv4 where the system has both; port 0 takes a
 * free one, which nw_listener_address() tells. Of a name, it is the first address that this machine has: the
 * next one is tried after -EAFNOSUPPORT and -EADDRNOTAVAIL, and after no other error. A UNIX socket's file
 * that nobody listens on any more is replaced, and removed at the close.
 *
 * Errors: those of nw_resolve(), socket(2), bind(2), listen(2); -ENOENT: systemd has passed no such socket.
 */
NW_API NW_CHECK int nw_listen(const char *where, nw_listener **listener_out);
/** As nw_listen(), with options; NULL means the defaults. */
NW_API NW_CHECK int nw_listen_with(const nw_listen_options *options, const char *where,
                                   nw_listener **listener_out);

/**
 * Wait for a connection. Several tasks may wait: first come, first served.
 *
 * A cancelled call loses no connection. Connections that were given up before they were accepted are passed
 * over.
 * Errors: -EMFILE, -ENFILE, -ENOMEM, -ENOBUFS: try again when something was closed; -EBADF: it was closed.
 */
NW_API NW_CHECK int nw_accept(nw_listener *listener, nw_stream **stream_out);
/** As nw_accept(); outputs also who has connected. */
NW_API NW_CHECK int nw_accept_from(nw_listener *listener, nw_stream **stream_out, nw_address *peer_out);
/** Where it listens. Errors: those of getsockname(2). */
NW_API NW_CHECK int nw_listener_address(const nw_listener *listener, nw_address *address_out);
/** The descriptor, which stays the listener's: not for accepting, which may have been done ahead. */
NW_API int nw_listener_fd(const nw_listener *listener);
/** Stop listening, also when the task is cancelled. Who waits in nw_accept() gets -EBADF. Accepts NULL. */
NW_API void nw_listener_close(nw_listener *listener);

/* -- streams of sockets -- */

/**
 * Flush and let the peer see the end; reading goes on. On TLS: its closing alert.
 *
 * Errors: those of nw_flush() and shutdown(2); -ENOTSOCK: no socket.
 */
NW_API NW_CHECK int nw_shutdown(nw_stream *stream);
/** Who is at the other end, also below TLS. Errors: -ENOTSOCK, those of getpeername(2). */
NW_API NW_CHECK int nw_peer_address(const nw_stream *stream, nw_address *address_out);
/** Our end, also below TLS. Errors: -ENOTSOCK, those of getsockname(2). */
NW_API NW_CHECK int nw_local_address(const nw_stream *stream, nw_address *address_out);

/* -- datagrams -- */

/** A UDP socket. It belongs to the loop on which it was made. */
typedef struct nw_udp nw_udp;

/** How to use UDP. All zero means the defaults. */
typedef struct nw_udp_options {
    bool reuse_port;      /**< SO_REUSEPORT */
    bool v6_only;         /**< an IPv6 address does not take IPv4, too */
    bool broadcast;       /**< SO_BROADCAST */
    int receive_bytes;    /**< SO_RCVBUF; 0: the system's */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_udp_options;

/**
 * Open a UDP socket at `local` ("udp://HOST:PORT"; "udp://:PORT" and "udp://[::]:PORT": of all addresses of
 * both families, where the system has both); NULL: at any free port, for both families. Which address of a
 * name: as in nw_listen(). NULL options mean the defaults.
 *
 * Errors: those of nw_resolve(), socket(2), bind(2), setsockopt(2).
 */
NW_API NW_CHECK int nw_udp_open(const nw_udp_options *options, const char *local, nw_udp **udp_out);
/**
 * From now on, send to this peer by default and receive from no other; what had come before may still be
 * received. Looks the name up. May be called again, for another peer.
 *
 * Errors: those of nw_resolve(), connect(2), of which address: as in nw_connect(); -EAFNOSUPPORT: none is of
 *         a family that the socket has.
 */
NW_API NW_CHECK int nw_udp_connect(nw_udp *udp, const char *where);
/**
 * Send one datagram, to the peer of nw_udp_connect() when `to` is NULL.
 *
 * Returns: `size_bytes`. Errors: those of sendto(2), -EMSGSIZE among them.
 */
NW_API NW_CHECK ssize_t nw_udp_send(nw_udp *udp, const void *data, size_t size_bytes, const nw_address *to);
/**
 * Receive one datagram. `from_out` may be NULL.
 *
 * Returns: the datagram's size, which is more than `size_bytes` when its end was cut off; 0: an empty one.
 * Errors: those of recvfrom(2); -ECONNREFUSED: the peer of nw_udp_connect() is not there.
 */
NW_API NW_CHECK ssize_t nw_udp_receive(nw_udp *udp, void *data, size_t size_bytes, nw_address *from_out);
/** Where it is bound to. Errors: those of getsockname(2). */
NW_API NW_CHECK int nw_udp_address(const nw_udp *udp, nw_address *address_out);
/**
 * The descriptor, which stays the socket's: for options of setsockopt(2), multicast groups among them, and
 * not for receiving, which may have been done ahead.
 */
NW_API int nw_udp_fd(const nw_udp *udp);
/** Close, also when the task is cancelled. Who waits gets -EBADF. Accepts NULL. */
NW_API void nw_udp_close(nw_udp *udp);

NW_END_DECLS

#endif
