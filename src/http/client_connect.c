/* SPDX-License-Identifier: MIT */
/*
 * From an origin to a connection on which requests can be sent: TCP, a tunnel through a proxy (RFC 9110,
 * 9.3.6), TLS. Owns nothing: what is connected belongs to call->connection. Must not know the request.
 */
#include <string.h>

#include "http/client.h"
#include "stream/tls.h"

/* -- TCP -- */

/* By itself, so that the phase is known in which a deadline passes; connecting finds the answer at hand. */
static int look_up(struct nw__http_call *call, const char *host)
{
    nw_addresses addresses;
    int rc;

    call->phase = NW_HTTP_PHASE_RESOLVE;
    rc = nw_resolve(host, NULL, &addresses);
    if (rc == 0)
        nw_addresses_finish(&addresses);
    return rc;
}

/* No descriptor is left? There may be one that nobody uses now. */
static int connect_to(struct nw__http_call *call, const char *host, unsigned port)
{
    struct nw__bytes where;
    int rc;

    nw__bytes_init(&where, SIZE_MAX);
    rc = nw__bytes_append(&where, "tcp://", 6);
    if (rc == 0)
        rc = nw__http_format_host(host, port, &where);
    if (rc == 0)
        rc = nw__bytes_append(&where, "", 1);
    while (rc == 0) {
        rc = look_up(call, host);
        if (rc == 0) {
            call->phase = NW_HTTP_PHASE_CONNECT;
            rc = nw_connect(where.data, &call->connection->stream);
        }
        if (rc >= 0 || (rc != -EMFILE && rc != -ENFILE) || !nw__http_pool_sacrifice(call->client))
            break;
        rc = 0;
    }
    nw__bytes_finish(&where);
    return rc;
}

/* -- through a proxy -- */

static int put_line(struct nw__bytes *out, const char *name, const char *value)
{
    int rc = nw__bytes_append(out, name, strlen(name));

    if (rc == 0)
        rc = nw__bytes_append(out, value, strlen(value));
    return rc < 0 ? rc : nw__bytes_append(out, "\r\n", 2);
}

static int format_tunnel(const struct nw__http_call *call, struct nw__bytes *out)
{
    const struct nw__http_origin *origin = &call->target->origin;
    int rc;

    nw__bytes_clear(out);
    rc = nw__bytes_append(out, "CONNECT ", 8);
    if (rc == 0)
        rc = nw__http_format_sent_host(origin->host, origin->port, out);
    if (rc == 0)
        rc = nw__bytes_append(out, " HTTP/1.1\r\nHost: ", 17);
    if (rc == 0)
        rc = nw__http_format_sent_host(origin->host, origin->port, out);
    if (rc == 0)
        rc = put_line(out, "", "");
    if (rc == 0 && *call->client->user_agent)
        rc = put_line(out, "User-Agent: ", call->client->user_agent);
    if (rc == 0 && origin->proxy->authorization)
        rc = put_line(out, "Proxy-Authorization: ", origin->proxy->authorization);
    return rc < 0 ? rc : put_line(out, "", "");
}

static int refused(struct nw__http_call *call, int status)
{
    snprintf(call->why_text, sizeof call->why_text, "the proxy answered %d %s", status,
             nw_http_reason(status));
    call->why = call->why_text;
    return NW_EPROXY;
}

/* RFC 9110, 9.3.6: behind the head of a 2xx the tunnel begins; what comes before we have spoken is not for
 * us. */
static int read_tunnel(struct nw__http_call *call, struct nw__http_wire *wire)
{
    int rc;

    for (int i = 0; i <= NW__HTTP_INTERIM_MAX; i++) {
        rc = nw__http_wire_read_head(wire, NW__HTTP_ANSWER_TO_CONNECT);
        if (rc <= 0)
            return rc < 0 ? rc : NW_ETRUNCATED;
        if (wire->parser.status / 100 == 2)
            return nw__stream_available(wire->stream) ? NW_EPROTOCOL : 0;
        if (wire->parser.status / 100 != 1)
            return refused(call, wire->parser.status);
    }
    return NW_EPROTOCOL;
}

static int open_tunnel(struct nw__http_call *call)
{
    struct nw__http_client_connection *connection = call->connection;
    const struct nw__http_limits limits = {call->client->options.header_limit_bytes, NW__HTTP_FIELDS_MAX};
    struct nw__http_wire wire;
    int rc = format_tunnel(call, &connection->head);

    if (rc < 0)
        return rc;
    rc = (int)nw_write(connection->stream, connection->head.data, connection->head.size_bytes);
    if (rc >= 0)
        rc = nw_flush(connection->stream);
    if (rc < 0)
        return rc;
    nw__http_wire_init(&wire, connection->stream, NW__HTTP_RESPONSES, &limits);
    rc = read_tunnel(call, &wire);
    nw__http_wire_finish(&wire);
    return rc;
}

/* -- all of it -- */

/* Connections that begin together need it together: one makes it, the others wait. */
static int find_context(nw_http_client *client, const nw_tls_context **context_out)
{
    int rc = nw_mutex_lock(&client->making_tls);

    if (rc < 0)
        return rc;
    if (!client->tls)
        rc = client->options.tls_options ? nw_tls_client_create(client->options.tls_options, &client->tls)
                                         : nw__tls_default(&client->tls);
    nw_mutex_unlock(&client->making_tls);
    if (rc == 0)
        *context_out = client->tls;
    return rc;
}

static int shake_hands(struct nw__http_call *call)
{
    struct nw__http_client_connection *connection = call->connection;
    const nw_tls_context *context = call->client->options.tls;
    nw_stream *tls;
    int rc = 0;

    call->phase = NW_HTTP_PHASE_TLS;
    if (!context)
        rc = find_context(call->client, &context);
    if (rc == 0)
        rc = nw_tls_connect(context, connection->stream, call->target->origin.host, &tls);
    if (rc == 0)
        connection->stream = tls;
    return rc;
}

static int connect_all(struct nw__http_call *call)
{
    const struct nw__http_origin *origin = &call->target->origin;
    const struct nw__http_proxy *proxy = origin->proxy;
    int rc;

    if (proxy && proxy->unsupported) {
        call->why = "only proxies that speak http are supported";
        return NW_EPROXY;
    }
    rc = connect_to(call, proxy ? proxy->host : origin->host, proxy ? proxy->port : origin->port);
    if (rc == 0 && proxy && origin->tls)
        rc = open_tunnel(call);
    if (rc == 0 && origin->tls)
        rc = shake_hands(call);
    return rc;
}

int nw__http_connect(struct nw__http_call *call)
{
    const struct nw__http_limits limits = {call->client->options.header_limit_bytes, NW__HTTP_FIELDS_MAX};
    struct nw__http_client_connection *connection = call->connection;
    nw_deadline deadline;
    int rc;

    call->phase = NW_HTTP_PHASE_CONNECT;
    nw_deadline_begin(&deadline, call->times.connect_ns);
    rc = connect_all(call);
    nw__deadline_drop(&deadline);
    if (rc < 0)
        return rc;
    nw__http_wire_init(&connection->wire, connection->stream, NW__HTTP_RESPONSES, &limits);
    connection->wire.body_limit_bytes = UINT64_MAX;
    connection->wired = true;
    return 0;
}
