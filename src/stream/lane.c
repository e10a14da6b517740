/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is: the calls of several tasks on one stream are carried out one after the other, first come
 * first served. Owns nothing: who waits does so on its own stack. A call that is served by the buffer never
 * comes here, because no other task can run in the middle of it.
 */
#include "stream/stream.h"

struct turn {
    struct nw__wait wait;
    struct nw__link link;
    int result;
};

static struct nw__lane *lane_of(nw_stream *stream, enum nw__stream_use use)
{
    return &stream->lanes[nw__stream_one_position(stream) ? NW__STREAM_READS : use];
}

static void leave_queue(struct nw__wait *wait)
{
    struct turn *turn = nw__container(wait, struct turn, wait);

    if (!nw__link_linked(&turn->link))
        return;
    nw__list_remove(&turn->link);
    turn->result = wait->task->interrupt ? wait->task->interrupt : -EBADF; /* hurried: see hurry() */
    nw__wait_wake(wait);
}

static int wait_for_turn(struct nw__lane *lane, nw_task *self)
{
    struct turn turn = {.wait = {.interrupt = leave_queue, .what = "stream"}};

    nw__list_push_back(&lane->queue, &turn.link);
    nw__wait_park(self, &turn.wait);
    return turn.result;
}

/* Whoever is woken with 0 has the lane already; with an error, the stream may be gone. */
static struct turn *next_turn(struct nw__lane *lane, int result)
{
    struct nw__link *link = nw__list_pop_front(&lane->queue);

    if (!link)
        return NULL;
    struct turn *turn = nw__container(link, struct turn, link);
    turn->result = result;
    nw__wait_wake(&turn->wait);
    return turn;
}

static void give_lane(nw_stream *stream, struct nw__lane *lane)
{
    struct turn *next = next_turn(lane, 0);

    lane->copy = NW__LANE_PLAIN;
    lane->owner = next ? next->wait.task : NULL;
    if (next)
        return;
    stream->slow &= (uint8_t)~lane->slow_bits;
    if (stream->closer)
        nw__wait_wake(stream->closer);
}

static int take_lane(nw_stream *stream, struct nw__lane *lane, nw_task *self)
{
    if (lane->owner == self)
        return -EDEADLK;
    if (!lane->owner) {
        lane->owner = self;
        stream->slow |= lane->slow_bits;
        return 0;
    }
    int rc = wait_for_turn(lane, self);
    if (rc < 0 || !stream->closing)
        return rc;
    give_lane(stream, lane); /* the close came between the turn's coming and ours to run */
    return -EBADF;
}

static int check_loop(nw_stream *stream, nw_task **self_out)
{
    nw_task *self;
    int rc;

    if (!stream)
        return -EINVAL;
    rc = nw__task_enter(&self);
    if (!self)
        return rc;
    if (nw__stream_roams(stream))
        stream->loop = self->loop;
    if (stream->loop != self->loop)
        return -EINVAL;
    *self_out = self;
    return stream->closing ? -EBADF : rc;
}

int nw__stream_enter(nw_stream *stream, enum nw__stream_use use)
{
    nw_task *self;
    int rc = check_loop(stream, &self);

    if (rc < 0)
        return rc;
    if (use == NW__STREAM_READS ? !stream->readable : !stream->writable)
        return -EBADF;
    return take_lane(stream, lane_of(stream, use), self);
}

int nw__stream_enter_before(nw_stream *stream, enum nw__stream_use use, nw_stream *other)
{
    struct nw__visit visit = {.task = NULL};
    int rc = check_loop(other, &visit.task);

    if (rc < 0)
        return rc;
    nw__list_push_back(&other->visits, &visit.link);
    rc = nw__stream_enter(stream, use);
    nw__list_remove(&visit.link);
    if (other->closer)
        nw__wait_wake(other->closer);
    return rc;
}

void nw__stream_leave(nw_stream *stream, enum nw__stream_use use)
{
    give_lane(stream, lane_of(stream, use));
}

void nw__stream_mark(nw_stream *stream, enum nw__stream_use use, enum nw__lane_copy copy)
{
    lane_of(stream, use)->copy = copy;
}

int nw__stream_enter_all(nw_stream *stream)
{
    nw_task *self;
    int rc = check_loop(stream, &self);

    if (rc == 0)
        rc = take_lane(stream, &stream->lanes[0], self);
    if (rc < 0 || nw__stream_one_position(stream))
        return rc;
    rc = take_lane(stream, &stream->lanes[1], self);
    if (rc < 0)
        give_lane(stream, &stream->lanes[0]);
    return rc;
}

void nw__stream_leave_all(nw_stream *stream)
{
    if (!nw__stream_one_position(stream))
        give_lane(stream, &stream->lanes[1]);
    give_lane(stream, &stream->lanes[0]);
}

/* -- closing -- */

/* Who waits for a peer that may never come must not hold up the close. */
static void hurry(const struct nw__lane *lane)
{
    struct nw__wait *wait = lane->owner ? lane->owner->wait : NULL;

    if (wait && lane->copy != NW__LANE_ASIDE)
        nw__wait_hurry(wait);
}

/* They wait for their turn at the other stream, which is what leave_queue() ends. */
static void send_visits_away(nw_stream *stream)
{
    nw__list_each (link, &stream->visits) {
        struct nw__wait *wait = nw__container(link, struct nw__visit, link)->task->wait;
        if (wait)
            nw__wait_hurry(wait);
    }
}

/* Writers may take their time, as long as the task that closes has some. */
static void wait_until_left(nw_stream *stream, nw_task *self)
{
    while (stream->lanes[0].owner || stream->lanes[1].owner || !nw__list_empty(&stream->visits)) {
        struct nw__wait wait = {.what = "close"};
        bool files = nw__stream_one_position(stream) && stream->lanes[0].copy == NW__LANE_PLAIN;
        if (!files && self->interrupt) {
            stream->hurried = true;
            hurry(&stream->lanes[0]);
            hurry(&stream->lanes[1]);
        } else if (!files) { /* files end by themselves */
            wait.interrupt = nw__wait_wake;
        }
        stream->closer = &wait;
        nw__wait_park(self, &wait);
        stream->closer = NULL;
    }
    stream->hurried = false;
}

void nw__stream_evict(nw_stream *stream)
{
    stream->closing = true;
    stream->slow |= NW__SLOW_CLOSING;
    for (int i = 0; i < 2; i++)
        while (next_turn(&stream->lanes[i], -EBADF)) {
        }
    send_visits_away(stream);
    if (!nw__stream_one_position(stream))
        hurry(&stream->lanes[NW__STREAM_READS]);
    wait_until_left(stream, nw__task_self());
}

ssize_t nw__stream_evicted(const nw_stream *stream, ssize_t result)
{
    return result == -ECANCELED && stream->closing && !nw_interrupted() ? -EBADF : result;
}
