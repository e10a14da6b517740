/* SPDX-License-Identifier: MIT */
/* What a task, a thread, a lock or a channel had granted before the cancellation came through is not lost. */
#include "../support/runtime.h"

static int stubborn(void *arg)
{
    (void)arg;
    (void)nw_sleep(NW_FOREVER);
    return 7;
}

static int await_stubborn(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_await(nw_spawn(stubborn, NULL)), 7);
    CHECK_EQ(nw_yield(), -ECANCELED);
    return 8;
}

struct granted {
    nw_mutex mutex;
    nw_semaphore semaphore;
    nw_channel *channel;
};

static int take_lock(void *arg)
{
    struct granted *granted = arg;
    int rc = nw_mutex_lock(&granted->mutex);

    CHECK_EQ(rc, 0);
    nw_mutex_unlock(&granted->mutex);
    return rc;
}

static int take_semaphore(void *arg)
{
    return nw_semaphore_wait(&((struct granted *)arg)->semaphore);
}

static int take_item(void *arg)
{
    int item = 0, rc = nw_channel_receive(((struct granted *)arg)->channel, &item);

    return rc < 0 ? rc : item;
}

static int give_item(void *arg)
{
    int item = 5;

    return nw_channel_send(((struct granted *)arg)->channel, &item);
}

/* All in one go: who waits is granted first and cancelled then, before he could run. */
static void grant_then_cancel(struct granted *granted)
{
    int item = 42;

    CHECK_EQ(nw_mutex_lock(&granted->mutex), 0);
    nw_task *locker = nw_spawn(take_lock, granted);
    nw_task *waiter = nw_spawn(take_semaphore, granted);
    nw_task *receiver = nw_spawn(take_item, granted);
    yield_all();
    nw_mutex_unlock(&granted->mutex);
    nw_cancel(locker);
    nw_semaphore_post(&granted->semaphore);
    nw_cancel(waiter);
    CHECK_EQ(nw_channel_try_send(granted->channel, &item), 0);
    nw_cancel(receiver);
    CHECK_EQ(nw_await(locker), 0);
    CHECK_EQ(nw_await(waiter), 0);
    CHECK_EQ(nw_await(receiver), 42);

    nw_task *sender = nw_spawn(give_item, granted);
    yield_all();
    CHECK_EQ(nw_channel_try_receive(granted->channel, &item), 0);
    nw_cancel(sender);
    CHECK_EQ(nw_await(sender), 0);
    CHECK_EQ(item, 5);
}

/* The other way round: cancelled first, so the grant must go to somebody else or stay. */
static void cancel_then_grant(struct granted *granted)
{
    int item = 43;

    CHECK_EQ(nw_mutex_try_lock(&granted->mutex), 0);
    nw_task *waiter = nw_spawn(take_semaphore, granted), *receiver = nw_spawn(take_item, granted);
    yield_all();
    nw_cancel(waiter);
    nw_semaphore_post(&granted->semaphore);
    nw_cancel(receiver);
    CHECK_EQ(nw_channel_try_send(granted->channel, &item), -EAGAIN); /* a rendezvous, and nobody there */
    CHECK_EQ(nw_await(waiter), -ECANCELED);
    CHECK_EQ(nw_await(receiver), -ECANCELED);
    CHECK_EQ(nw_semaphore_try_wait(&granted->semaphore), 0);
    nw_mutex_unlock(&granted->mutex);
}

static int first(void *arg)
{
    struct granted granted;

    (void)arg;
    nw_mutex_init(&granted.mutex);
    nw_semaphore_init(&granted.semaphore, 0);
    CHECK_EQ(nw_channel_create(sizeof(int), 0, &granted.channel), 0);
    nw_task *task = nw_spawn(await_stubborn, NULL);
    yield_all();
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 8);
    grant_then_cancel(&granted);
    cancel_then_grant(&granted);
    nw_channel_destroy(granted.channel);
    nw_semaphore_finish(&granted.semaphore);
    nw_mutex_finish(&granted.mutex);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
