/* SPDX-License-Identifier: MIT */
/*
 * Channels: a ring of items between tasks, of one loop or of several.
 * Owns the ring. A parked sender's item is taken from its stack, a parked receiver's is put on its stack,
 * both under the lock; so a channel of capacity 0 needs no other mechanism.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "task/waiters.h"

struct nw_channel {
    pthread_mutex_t lock;
    atomic_size_t references; /* the owner's, and one of everybody who was parked and has not left yet */
    struct nw__list senders;
    struct nw__list receivers;
    size_t item_bytes;
    size_t capacity;
    size_t count;
    size_t first; /* index of the oldest item */
    bool closed;
    char items[];
};

int nw_channel_create(size_t item_bytes, size_t capacity, nw_channel **channel_out)
{
    size_t bytes;

    if (!item_bytes || !channel_out)
        return -EINVAL;
    if (__builtin_mul_overflow(item_bytes, capacity, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(nw_channel), &bytes))
        return -ENOMEM;
    nw_channel *channel = calloc(1, bytes);
    if (!channel)
        return -ENOMEM;
    pthread_mutex_init(&channel->lock, NULL);
    atomic_init(&channel->references, 1);
    nw__list_init(&channel->senders);
    nw__list_init(&channel->receivers);
    channel->item_bytes = item_bytes;
    channel->capacity = capacity;
    *channel_out = channel;
    return 0;
}

void nw_channel_destroy(nw_channel *channel)
{
    if (!channel || atomic_fetch_sub(&channel->references, 1) > 1)
        return;
    pthread_mutex_destroy(&channel->lock);
    free(channel);
}

static void put(nw_channel *channel, const void *item)
{
    size_t last = (channel->first + channel->count++) % channel->capacity;

    memcpy(channel->items + last * channel->item_bytes, item, channel->item_bytes);
}

/* With the lock held. 0, NW_ECLOSED, or -EAGAIN: full, and nobody is there to receive. */
static int send_now(nw_channel *channel, const void *item)
{
    struct nw__waiter *receiver;

    if (channel->closed)
        return NW_ECLOSED;
    receiver = nw__waiters_pop(&channel->receivers);
    if (receiver) { /* then the ring is empty, and the item is the oldest */
        memcpy(receiver->item, item, channel->item_bytes);
        nw__waiter_grant(receiver);
        return 0;
    }
    if (channel->count == channel->capacity)
        return -EAGAIN;
    put(channel, item);
    return 0;
}

/* With the lock held. 0, NW_ECLOSED, or -EAGAIN: empty, and nobody is there to send. */
static int receive_now(nw_channel *channel, void *item_out)
{
    struct nw__waiter *sender = nw__waiters_pop(&channel->senders);

    if (channel->count) {
        memcpy(item_out, channel->items + channel->first * channel->item_bytes, channel->item_bytes);
        channel->first = (channel->first + 1) % channel->capacity;
        channel->count--;
        if (sender)
            put(channel, sender->item);
    } else if (sender) {
        memcpy(item_out, sender->item, channel->item_bytes);
    } else {
        return channel->closed ? NW_ECLOSED : -EAGAIN;
    }
    if (sender)
        nw__waiter_grant(sender);
    return 0;
}

/* With the lock held, which is released. The other side may destroy the channel before we are awake. */
static int park(nw_channel *channel, struct nw__list *queue, struct nw__waiter *waiter, nw_task *self)
{
    atomic_fetch_add(&channel->references, 1);
    int rc = nw__waiter_park(queue, waiter, &channel->lock, self);
    nw_channel_destroy(channel); /* our reference */
    return rc;
}

int nw_channel_try_send(nw_channel *channel, const void *item)
{
    if (!channel || !item)
        return -EINVAL;
    pthread_mutex_lock(&channel->lock);
    int rc = send_now(channel, item);
    pthread_mutex_unlock(&channel->lock);
    return rc;
}

int nw_channel_try_receive(nw_channel *channel, void *item_out)
{
    if (!channel || !item_out)
        return -EINVAL;
    pthread_mutex_lock(&channel->lock);
    int rc = receive_now(channel, item_out);
    pthread_mutex_unlock(&channel->lock);
    return rc;
}

int nw_channel_send(nw_channel *channel, const void *item)
{
    struct nw__waiter waiter = {.wait.what = "channel send"};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!channel || !item)
        return -EINVAL;
    pthread_mutex_lock(&channel->lock);
    rc = send_now(channel, item);
    if (rc == -EAGAIN) {
        waiter.item = (void *)(uintptr_t)item; /* only read */
        return park(channel, &channel->senders, &waiter, self);
    }
    size_t bytes = channel->item_bytes;
    pthread_mutex_unlock(&channel->lock); /* from here on, the other side may destroy it */
    nw__task_breathe(self, bytes);
    return rc;
}

int nw_channel_receive(nw_channel *channel, void *item_out)
{
    struct nw__waiter waiter = {.wait.what = "channel receive", .item = item_out};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!channel || !item_out)
        return -EINVAL;
    pthread_mutex_lock(&channel->lock);
    rc = receive_now(channel, item_out);
    if (rc == -EAGAIN)
        return park(channel, &channel->receivers, &waiter, self);
    size_t bytes = channel->item_bytes;
    pthread_mutex_unlock(&channel->lock); /* from here on, the other side may destroy it */
    nw__task_breathe(self, bytes);
    return rc;
}

static void refuse_all(struct nw__list *queue)
{
    struct nw__waiter *waiter;

    while ((waiter = nw__waiters_pop(queue))) {
        waiter->result = NW_ECLOSED;
        nw__waiter_grant(waiter);
    }
}

void nw_channel_close(nw_channel *channel)
{
    if (!channel)
        return;
    pthread_mutex_lock(&channel->lock);
    channel->closed = true;
    refuse_all(&channel->senders);
    refuse_all(&channel->receivers); /* they wait, so the ring is empty */
    pthread_mutex_unlock(&channel->lock);
}
