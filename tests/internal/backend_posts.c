/* SPDX-License-Identifier: MIT */
/*
 * Posts from four threads at once, 100,000 from each: all run, each once, in each poster's order, on the
 * loop's thread, and the loop sleeps in between without missing one.
 */
#include <pthread.h>

#include "../support/engine.h"

#define POSTERS 4
#define EACH    100000

struct entry {
    struct nw__post post;
    int poster;
    int number;
};

static struct engine engine;
static struct entry entries[POSTERS][EACH];
static int next_number[POSTERS];
static pthread_t loop_thread;

static void run(struct nw__post *post)
{
    struct entry *entry = (struct entry *)(void *)post;

    CHECK(pthread_equal(pthread_self(), loop_thread));
    CHECK_EQ(entry->number, next_number[entry->poster]);
    next_number[entry->poster]++;
}

static void *poster_main(void *arg)
{
    int poster = *(int *)arg;

    for (int i = 0; i < EACH; i++) {
        struct entry *entry = &entries[poster][i];
        *entry = (struct entry){.post.run = run, .poster = poster, .number = i};
        nw__backend_post(engine.backend, &entry->post);
        if (i % 1000 == 0)
            sched_yield(); /* now and then the loop gets to sleep */
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[POSTERS];
    int numbers[POSTERS], total = 0;

    engine = engine_open();
    loop_thread = pthread_self();
    for (int i = 0; i < POSTERS; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, poster_main, &numbers[i]), 0);
    }
    while (total < POSTERS * EACH) {
        engine_turn(&engine, -1);
        total = 0;
        for (int i = 0; i < POSTERS; i++)
            total += next_number[i];
    }
    for (int i = 0; i < POSTERS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    engine_close(&engine);
    return 0;
}
