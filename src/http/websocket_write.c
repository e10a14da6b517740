/* SPDX-License-Identifier: MIT */
/*
 * The sending side: frames are appended to `out`, whole, and a task writes them, as many as there are at a
 * time. Users wait while there is much in it; answers to pings do not, and so the reader never waits for the
 * peer to read.
 */
#include <assert.h>
#include <nowait/text.h>
#include <string.h>
#include <sys/random.h>

#include "http/websocket.h"

/* So much is copied, masked, or looked at without others having a chance to run. */
#define PIECE_BYTES ((size_t)128 * 1024)

/* -- frames -- */

/* RFC 6455, 5.3 and 10.3: a key that nobody can guess, for each frame of a client. */
static int take_key(nw_websocket *websocket, unsigned char key_out[4])
{
    if (websocket->key_at == sizeof websocket->keys) {
        if (getrandom(websocket->keys, sizeof websocket->keys, 0) != (ssize_t)sizeof websocket->keys)
            return -EIO;
        websocket->key_at = 0;
    }
    memcpy(key_out, websocket->keys + websocket->key_at, 4);
    websocket->key_at += 4;
    return 0;
}

/* A long one is copied in pieces, between which others run: then `to` is nobody else's. */
static int append_frame(nw_websocket *websocket, struct nw__bytes *to, enum nw__ws_opcode opcode,
                        nw_slice payload)
{
    struct nw__ws_frame frame = {
        .opcode = opcode, .final = true, .masked = websocket->client, .size_bytes = payload.size};
    int rc = frame.masked ? take_key(websocket, frame.mask) : 0;

    if (rc == 0)
        rc = nw__bytes_reserve(to, NW__WS_HEADER_MAX + payload.size);
    if (rc < 0)
        return rc;
    nw__bytes_commit(to, nw__ws_frame_format(&frame, nw__bytes_tail(to)));
    for (size_t at = 0, n; at < payload.size; at += n) {
        n = payload.size - at < PIECE_BYTES ? payload.size - at : PIECE_BYTES;
        nw__ws_mask(nw__bytes_tail(to), payload.data + at, n, frame.mask, at); /* a mask of 0 copies */
        nw__bytes_commit(to, n);
        if (payload.size > PIECE_BYTES)
            nw__task_breathe(nw__task_self(), n);
    }
    return 0;
}

int nw__ws_put(nw_websocket *websocket, enum nw__ws_opcode opcode, nw_slice payload)
{
    assert(payload.size <= PIECE_BYTES);
    return append_frame(websocket, &websocket->out, opcode, payload);
}

/* RFC 6455, 5.5.1. */
int nw__ws_put_close(nw_websocket *websocket, int status, nw_slice reason)
{
    char payload[NW__WS_CONTROL_MAX];
    size_t size = 0;
    int rc;

    if (websocket->said_bye)
        return 0;
    if (status != NW__WS_NO_STATUS) {
        payload[0] = (char)(status >> 8 & 0xff);
        payload[1] = (char)(status & 0xff);
        if (reason.size > 0)
            memcpy(payload + 2, reason.data, reason.size);
        size = 2 + reason.size;
    }
    rc = nw__ws_put(websocket, NW__WS_CLOSE, (nw_slice){payload, size});
    if (rc == 0)
        websocket->said_bye = true;
    return rc;
}

/* -- the writer -- */

static void put_pong(nw_websocket *websocket)
{
    if (!websocket->pong_wanted)
        return;
    websocket->pong_wanted = false;
    if (!websocket->said_bye) /* without memory there is none: the peer asks again, or gives up */
        (void)!nw__ws_put(websocket, NW__WS_PONG, (nw_slice){websocket->pong, websocket->pong_bytes});
}

/* All that was appended meanwhile. Returns: there is something. */
static bool next_batch(nw_websocket *websocket)
{
    struct nw__bytes batch;

    if (websocket->flown_bytes < websocket->flying.size_bytes)
        return true;
    put_pong(websocket);
    batch = websocket->out;
    websocket->out = websocket->flying;
    websocket->flying = batch;
    websocket->flown_bytes = 0;
    if (websocket->out.capacity_bytes > NW__WS_KEPT_BYTES)
        nw__bytes_finish(&websocket->out);
    nw__bytes_clear(&websocket->out);
    nw__ws_wake(websocket->sender);
    return batch.size_bytes > 0;
}

static int write_batch(nw_websocket *websocket)
{
    const struct nw__bytes *flying = &websocket->flying;

    while (websocket->flown_bytes < flying->size_bytes) {
        ssize_t n = nw_write(websocket->stream, flying->data + websocket->flown_bytes,
                             flying->size_bytes - websocket->flown_bytes);
        if (n < 0)
            return (int)n;
        websocket->flown_bytes += (size_t)n;
    }
    return nw_flush(websocket->stream);
}

static int write_all(void *arg)
{
    nw_websocket *websocket = arg;
    int rc = 0;

    while (rc == 0 && next_batch(websocket))
        rc = write_batch(websocket);
    websocket->write_error = rc;
    websocket->writing = false;
    nw__ws_wake(websocket->sender);
    nw__ws_wake(websocket->closer);
    return 0;
}

int nw__ws_start_writer(nw_websocket *websocket)
{
    static const nw_spawn_options options = {.name = "websocket writer"};

    if (websocket->writing || websocket->write_error)
        return websocket->write_error;
    websocket->writer = nw_spawn_with(&options, write_all, websocket);
    if (!websocket->writer)
        return -ENOMEM;
    websocket->writing = true;
    nw_detach(websocket->writer);
    return 0;
}

bool nw__ws_push(nw_websocket *websocket)
{
    while (next_batch(websocket))
        while (websocket->flown_bytes < websocket->flying.size_bytes) {
            ssize_t n =
                nw__stream_try_write(websocket->stream, websocket->flying.data + websocket->flown_bytes,
                                     websocket->flying.size_bytes - websocket->flown_bytes);
            if (n <= 0)
                return false;
            websocket->flown_bytes += (size_t)n;
        }
    return nw__stream_flush_now(websocket->stream);
}

/* -- what users call -- */

/* May a message follow? */
static int check_open(const nw_websocket *websocket)
{
    if (websocket->write_error)
        return websocket->write_error;
    if (websocket->ended && websocket->end < 0)
        return websocket->end;
    return websocket->closing || websocket->said_bye ? NW_ECLOSED : 0;
}

/* It is this task's turn: wait until there is less than that in `out`. */
static int await_room(nw_websocket *websocket, size_t size_bytes)
{
    int rc = check_open(websocket);

    while (rc == 0 && websocket->out.size_bytes >= size_bytes) {
        rc = nw__ws_start_writer(websocket);
        if (rc == 0)
            rc = nw__ws_wait(&websocket->sender, "websocket send");
        if (rc == 0)
            rc = check_open(websocket);
    }
    return rc < 0 ? rc : nw__ws_start_writer(websocket);
}

static int send_short(nw_websocket *websocket, enum nw__ws_opcode opcode, nw_slice payload)
{
    int rc = await_room(websocket, NW__WS_BEHIND_BYTES);

    return rc < 0 ? rc : nw__ws_put(websocket, opcode, payload);
}

/* In a buffer of its own, which takes the place of `out` once that is empty. */
static int send_long(nw_websocket *websocket, enum nw__ws_opcode opcode, nw_slice payload)
{
    struct nw__bytes own;
    int rc = check_open(websocket);

    nw__bytes_init(&own, SIZE_MAX);
    if (rc == 0)
        rc = append_frame(websocket, &own, opcode, payload);
    if (rc == 0)
        rc = await_room(websocket, 1);
    if (rc == 0) {
        nw__bytes_finish(&websocket->out);
        websocket->out = own;
        return 0;
    }
    nw__bytes_finish(&own);
    return rc;
}

static int check_text(nw_slice text)
{
    size_t whole = 0;
    int rc = 0;

    while (rc == 0 && text.size > PIECE_BYTES) {
        rc = nw__ws_utf8_begins((nw_slice){text.data, PIECE_BYTES}, &whole);
        if (rc == 0) {
            text = (nw_slice){text.data + whole, text.size - whole};
            nw__task_breathe(nw__task_self(), whole);
        }
    }
    return rc < 0 ? rc : nw_utf8_check(text, NULL);
}

static int send_in_turn(nw_websocket *websocket, enum nw__ws_opcode opcode, nw_slice payload)
{
    int rc = nw__ws_enter(websocket);

    if (rc < 0)
        return rc;
    rc = opcode == NW__WS_TEXT ? check_text(payload) : 0;
    if (rc == 0)
        rc = nw_mutex_lock(&websocket->turn);
    if (rc == 0) {
        rc = payload.size > PIECE_BYTES ? send_long(websocket, opcode, payload)
                                        : send_short(websocket, opcode, payload);
        nw_mutex_unlock(&websocket->turn);
    }
    if (rc == 0)
        nw__task_breathe(nw__task_self(), payload.size);
    nw__ws_leave(websocket);
    return rc;
}

int nw_websocket_send(nw_websocket *websocket, enum nw_websocket_type type, const void *data,
                      size_t size_bytes)
{
    nw_slice payload = {data ? data : "", size_bytes};

    if (!websocket || (!data && size_bytes > 0) || size_bytes > SSIZE_MAX / 2 ||
        (type != NW_WEBSOCKET_TEXT && type != NW_WEBSOCKET_BINARY))
        return -EINVAL;
    return send_in_turn(websocket, type == NW_WEBSOCKET_TEXT ? NW__WS_TEXT : NW__WS_BINARY, payload);
}

int nw_websocket_send_text(nw_websocket *websocket, const char *text)
{
    return text ? nw_websocket_send(websocket, NW_WEBSOCKET_TEXT, text, strlen(text)) : -EINVAL;
}

int nw_websocket_ping(nw_websocket *websocket)
{
    return websocket ? send_in_turn(websocket, NW__WS_PING, (nw_slice){"", 0}) : -EINVAL;
}
