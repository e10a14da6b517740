/* SPDX-License-Identifier: MIT */
/** @file
 * WebSocket (RFC 6455), client and server, on the loop on which it was made. One task may receive while
 * others send. A task of its own reads, answers pings and keeps what comes, until 64 KiB or one longer
 * message wait to be received; another writes. Bytes wait in memory: at most that, a message that is coming
 * in, the one that was received last, and 128 KiB and two messages of those that were sent.
 */
#ifndef NOWAIT_WEBSOCKET_H
#define NOWAIT_WEBSOCKET_H

#include <nowait/base.h>
#include <nowait/http_client.h>
#include <nowait/http_server.h>

NW_BEGIN_DECLS

/** An open WebSocket. */
typedef struct nw_websocket nw_websocket;

/** What a message is. */
enum nw_websocket_type {
    NW_WEBSOCKET_TEXT = 1, /**< UTF-8, which is checked */
    NW_WEBSOCKET_BINARY = 2,
};

/** How to speak. All zero means the defaults. Everything is borrowed until the call returns. */
typedef struct nw_websocket_options {
    const char *const *protocols; /**< best first: client: asked for; server: taken where asked for */
    size_t protocol_count;
    size_t message_limit_bytes; /**< 0: 16 MiB; longer ones close it with 1009 (-EMSGSIZE) */
    int64_t ping_ns;            /**< when nothing came for so long, ping, and give up (-ETIMEDOUT) when that
                                     is not answered in as long again; 0: never */
    int64_t close_timeout_ns;   /**< how long nw_websocket_close() waits for the peer; 0: 5 s */
    const char *origin;         /**< server: the only Origin that is let in; NULL: any. Client: sent */
    const nw_pair *headers;     /**< client: sent with the request */
    size_t header_count;
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_websocket_options;

/**
 * Connect to "ws://..." or "wss://...". `client`, `options` may be NULL. The caller closes it.
 *
 * Errors: as nw_http_request(); NW_EPROTOCOL: the server has not agreed; -EINVAL: also another scheme.
 * Source: RFC 6455, 4.1.
 */
NW_API NW_CHECK int nw_websocket_connect(nw_http_client *client, const nw_websocket_options *options,
                                         const char *url, nw_websocket **websocket_out);
/**
 * In a handler: agree to a client's request; closed at the latest when the handler returns: with 1000, 1011
 * after an error, 1001 when it is cancelled.
 *
 * Errors: the request was answered: NW_EPROTOCOL: with a 400 or 426; -EACCES: with a 403, not that origin.
 *         Else -EINVAL, -EALREADY, -ENOMEM, those of nw_write().
 * Source: RFC 6455, 4.2.
 */
NW_API NW_CHECK int nw_websocket_accept(nw_http_exchange *exchange, const nw_websocket_options *options,
                                        nw_websocket **websocket_out);
/**
 * The next message, whole. Good until the next call of this kind.
 *
 * Returns: 1; 0: the peer has closed it (see nw_websocket_status()).
 * Errors:  NW_EPROTOCOL, -EMSGSIZE, -EILSEQ, -ENOMEM: it was closed with 1002, 1009, 1007, 1011;
 *          NW_ETRUNCATED; NW_ECLOSED: another task closes it; -EBUSY: another task receives; those of
 *          nw_read(); -ETIMEDOUT, -ECANCELED: no part of a message is lost.
 */
NW_API NW_CHECK int nw_websocket_receive(nw_websocket *websocket, enum nw_websocket_type *type_out,
                                         nw_slice *message_out);
/**
 * Send a message: whole, in the order of the calls. It is copied and goes out when the task waits next; the
 * call waits, and can be cancelled, only while 64 KiB of others are not on their way yet.
 *
 * Returns: 0: it will be sent, unless the connection breaks.
 * Errors, and nothing of it is sent: NW_ECLOSED: either side has closed it; -EILSEQ: a text that is not
 * UTF-8; -ENOMEM; what nw_websocket_receive() or writing has ended with.
 */
NW_API NW_CHECK int nw_websocket_send(nw_websocket *websocket, enum nw_websocket_type type, const void *data,
                                      size_t size_bytes);
/** Send a text, as nw_websocket_send(). */
NW_API NW_CHECK int nw_websocket_send_text(nw_websocket *websocket, const char *text);
/** Send a ping, as nw_websocket_send(); the answer is not told. */
NW_API NW_CHECK int nw_websocket_ping(nw_websocket *websocket);
/** The protocol that was agreed on; "" when there is none. */
NW_API const char *nw_websocket_protocol(const nw_websocket *websocket);
/** Once it is closed: the peer's status (1000: normal; 1005: none was said; 1006: no close came). */
NW_API int nw_websocket_status(const nw_websocket *websocket);
/**
 * Say good-bye with `status` (0: 1000) and `reason` (may be NULL; at most 123 bytes), wait for the peer's,
 * and free it. What was sent goes out before; what was not received is dropped. Calls of other tasks end with
 * NW_ECLOSED. Also when the task is cancelled: then without waiting. Accepts NULL.
 *
 * Returns: 0: both have said it. Errors, and it is gone: -ETIMEDOUT: the peer has not; -EINVAL: a status or
 *          reason that must not be sent (1000 was); what receiving or sending has ended with. Errors, and it
 *          is not: -EBADF: another task is closing it; -EINVAL: of another loop; NW_ENOTASK.
 */
NW_API int nw_websocket_close(nw_websocket *websocket, int status, const char *reason);

NW_END_DECLS

#endif
