/* SPDX-License-Identifier: MIT */
/** @file
 * WebSocket (RFC 6455), client and server. One task may receive while others send.
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

/** All zero means the defaults. */
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

/** Connect to "ws://..." or "wss://...". `client`, `options` may be NULL. Errors: as nw_http_request();
 *  NW_EPROTOCOL: the server has not agreed. */
NW_API NW_CHECK int nw_websocket_connect(nw_http_client *client, const nw_websocket_options *options,
                                         const char *url, nw_websocket **websocket_out);
/** In a handler: agree to a client's request; closed at the latest when the handler returns. A request that
 * is none gets a 400 or 426 (NW_EPROTOCOL). */
NW_API NW_CHECK int nw_websocket_accept(nw_http_exchange *exchange, const nw_websocket_options *options,
                                        nw_websocket **websocket_out);
/**
 * The next message, whole; pings are answered meanwhile. Good until the next call of this kind.
 *
 * Returns: 1; 0: the peer has closed it (see nw_websocket_status()).
 * Errors:  NW_EPROTOCOL, -EMSGSIZE, -EILSEQ: it was closed with 1002, 1009, 1007; NW_ETRUNCATED; -ETIMEDOUT,
 *          -ECANCELED: no part of a message is lost.
 */
NW_API NW_CHECK int nw_websocket_receive(nw_websocket *websocket, enum nw_websocket_type *type_out,
                                         nw_slice *message_out);
/** Send a message; whole also when the task is cancelled meanwhile, or not at all. Errors: NW_ECLOSED,
 *  -EILSEQ: a text that is not UTF-8; those of nw_write(). */
NW_API NW_CHECK int nw_websocket_send(nw_websocket *websocket, enum nw_websocket_type type, const void *data,
                                      size_t size_bytes);
/** Send a text. */
NW_API NW_CHECK int nw_websocket_send_text(nw_websocket *websocket, const char *text);
/** Send a ping. */
NW_API NW_CHECK int nw_websocket_ping(nw_websocket *websocket);
/** The protocol that was agreed on; "" when there is none. */
NW_API const char *nw_websocket_protocol(const nw_websocket *websocket);
/** Once it is closed: the peer's status (1000: normal; 1005: none was said; 1006: no close came). */
NW_API int nw_websocket_status(const nw_websocket *websocket);
/** Say good-bye with `status` (0: 1000) and `reason` (may be NULL), wait for the peer's, and free it. Also
 * when the task is cancelled: then without waiting. Accepts NULL. */
NW_API int nw_websocket_close(nw_websocket *websocket, int status, const char *reason);

NW_END_DECLS

#endif
