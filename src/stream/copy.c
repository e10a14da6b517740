/* SPDX-License-Identifier: MIT */
/*
 * From one stream to another, through their buffers: reading ahead and writing behind are theirs. What was
 * read and could not be written is still there to be read.
 */
#include "stream/stream.h"

#define REPORT_BYTES (8 * 1024 * 1024)
#define SEND_BYTES   (256 * 1024) /* from here on a file goes to a socket without a buffer in between */

struct copy {
    nw_stream *to;
    nw_stream *from;
    int64_t limit_bytes;
    int64_t done_bytes;
    int64_t told_bytes;
    uint64_t total_bytes;
    const nw_progress *progress;
};

static void mark(const struct copy *copy, enum nw__lane_copy what)
{
    nw__stream_mark(copy->from, NW__STREAM_READS, what);
    nw__stream_mark(copy->to, NW__STREAM_WRITES, what);
}

static int tell(struct copy *copy, bool last)
{
    int64_t since = copy->done_bytes - copy->told_bytes;
    int rc;

    if (since == 0 || (!last && since < REPORT_BYTES))
        return 0;
    copy->told_bytes = copy->done_bytes;
    if (!copy->progress || !copy->progress->fn)
        return 0;
    mark(copy, NW__LANE_ASIDE);
    rc = copy->progress->fn((uint64_t)copy->done_bytes, copy->total_bytes, copy->progress->arg);
    mark(copy, NW__LANE_COPIES);
    return rc < 0 ? rc : 0;
}

/* One of the two is being closed, and cannot wait for the other one's peer. */
static bool must_leave(const struct copy *copy)
{
    return copy->from->hurried || copy->to->hurried ||
           (copy->from->closing && !copy->from->transport->seekable);
}

/* Between two peers, what the one has sent must not wait here for what it will send. */
static ssize_t fill(struct copy *copy)
{
    bool passes_on = !copy->from->transport->seekable && !copy->to->transport->seekable;
    int rc = passes_on ? nw__stream_flush(copy->to) : 0;

    return rc < 0 ? rc : nw__stream_fill(copy->from);
}

/* From a peer to a file: what comes can go straight into the buffer that is written behind. */
static bool goes_straight(const struct copy *copy, int64_t limit_bytes)
{
    const struct nw__transport *from = copy->from->transport, *to = copy->to->transport;

    return limit_bytes >= (int64_t)NW__STREAM_STRAIGHT_BYTES && !from->seekable && !from->kind->view &&
           !from->kind->prepare_read && to->kind->prepare_write && to->alignment <= 1;
}

/* A buffer with little room left is full. Returns: as copy_some(); -EAGAIN: its buffers are small. */
static ssize_t copy_straight(struct copy *copy, int64_t limit_bytes)
{
    nw_stream *to = copy->to;
    int rc = nw__stream_begin_writing(to);

    if (rc == 0 && to->out && (size_t)(to->room - to->fill) < NW__STREAM_STRAIGHT_BYTES)
        to->room = to->fill;
    if (rc == 0)
        rc = nw__stream_make_room(to);
    if (rc < 0)
        return rc;
    size_t room = (size_t)(to->room - to->fill);
    if (room < NW__STREAM_STRAIGHT_BYTES)
        return -EAGAIN;
    ssize_t n =
        nw__stream_read(copy->from, to->fill, (int64_t)room < limit_bytes ? room : (size_t)limit_bytes);
    if (n > 0) {
        to->fill += n;
        nw__stream_pass_on(to);
        copy->done_bytes += n;
    }
    return n;
}

/* What is in the buffer, or comes into it. Returns: bytes; 0 at the end. */
static ssize_t copy_some(struct copy *copy)
{
    nw_stream *from = copy->from;
    int64_t left = copy->limit_bytes - copy->done_bytes,
            report = REPORT_BYTES - (copy->done_bytes - copy->told_bytes);
    ssize_t n = 1;

    if (left == 0)
        return 0;
    if (must_leave(copy))
        return -EBADF;
    if (nw__stream_available(from) == 0) {
        n = goes_straight(copy, left < report ? left : report)
                ? copy_straight(copy, left < report ? left : report)
                : -EAGAIN;
        if (n != -EAGAIN)
            return n;
        n = fill(copy);
    }
    if (n <= 0)
        return n;
    size_t size = nw__stream_available(from);
    if ((int64_t)size > left)
        size = (size_t)left;
    if ((int64_t)size > report)
        size = (size_t)report;
    n = nw__stream_write(copy->to, from->at, size);
    if (n > 0) {
        from->at += n;
        copy->done_bytes += n;
    }
    return n;
}

/* Hurried out on behalf of the one, it may have waited for the other. */
static int evicted(const struct copy *copy, ssize_t result)
{
    return (int)nw__stream_evicted(copy->to, nw__stream_evicted(copy->from, result));
}

/*
 * A file to a socket goes without passing through the buffers, in steps between which the user is told. What
 * is in the buffer already goes first. 0: nothing is left that could go that way.
 */
static ssize_t send_step(struct copy *copy)
{
    nw_stream *from = copy->from;
    struct nw__transport *file = from->transport;
    int64_t position = nw__stream_tell(from), left = copy->limit_bytes - copy->done_bytes;
    int64_t end = file->kind->known_end ? file->kind->known_end(file) : -1, sent;
    int rc;

    if (left > end - position)
        left = end - position;
    if (left > REPORT_BYTES)
        left = REPORT_BYTES;
    if (left < SEND_BYTES)
        return 0;
    if (must_leave(copy))
        return -EBADF;
    rc = nw__stream_send_part(copy->to, file->kind->fd(file), position, left, &sent);
    nw__stream_forget_input(from, position + sent);
    copy->done_bytes += sent;
    if (rc == NW_EINCOMPLETE) /* it has become shorter: its end is where it is now */
        return 0;
    return rc < 0 ? rc : (ssize_t)sent;
}

static int send_all(struct copy *copy)
{
    const nw_stream *from = copy->from;
    ssize_t n;
    int rc;

    if (!copy->to->transport->kind->send_file || !from->transport->seekable || from->transport->serial ||
        from->transport->alignment > 1 || !from->transport->kind->fd ||
        from->transport->kind->fd(from->transport) < 0 || nw__stream_available(from) > 0)
        return 0;
    do {
        n = send_step(copy);
        rc = n < 0 ? (int)n : tell(copy, false);
    } while (n > 0 && rc == 0);
    return rc;
}

static int run(struct copy *copy)
{
    ssize_t n = evicted(copy, nw__stream_begin_reading(copy->from));
    int rc;

    if (n >= 0)
        n = evicted(copy, send_all(copy));
    if (n < 0)
        return (int)n;
    do {
        n = evicted(copy, copy_some(copy));
        rc = n < 0 ? (int)n : tell(copy, n == 0);
        if (rc == 0 && n > 0) /* what is in memory on both sides never waits */
            rc = nw_interrupted();
    } while (n > 0 && rc == 0);
    return rc;
}

/* In the order of their addresses, so that two copies never wait in a ring. */
static int enter_both(struct copy *copy)
{
    bool from_first = (uintptr_t)copy->from < (uintptr_t)copy->to;
    nw_stream *first = from_first ? copy->from : copy->to, *second = from_first ? copy->to : copy->from;
    enum nw__stream_use first_use = from_first ? NW__STREAM_READS : NW__STREAM_WRITES;
    enum nw__stream_use second_use = from_first ? NW__STREAM_WRITES : NW__STREAM_READS;
    int rc = nw__stream_enter_before(first, first_use, second);

    if (rc < 0)
        return rc;
    nw__stream_mark(first, first_use, NW__LANE_COPIES);
    rc = nw__stream_enter(second, second_use);
    if (rc < 0)
        nw__stream_leave(first, first_use);
    else
        nw__stream_mark(second, second_use, NW__LANE_COPIES);
    return rc;
}

static uint64_t find_total(const nw_stream *from, int64_t limit_bytes)
{
    struct nw__transport *transport = from->transport;
    int64_t end = transport->kind->known_end ? transport->kind->known_end(transport) : -1;
    int64_t left = end - nw__stream_tell(from);

    if (end < 0 || left < 0)
        return 0;
    return (uint64_t)(left < limit_bytes ? left : limit_bytes);
}

int64_t nw_copy(nw_stream *to, nw_stream *from, int64_t limit_bytes, const nw_progress *progress)
{
    struct copy copy = {.to = to, .from = from, .progress = progress};
    int rc;

    if (!to || !from || limit_bytes < 0 || (to == from && nw__stream_one_position(to)))
        return -EINVAL;
    copy.limit_bytes = limit_bytes ? limit_bytes : INT64_MAX;
    rc = enter_both(&copy);
    if (rc < 0)
        return rc;
    copy.total_bytes = find_total(from, copy.limit_bytes);
    rc = nw__stream_take_error(to);
    if (rc == 0)
        rc = run(&copy);
    if (rc == 0)
        rc = evicted(&copy, nw__stream_flush(to));
    nw__stream_leave(to, NW__STREAM_WRITES);
    nw__stream_leave(from, NW__STREAM_READS);
    return rc < 0 ? rc : copy.done_bytes;
}
