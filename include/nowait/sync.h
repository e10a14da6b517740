/* SPDX-License-Identifier: MIT */
/** @file
 * Events, mutexes, semaphores and channels: what tasks of one loop or of several share.
 * All but the channel live in the caller's memory. Waits are first come, first served. The try_, set, clear,
 * unlock, post and close calls never wait and may be made from any thread, inside a task or not.
 */
#ifndef NOWAIT_SYNC_H
#define NOWAIT_SYNC_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** A flag that tasks wait for. */
typedef struct nw_event {
    void *private_data[12];
} nw_event;

/** Begin with the flag down. */
NW_API void nw_event_init(nw_event *event);
/** Give up the event. Nobody may wait for it, then or later. */
NW_API void nw_event_finish(nw_event *event);
/** Raise the flag and wake all who wait. */
NW_API void nw_event_set(nw_event *event);
/** Lower the flag. */
NW_API void nw_event_clear(nw_event *event);
/** Is the flag up? */
NW_API bool nw_event_is_set(nw_event *event);
/** Wait until the flag is up. Returns: 0. Errors: -ECANCELED, -ETIMEDOUT. */
NW_API NW_CHECK int nw_event_wait(nw_event *event);
/** 0 when the flag is up, else -EAGAIN. */
NW_API int nw_event_try_wait(nw_event *event);

/** A mutex between tasks. Not recursive. A cancelled lock is not held. */
typedef struct nw_mutex {
    void *private_data[12];
} nw_mutex;

/** Begin unlocked. */
NW_API void nw_mutex_init(nw_mutex *mutex);
/** Give up the mutex. Nobody may hold it or wait for it, then or later. */
NW_API void nw_mutex_finish(nw_mutex *mutex);
/** Wait until it is free, and take it. Returns: 0. Errors: -EDEADLK (we hold it), -ECANCELED, -ETIMEDOUT. */
NW_API NW_CHECK int nw_mutex_lock(nw_mutex *mutex);
/** Take it if it is free. Returns: 0. Errors: -EBUSY. */
NW_API NW_CHECK int nw_mutex_try_lock(nw_mutex *mutex);
/** Give the mutex to the one who has waited longest, or free it. */
NW_API void nw_mutex_unlock(nw_mutex *mutex);

/** A counting semaphore. */
typedef struct nw_semaphore {
    void *private_data[12];
} nw_semaphore;

/** Begin with `count` to take. */
NW_API void nw_semaphore_init(nw_semaphore *semaphore, size_t count);
/** Give up the semaphore. Nobody may wait for it, then or later. */
NW_API void nw_semaphore_finish(nw_semaphore *semaphore);
/** Wait until there is one, and take it. Returns: 0. Errors: -ECANCELED, -ETIMEDOUT. */
NW_API NW_CHECK int nw_semaphore_wait(nw_semaphore *semaphore);
/** Take one if there is one. Returns: 0. Errors: -EAGAIN. */
NW_API NW_CHECK int nw_semaphore_try_wait(nw_semaphore *semaphore);
/** Give one back. */
NW_API void nw_semaphore_post(nw_semaphore *semaphore);

/** A bounded queue of items of one size, copied in and out. */
typedef struct nw_channel nw_channel;

/**
 * Create a channel for `capacity` items of `item_bytes` each; 0 is a rendezvous: a send waits for its
 * receiver.
 *
 * Errors: -ENOMEM, -EINVAL (items without a size).
 */
NW_API NW_CHECK int nw_channel_create(size_t item_bytes, size_t capacity, nw_channel **channel_out);
/** Free the channel and what is in it. Nobody may be waiting, then or later. Accepts NULL. */
NW_API void nw_channel_destroy(nw_channel *channel);
/**
 * Copy `item` into the channel, waiting while it is full.
 *
 * An item is either sent (0) or not (an error); never both.
 * Errors: NW_ECLOSED, -ECANCELED, -ETIMEDOUT.
 */
NW_API NW_CHECK int nw_channel_send(nw_channel *channel, const void *item);
/** As nw_channel_send(); -EAGAIN where it would wait. */
NW_API NW_CHECK int nw_channel_try_send(nw_channel *channel, const void *item);
/** Copy the next item out. Errors: NW_ECLOSED (closed and empty), -ECANCELED, -ETIMEDOUT; no item is lost. */
NW_API NW_CHECK int nw_channel_receive(nw_channel *channel, void *item_out);
/** As nw_channel_receive(); -EAGAIN where it would wait. */
NW_API NW_CHECK int nw_channel_try_receive(nw_channel *channel, void *item_out);
/** No more sends, also of those who wait to send; what is in the channel can still be received. */
NW_API void nw_channel_close(nw_channel *channel);

NW_END_DECLS

#endif
