/* SPDX-License-Identifier: MIT */
/*
 * The receiving side: a task that reads frames as long as the WebSocket is open (RFC 6455, 5.4 to 5.6, 7 and
 * 8.1), and the call that takes messages out of its queue. The reader waits for the peer and for room in the
 * queue, never for what is being sent. Memory grows with what has come, not with what was announced.
 */
#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "http/websocket.h"

#define PIECE_BYTES ((size_t)64 * 1024)

/* -- messages -- */

void nw__ws_message_free(struct nw__ws_message *message)
{
    if (!message)
        return;
    nw__bytes_finish(&message->bytes);
    free(message);
}

static int begin_message(nw_websocket *websocket, enum nw__ws_opcode opcode)
{
    struct nw__ws_message *message = calloc(1, sizeof *message);

    if (!message)
        return -ENOMEM;
    nw__link_init(&message->link);
    nw__bytes_init(&message->bytes, websocket->options.message_limit_bytes);
    message->type = opcode == NW__WS_TEXT ? NW_WEBSOCKET_TEXT : NW_WEBSOCKET_BINARY;
    websocket->building = message;
    websocket->whole_bytes = 0;
    return 0;
}

static size_t cost_of(const struct nw__ws_message *message)
{
    return sizeof *message + message->bytes.capacity_bytes;
}

static void end_message(nw_websocket *websocket)
{
    struct nw__ws_message *message = websocket->building;

    websocket->building = NULL;
    if (websocket->closing) { /* nobody will ask for it */
        nw__ws_message_free(message);
        return;
    }
    websocket->queued_bytes += cost_of(message);
    nw__list_push_back(&websocket->queue, &message->link);
    nw__ws_wake(websocket->receiver);
}

/* -- waiting for the peer -- */

/* Nothing came for so long. RFC 6455, 5.5.2. Errors: -ETIMEDOUT: for the second time. */
static int ask(nw_websocket *websocket)
{
    int rc = 0;

    if (websocket->pinged)
        return -ETIMEDOUT;
    websocket->pinged = true;
    if (!websocket->said_bye) {
        rc = nw__ws_start_writer(websocket);
        if (rc == 0)
            rc = nw__ws_put(websocket, NW__WS_PING, (nw_slice){"", 0});
    }
    return rc;
}

/* So many bytes are in the buffer, or the end is. */
static ssize_t look(nw_websocket *websocket, size_t size_bytes, nw_slice *view_out)
{
    nw_deadline deadline;
    ssize_t n;

    for (;;) {
        bool timed = websocket->options.ping_ns > 0 && nw__stream_available(websocket->stream) < size_bytes;
        if (timed)
            nw_deadline_begin(&deadline, websocket->options.ping_ns);
        n = nw_peek(websocket->stream, size_bytes, view_out);
        if (timed)
            (void)nw_deadline_end(&deadline); /* what came in time came */
        if (n != -ETIMEDOUT || !timed)
            break;
        int rc = ask(websocket);
        if (rc < 0)
            return rc;
    }
    websocket->pinged = false;
    return n >= 0 && (size_t)n < size_bytes ? NW_ETRUNCATED : n;
}

static int read_header(nw_websocket *websocket, struct nw__ws_frame *frame_out)
{
    size_t wanted = 1;
    nw_slice view;

    for (;;) {
        ssize_t n = look(websocket, wanted, &view);
        if (n < 0)
            return (int)n;
        int size = nw__ws_frame_parse(view, !websocket->client, frame_out);
        if (size != 0)
            return size < 0 ? size : (int)nw_skip(websocket->stream, size);
        wanted = view.size + 1;
    }
}

/* -- control frames -- */

/*
 * RFC 6455, 5.5.1 and 7.1.5: the peer's good-bye is answered with the same, once all that came before it was
 * received: until then that can be answered, too. Who never receives has nothing to answer.
 */
static int take_close(nw_websocket *websocket, nw_slice payload)
{
    int status = nw__ws_close_parse(payload);

    if (status < 0)
        return status;
    websocket->status = status;
    if (!websocket->receives)
        nw__ws_answer_close(websocket);
    return 0;
}

void nw__ws_answer_close(nw_websocket *websocket)
{
    if (nw__ws_put_close(websocket, websocket->status, (nw_slice){"", 0}) == 0)
        (void)!nw__ws_start_writer(websocket);
}

static int take_ping(nw_websocket *websocket, nw_slice payload)
{
    memcpy(websocket->pong, payload.data, payload.size);
    websocket->pong_bytes = (uint8_t)payload.size;
    websocket->pong_wanted = true;
    (void)!nw__ws_start_writer(websocket); /* what is wrong with it, those who send are told */
    return 1;
}

/* Returns: 1: go on; 0: the peer has said good-bye. */
static int read_control(nw_websocket *websocket, const struct nw__ws_frame *frame)
{
    char bytes[NW__WS_CONTROL_MAX];
    nw_slice payload = {bytes, (size_t)frame->size_bytes}, view;
    ssize_t n;

    if (payload.size > 0) {
        n = look(websocket, payload.size, &view);
        if (n < 0)
            return (int)n;
        nw__ws_mask(bytes, view.data, payload.size, frame->mask, 0);
        n = (ssize_t)nw_skip(websocket->stream, (int64_t)payload.size);
        if (n < 0)
            return (int)n;
    }
    if (frame->opcode == NW__WS_CLOSE)
        return take_close(websocket, payload);
    return frame->opcode == NW__WS_PING ? take_ping(websocket, payload) : 1;
}

/* -- data frames -- */

/* A message that is not whole must not go wrong any further: RFC 6455, 8.1. */
static int check_text(nw_websocket *websocket, bool final)
{
    const struct nw__bytes *bytes = &websocket->building->bytes;
    size_t whole = 0;
    int rc;

    if (websocket->building->type != NW_WEBSOCKET_TEXT || bytes->size_bytes == websocket->whole_bytes)
        return 0;
    rc = nw__ws_utf8_begins(
        (nw_slice){bytes->data + websocket->whole_bytes, bytes->size_bytes - websocket->whole_bytes}, &whole);
    if (rc < 0)
        return rc;
    websocket->whole_bytes += whole;
    return final && websocket->whole_bytes < bytes->size_bytes ? -EILSEQ : 0;
}

/* What has come of the payload, unmasked. Returns: bytes. */
static ssize_t read_piece(nw_websocket *websocket, const struct nw__ws_frame *frame, uint64_t offset)
{
    struct nw__bytes *bytes = &websocket->building->bytes;
    uint64_t left = frame->size_bytes - offset;
    nw_slice view;
    ssize_t n;
    int rc = nw__bytes_reserve(bytes, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES);

    if (rc == 0 && nw__stream_available(websocket->stream) == 0)
        rc = websocket->options.ping_ns > 0 ? (int)look(websocket, 1, &view) : 0;
    if (rc < 0)
        return rc;
    n = nw_read(websocket->stream, nw__bytes_tail(bytes),
                left < nw__bytes_room(bytes) ? (size_t)left : nw__bytes_room(bytes));
    if (n <= 0)
        return n < 0 ? n : NW_ETRUNCATED;
    if (frame->masked)
        nw__ws_mask(nw__bytes_tail(bytes), nw__bytes_tail(bytes), (size_t)n, frame->mask, offset);
    nw__bytes_commit(bytes, (size_t)n);
    return n;
}

static int read_payload(nw_websocket *websocket, const struct nw__ws_frame *frame)
{
    ssize_t n;
    int rc = 0;

    for (uint64_t at = 0; at < frame->size_bytes && rc == 0; at += (uint64_t)n) {
        n = read_piece(websocket, frame, at);
        if (n < 0)
            return (int)n;
        rc = check_text(websocket, false);
    }
    return rc < 0 || !frame->final ? rc : check_text(websocket, true);
}

/* RFC 6455, 5.4: fragments of one message follow each other. */
static int begin_data(nw_websocket *websocket, const struct nw__ws_frame *frame)
{
    int rc = 0;

    if ((frame->opcode == NW__WS_CONTINUATION) != (websocket->building != NULL))
        return NW_EPROTOCOL;
    while (rc == 0 && !websocket->building && !websocket->closing &&
           websocket->queued_bytes >= NW__WS_AHEAD_BYTES)
        rc = nw__ws_wait(&websocket->room, "websocket receive");
    if (rc == 0 && !websocket->building)
        rc = begin_message(websocket, frame->opcode);
    if (rc < 0)
        return rc;
    return frame->size_bytes > websocket->options.message_limit_bytes - websocket->building->bytes.size_bytes
               ? -EMSGSIZE
               : 0;
}

static int read_data(nw_websocket *websocket, const struct nw__ws_frame *frame)
{
    int rc = begin_data(websocket, frame);

    if (rc == 0)
        rc = read_payload(websocket, frame);
    if (rc < 0)
        return rc;
    if (frame->final)
        end_message(websocket);
    return 1;
}

/* -- the reader -- */

/* What the peer is told, when something is wrong with what it has said; 0: it cannot be told. */
static int status_of(int error)
{
    switch (error) {
    case NW_EPROTOCOL:
        return NW__WS_BROKEN_RULES;
    case -EILSEQ:
        return NW__WS_NOT_UTF8;
    case -EMSGSIZE:
        return NW__WS_TOO_BIG;
    case -ENOMEM:
        return NW__WS_TROUBLE;
    default:
        return 0;
    }
}

static void end(nw_websocket *websocket, int result)
{
    int status = status_of(result);

    if (status && nw__ws_put_close(websocket, status, (nw_slice){"", 0}) == 0)
        (void)!nw__ws_start_writer(websocket);
    nw__ws_message_free(websocket->building);
    websocket->building = NULL;
    websocket->ended = true;
    websocket->end = result;
    nw__ws_wake(websocket->receiver);
    nw__ws_wake(websocket->sender);
    nw__ws_wake(websocket->closer);
}

int nw__ws_read_all(void *arg)
{
    nw_websocket *websocket = arg;
    struct nw__ws_frame frame;
    int rc = 1;

    while (rc > 0) {
        rc = read_header(websocket, &frame);
        if (rc > 0)
            rc = nw__ws_is_control(frame.opcode) ? read_control(websocket, &frame)
                                                 : read_data(websocket, &frame);
    }
    end(websocket, rc);
    return 0;
}

void nw__ws_skip_rest(nw_websocket *websocket)
{
    (void)nw_skip(websocket->stream, (int64_t)websocket->options.message_limit_bytes);
}

/* -- what users call -- */

static void give(nw_websocket *websocket, enum nw_websocket_type *type_out, nw_slice *message_out)
{
    struct nw__link *link = nw__list_pop_front(&websocket->queue);
    struct nw__ws_message *message = nw__container(link, struct nw__ws_message, link);

    nw__ws_message_free(websocket->given);
    websocket->given = message;
    websocket->queued_bytes -= cost_of(message);
    nw__ws_wake(websocket->room);
    *type_out = message->type;
    *message_out = (nw_slice){message->bytes.data ? message->bytes.data : "", message->bytes.size_bytes};
}

static int receive(nw_websocket *websocket, enum nw_websocket_type *type_out, nw_slice *message_out)
{
    int rc = 0;

    if (websocket->receiver)
        return -EBUSY;
    websocket->receives = true;
    while (rc == 0 && nw__list_empty(&websocket->queue) && !websocket->ended && !websocket->closing)
        rc = nw__ws_wait(&websocket->receiver, "websocket receive");
    if (websocket->closing)
        return NW_ECLOSED;
    if (!nw__list_empty(&websocket->queue)) {
        give(websocket, type_out, message_out);
        return 1;
    }
    if (rc == 0 && websocket->end == 0)
        nw__ws_answer_close(websocket);
    return rc < 0 ? rc : websocket->end;
}

int nw_websocket_receive(nw_websocket *websocket, enum nw_websocket_type *type_out, nw_slice *message_out)
{
    int rc;

    if (!websocket || !type_out || !message_out)
        return -EINVAL;
    rc = nw__ws_enter(websocket);
    if (rc < 0)
        return rc;
    rc = receive(websocket, type_out, message_out);
    nw__ws_leave(websocket);
    return rc;
}

int nw_websocket_status(const nw_websocket *websocket)
{
    return websocket ? websocket->status : NW__WS_NO_CLOSE;
}
