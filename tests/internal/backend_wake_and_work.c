/* SPDX-License-Identifier: MIT */
/*
 * The ways into the loop from elsewhere: wake() ends a wait, a post runs on the loop's thread, work runs on
 * another thread and its result comes back.
 */
#include <pthread.h>

#include "../support/engine.h"

static pthread_t loop_thread;

static void *wake_later(void *arg)
{
    struct nw__backend *backend = arg;

    backend->vtable->wake(backend);
    return NULL;
}

struct note {
    struct nw__post post;
    int ran;
};

static void run_note(struct nw__post *post)
{
    struct note *note = (struct note *)(void *)post;

    CHECK(pthread_equal(pthread_self(), loop_thread));
    note->ran++;
}

static struct engine shared;

static void *post_later(void *arg)
{
    struct note *note = arg;

    nw__backend_post(shared.backend, &note->post);
    return NULL;
}

static int double_it(void *arg)
{
    CHECK(!pthread_equal(pthread_self(), loop_thread));
    return 2 * *(int *)arg;
}

static int fails(void *arg)
{
    (void)arg;
    return -EINTR; /* a function's own result, whatever it is */
}

int main(void)
{
    struct note note = {.post.run = run_note};
    pthread_t thread;
    nw_op op;

    shared = engine_open();
    loop_thread = pthread_self();

    CHECK_EQ(pthread_create(&thread, NULL, wake_later, shared.backend), 0);
    engine_turn(&shared, -1); /* without the wake it would never return */
    CHECK_EQ(pthread_join(thread, NULL), 0);

    shared.backend->vtable->wake(shared.backend); /* before the wait: it counts for the next one */
    engine_turn(&shared, -1);

    CHECK_EQ(pthread_create(&thread, NULL, post_later, &note), 0);
    while (!note.ran)
        engine_turn(&shared, -1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(note.ran, 1);

    int value = 21;
    nw_op_work(&op, double_it, &value);
    CHECK_EQ(engine_run(&shared, &op), 42);
    nw_op_work(&op, fails, NULL);
    CHECK_EQ(engine_run(&shared, &op), -EINTR);
    CHECK_EQ(shared.backend->ops_pool, 2);
    engine_close(&shared);
    return 0;
}
