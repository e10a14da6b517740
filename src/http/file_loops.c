/* SPDX-License-Identifier: MIT */
/*
 * The caches of a directory that is served, one on each loop that serves it. A cache belongs to its loop,
 * which uses it without a lock, and to its directory, whichever goes first: a lock orders that.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "http/file_cache.h"
#include "task/task.h"

/* Of a loop: all caches that it has. */
struct loop_caches {
    struct nw__loop_part part;
    struct nw__list list;
    unsigned generation; /* of the process that made it, see fork in ARCHITECTURE.md */
};

struct one {
    struct nw__link in_loop;
    struct nw__link in_caches; /* of its directory; guarded by `lock` */
    uint64_t id;
    struct nw__file_cache *cache; /* NULL: the directory is not served any more; guarded by `lock` but for
                                     those who serve it */
};

static const char key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t last_id;

void nw__file_caches_init(struct nw__file_caches *caches, const struct nw__file_limits *limits)
{
    nw__list_init(&caches->list);
    caches->id = atomic_fetch_add(&last_id, 1) + 1;
    caches->limits = *limits;
}

/* What it had is the caller's, who must not destroy it with the lock held. */
static struct nw__file_cache *take(struct one *one)
{
    struct nw__file_cache *cache = one->cache;

    nw__list_remove(&one->in_caches);
    one->cache = NULL;
    return cache;
}

void nw__file_caches_finish(struct nw__file_caches *caches)
{
    for (;;) {
        struct nw__file_cache *cache = NULL;
        struct nw__link *link;

        pthread_mutex_lock(&lock);
        link = nw__list_front(&caches->list);
        if (link)
            cache = take(nw__container(link, struct one, in_caches));
        pthread_mutex_unlock(&lock);
        if (!link)
            return;
        nw__file_cache_destroy(cache);
    }
}

/* -- a loop's part -- */

/* The loop ends: its last task closes what is open. */
static int end_caches(void *arg)
{
    struct loop_caches *mine = nw__container((struct nw__loop_part *)arg, struct loop_caches, part);

    nw__list_each (link, &mine->list) {
        struct nw__file_cache *cache;

        pthread_mutex_lock(&lock);
        cache = take(nw__container(link, struct one, in_loop));
        pthread_mutex_unlock(&lock);
        nw__file_cache_destroy(cache);
    }
    return 0;
}

static void release_caches(struct nw__loop_part *part)
{
    struct loop_caches *mine = nw__container(part, struct loop_caches, part);
    bool forked = mine->generation != nw__fork_generation; /* the lock may be another's, who is not here */
    struct nw__link *link;

    while ((link = nw__list_pop_front(&mine->list))) {
        struct one *one = nw__container(link, struct one, in_loop);

        if (!forked)
            pthread_mutex_lock(&lock);
        struct nw__file_cache *cache = take(one);
        if (!forked)
            pthread_mutex_unlock(&lock);
        nw__file_cache_destroy(cache);
        free(one);
    }
    free(mine);
}

static struct loop_caches *caches_of(nw_loop *loop)
{
    struct nw__loop_part *part = nw__loop_part_find(loop, &key);
    struct loop_caches *mine;

    if (part)
        return nw__container(part, struct loop_caches, part);
    mine = calloc(1, sizeof *mine);
    if (!mine)
        return NULL;
    nw__list_init(&mine->list);
    mine->generation = nw__fork_generation;
    mine->part = (struct nw__loop_part){.key = &key, .end = end_caches, .release = release_caches};
    nw__loop_part_add(loop, &mine->part);
    return mine;
}

static struct nw__file_cache *make(struct nw__file_caches *caches, struct loop_caches *mine)
{
    struct one *one = calloc(1, sizeof *one);

    if (!one || nw__file_cache_create(&caches->limits, &one->cache) < 0) {
        free(one);
        return NULL;
    }
    one->id = caches->id;
    nw__list_push_front(&mine->list, &one->in_loop);
    pthread_mutex_lock(&lock);
    nw__list_push_back(&caches->list, &one->in_caches);
    pthread_mutex_unlock(&lock);
    return one->cache;
}

/* Those whose directory is not served any more. */
static void sweep(struct loop_caches *mine)
{
    pthread_mutex_lock(&lock);
    nw__list_each_safe (link, &mine->list) {
        struct one *one = nw__container(link, struct one, in_loop);
        if (one->cache)
            continue;
        nw__list_remove(&one->in_loop);
        free(one);
    }
    pthread_mutex_unlock(&lock);
}

struct nw__file_cache *nw__file_caches_here(struct nw__file_caches *caches)
{
    nw_task *self = nw__task_self();
    struct loop_caches *mine = caches->limits.fresh_ns >= 0 && self ? caches_of(self->loop) : NULL;

    if (!mine)
        return NULL;
    nw__list_each (link, &mine->list) {
        struct one *one = nw__container(link, struct one, in_loop);
        if (one->id == caches->id)
            return one->cache;
    }
    sweep(mine);
    return make(caches, mine);
}
