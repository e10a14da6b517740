/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an answer on their way into the file: while one buffer is being written, the next one is read.
 * What has come is on its way into the file before more is waited for.
 * Owns the buffers and the write that is under way. Must count only what the file has.
 */
#include "get.h"

#include <stdlib.h>

#define BUFFER_BYTES ((size_t)256 << 10)

struct receiver {
    struct fetch *fetch;
    struct piece *piece;
    nw_stream *body;
    char *buffers[2];
    unsigned turn;  /* the buffer that fills */
    size_t filled;  /* of it, and not being written yet */
    size_t writing; /* bytes of the other one; 0: no write is under way */
    nw_op op;
    int64_t waited_ns; /* for bytes, since `came_bytes` was 0 */
    int64_t came_bytes;
    bool at_end;
    bool too_slow;
    bool gap; /* a write has failed: nothing that comes after it may be written */
};

/* -- writing behind -- */

static int write_rest(struct receiver *receiver, const char *data, size_t size_bytes)
{
    struct fetch *fetch = receiver->fetch;
    int rc = part_write(&fetch->part, receiver->piece, data, size_bytes);
    receiver->gap = rc < 0;
    return rc < 0 ? request_no_file(fetch, fetch->part.part_path, rc) : 0;
}

/* Wait for the write that is under way, also when the task was cancelled: what follows it must not take its
 * place. What a short one has left is written now. */
static int end_write(struct receiver *receiver)
{
    nw_op *op = &receiver->op;
    const char *data = receiver->buffers[receiver->turn ^ 1];
    size_t size = receiver->writing;
    if (size == 0)
        return 0;
    nw_shield shield;
    nw_shield_begin(&shield);
    (void)nw_wait_all(&op, 1);
    nw_shield_end(&shield);
    receiver->writing = 0;
    int64_t written = op->result;
    receiver->gap = written < 0;
    if (written < 0)
        return request_no_file(receiver->fetch, receiver->fetch->part.part_path, (int)written);
    receiver->piece->done += written;
    if ((size_t)written < size)
        return write_rest(receiver, data + written, size - (size_t)written);
    struct get_item *item = receiver->fetch->item;
    int rc = part_save(&receiver->fetch->part, item->shown_url, false);
    return rc < 0 ? request_no_file(receiver->fetch, receiver->fetch->part.state_path, rc) : 0;
}

/* Begin to write what has come, and fill the other buffer. */
static int begin_write(struct receiver *receiver)
{
    const struct piece *piece = receiver->piece;
    char *data = receiver->buffers[receiver->turn];
    size_t size = receiver->filled;
    receiver->filled = 0;
    if (receiver->fetch->part.stream)
        return write_rest(receiver, data, size);
    nw_op_write(&receiver->op, receiver->fetch->part.fd, data, size, piece->begin + piece->done);
    int rc = nw_op_submit(NULL, &receiver->op);
    if (rc < 0)
        return write_rest(receiver, data, size);
    receiver->writing = size;
    receiver->turn ^= 1;
    return 0;
}

/* All that came, also when the task was cancelled: it is what --continue goes on from. */
static int flush(struct receiver *receiver)
{
    nw_shield shield;
    nw_shield_begin(&shield);
    int rc = end_write(receiver);
    if (receiver->filled > 0 && !receiver->gap) {
        int begun = begin_write(receiver);
        int ended = end_write(receiver);
        rc = rc < 0 ? rc : begun < 0 ? begun : ended;
    }
    nw_shield_end(&shield);
    return rc;
}

/* -- reading -- */

/* How much may be read now: what is left of the piece, a buffer, an eighth of a second. */
static size_t room(const struct receiver *receiver)
{
    const struct piece *piece = receiver->piece;
    int64_t rate = receiver->fetch->get->rate.bytes_per_second;
    size_t most = BUFFER_BYTES;
    if (rate > 0 && rate / 8 < (int64_t)most)
        most = (size_t)(rate / 8) + 1;
    if (piece->end >= 0) {
        int64_t left = piece->end - piece->begin - piece->done - (int64_t)receiver->writing;
        most = left < (int64_t)most ? (size_t)left : most;
    }
    return most;
}

/*
 * As nw_read(), with --min-rate: what is waited for the server alone, not for the disk or for --rate, and
 * what came meanwhile, are held against it from time to time. Errors: -EAGAIN: nothing came, and nothing is
 * wrong yet.
 */
static ssize_t read_in_time(struct receiver *receiver, char *data, size_t size_bytes)
{
    const struct get *get = receiver->fetch->get;
    int64_t began_ns = nw_now();
    nw_deadline deadline;
    if (get->least_rate == 0)
        return nw_read(receiver->body, data, size_bytes);
    nw_deadline_begin(&deadline, get->least_rate_ns - receiver->waited_ns);
    ssize_t got = nw_read(receiver->body, data, size_bytes);
    bool over = nw_deadline_end(&deadline) == -ETIMEDOUT;
    receiver->waited_ns += nw_now() - began_ns;
    receiver->came_bytes += got > 0 ? got : 0;
    if (got == 0 || (got < 0 && !(over && got == -ETIMEDOUT)))
        return got;
    if (over || receiver->waited_ns >= get->least_rate_ns) {
        double least = (double)get->least_rate * (double)receiver->waited_ns / 1e9;
        receiver->too_slow = (double)receiver->came_bytes < least;
        receiver->waited_ns = receiver->came_bytes = 0;
    }
    return got < 0 ? -EAGAIN : got;
}

static int read_some(struct receiver *receiver, nw_http_response *response)
{
    struct fetch *fetch = receiver->fetch;
    size_t wanted = room(receiver);
    ssize_t got = wanted > 0 ? read_in_time(receiver, receiver->buffers[receiver->turn], wanted) : 0;
    if (got == -EAGAIN)
        return 0;
    if (got < 0) {
        nw_http_failure failure = {0};
        (void)!nw_http_response_failure(response, &failure);
        return request_failed(fetch, (int)got, &failure);
    }
    receiver->at_end = got == 0;
    receiver->filled = (size_t)got;
    fetch->item->received_bytes += got;
    fetch->item->done_bytes += got;
    return rate_take(&fetch->get->rate, (size_t)got);
}

static int receive(struct receiver *receiver, nw_http_response *response)
{
    int rc = 0;
    while (rc == 0 && !receiver->at_end) {
        rc = read_some(receiver, response);
        if (rc == 0)
            rc = end_write(receiver);
        if (rc == 0 && receiver->filled > 0)
            rc = begin_write(receiver);
        if (rc == 0 && receiver->too_slow)
            rc = request_too_slow(receiver->fetch);
    }
    return rc;
}

int receive_body(struct fetch *fetch, nw_http_response *response, struct piece *piece)
{
    struct receiver receiver = {.fetch = fetch, .piece = piece, .body = nw_http_response_body(response)};
    receiver.buffers[0] = malloc(2 * BUFFER_BYTES);
    if (!receiver.buffers[0])
        return request_no_file(fetch, fetch->part.part_path, -ENOMEM);
    receiver.buffers[1] = receiver.buffers[0] + BUFFER_BYTES;
    int rc = receive(&receiver, response);
    int flushed = flush(&receiver);
    free(receiver.buffers[0]);
    return rc < 0 ? rc : flushed;
}
