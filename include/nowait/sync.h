/* SPDX-License-Identifier: MIT */
/*
 * Events, mutexes, semaphores and channels.
 * All live in the caller's memory, all but the channel's items; all may be shared by the tasks of several
 * loops. Waits are first come, first served. The try_, set, unlock, post and close calls never wait and may
 * be made from any thread, inside a task or not.
 */
#ifndef NOWAIT_SYNC_H
#define NOWAIT_SYNC_H

#include <nowait/base.h>

NW_BEGIN_DECLS

/** A flag that tasks wait for. */
typedef struct nw_event {
    void *private_data[10];
} nw_event;

NW_API void nw_event_init(nw_event *event);
/** Nobody may wait any more. */
NW_API void nw_event_finish(nw_event *event);
/** Raise the flag and wake all who wait. */
NW_API void nw_event_set(nw_event *event);
/** Lower the flag. */
NW_API void nw_event_clear(nw_event *event);
NW_API bool nw_event_is_set(nw_event *event);
/** Wait until the flag is up. Errors: -ECANCELED, -ETIMEDOUT. */
NW_API NW_CHECK int nw_event_wait(nw_event *event);
/** 0 when the flag is up, else -EAGAIN. */
NW_API int nw_event_try_wait(nw_event *event);

/** A mutex between tasks. Not recursive. A cancelled lock is not held. */
typedef struct nw_mutex {
    void *private_data[10];
} nw_mutex;

NW_API void nw_mutex_init(nw_mutex *mutex);
NW_API void nw_mutex_finish(nw_mutex *mutex);
/** Errors: -ECANCELED, -ETIMEDOUT, -EDEADLK (this task holds it). */
NW_API NW_CHECK int nw_mutex_lock(nw_mutex *mutex);
/** 0, or -EBUSY. */
NW_API NW_CHECK int nw_mutex_try_lock(nw_mutex *mutex);
/** Hand the mutex to the one who waited longest. */
NW_API void nw_mutex_unlock(nw_mutex *mutex);

/** A counting semaphore. */
typedef struct nw_semaphore {
    void *private_data[10];
} nw_semaphore;

NW_API void nw_semaphore_init(nw_semaphore *semaphore, size_t count);
NW_API void nw_semaphore_finish(nw_semaphore *semaphore);
/** Take one. Errors: -ECANCELED, -ETIMEDOUT. */
NW_API NW_CHECK int nw_semaphore_wait(nw_semaphore *semaphore);
/** 0, or -EAGAIN. */
NW_API NW_CHECK int nw_semaphore_try_wait(nw_semaphore *semaphore);
/** Give one back. */
NW_API void nw_semaphore_post(nw_semaphore *semaphore);

/** A bounded queue of items of one size, copied in and out. */
typedef struct nw_channel nw_channel;

/** `capacity` 0 is a rendezvous: a send waits for its receiver. Errors: -ENOMEM, -EINVAL. */
NW_API NW_CHECK int nw_channel_create(size_t item_bytes, size_t capacity, nw_channel **channel_out);
/** Nobody may wait any more. Accepts NULL. */
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
/** No more sends; what is in the channel can still be received. */
NW_API void nw_channel_close(nw_channel *channel);

NW_END_DECLS

#endif
