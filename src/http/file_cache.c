/* SPDX-License-Identifier: MIT */
/*
 * The cache of one loop: a table by name, and an order of use. What is in the table may be used by many; what
 * was taken out lives until its last user has released it. Must not be used by two threads.
 */
#include "http/file_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/file_entry.h"

#define FACTOR UINT64_C(0x9e3779b97f4a7c15) /* of the hash */

struct nw__file_cache {
    struct nw__file_limits limits;
    struct nw__list order;
    unsigned count;
    unsigned open_count; /* of these, with a descriptor */
    size_t content_bytes;
    size_t mask; /* of the buckets */
    struct nw__file *buckets[];
};

/* -- the table -- */

static uint64_t hash_name(const char *name)
{
    uint64_t sum = FACTOR;
    size_t length = strlen(name);

    for (; length > 0; length -= length < 8 ? length : 8) {
        uint64_t word = 0;
        memcpy(&word, name, length < 8 ? length : 8);
        name += 8;
        sum = (sum ^ word) * FACTOR;
        sum ^= sum >> 29;
    }
    return sum;
}

static struct nw__file *find(const struct nw__file_cache *cache, uint64_t hash, const char *name)
{
    struct nw__file *file = cache->buckets[hash & cache->mask];

    while (file && (file->hash != hash || strcmp(file->name, name) != 0))
        file = file->next;
    return file;
}

/* Out of the table; its users keep it. */
static void forget(struct nw__file *file)
{
    struct nw__file_cache *cache = file->cache;
    struct nw__file **place;

    if (!cache)
        return;
    for (place = &cache->buckets[file->hash & cache->mask]; *place != file; place = &(*place)->next) {
    }
    *place = file->next;
    nw__list_remove(&file->in_order);
    cache->count--;
    cache->open_count -= file->fd >= 0;
    cache->content_bytes -= file->content ? (size_t)file->size_bytes : 0;
    file->cache = NULL;
    if (file->users == 0)
        nw__file_free(file);
}

static struct nw__file *last_used(const struct nw__file_cache *cache)
{
    return nw__container(cache->order.head.prev, struct nw__file, in_order);
}

static bool is_too_full(const struct nw__file_cache *cache)
{
    return cache->open_count > cache->limits.count || cache->count / NW__FILE_ENTRIES > cache->limits.count ||
           cache->content_bytes > NW__FILE_CACHE_BYTES;
}

/* It goes first in the order, and what is too much at the end goes. */
static void keep(struct nw__file_cache *cache, struct nw__file *file)
{
    struct nw__file *same = find(cache, file->hash, file->name);
    struct nw__file **bucket = &cache->buckets[file->hash & cache->mask];

    if (same)
        forget(same); /* somebody else has looked meanwhile */
    file->cache = cache;
    file->next = *bucket;
    *bucket = file;
    nw__list_push_front(&cache->order, &file->in_order);
    cache->count++;
    cache->open_count += file->fd >= 0;
    cache->content_bytes += file->content ? (size_t)file->size_bytes : 0;
    while (cache->count > 1 && is_too_full(cache))
        forget(last_used(cache));
}

int nw__file_cache_create(const struct nw__file_limits *limits, struct nw__file_cache **cache_out)
{
    struct nw__file_cache *cache;
    size_t buckets = 16;

    while (buckets < limits->count)
        buckets *= 2;
    cache = calloc(1, sizeof *cache + buckets * sizeof(struct nw__file *));
    if (!cache)
        return -ENOMEM;
    nw__list_init(&cache->order);
    cache->mask = buckets - 1;
    cache->limits = *limits;
    *cache_out = cache;
    return 0;
}

void nw__file_cache_clear(struct nw__file_cache *cache)
{
    while (!nw__list_empty(&cache->order))
        forget(last_used(cache));
}

void nw__file_cache_destroy(struct nw__file_cache *cache)
{
    if (!cache)
        return;
    nw__file_cache_clear(cache);
    free(cache);
}

/* -- what the cache has -- */

/* Is what is known of it still true, as far as a look at its name tells? 1, 0; an error of cancellation. */
static int look_again(struct nw__file *file, const struct nw__file_root *root)
{
    struct nw__beneath now;
    int rc;

    if (file->error || !file->settled)
        return 0;
    rc = nw__beneath_open(root->fd, file->name, root->flags | NW__BENEATH_LOOK, &now);
    if (rc < 0)
        return rc == -ECANCELED || rc == -ETIMEDOUT ? rc : 0;
    if (!nw__file_is_same(&file->status, &now.status))
        return 0;
    file->looked_ns = nw__clock_ns();
    return 1;
}

/* Returns: 1: `*file_out` is it, and in use; 0: it has to be opened. */
static int from_cache(struct nw__file_cache *cache, const struct nw__file_root *root, uint64_t hash,
                      const char *name, struct nw__file **file_out)
{
    struct nw__file *file = find(cache, hash, name);
    int rc = 1;

    if (!file)
        return 0;
    file->users++; /* while it is looked at, others may come and forget it */
    if (nw__clock_ns() - file->looked_ns > cache->limits.fresh_ns)
        rc = look_again(file, root);
    if (rc == 1 && file->cache) {
        nw__list_remove(&file->in_order);
        nw__list_push_front(&cache->order, &file->in_order);
    }
    if (rc == 1) {
        *file_out = file;
        return 1;
    }
    if (rc == 0)
        forget(file);
    nw__file_release(file);
    return rc;
}

/* -- files -- */

/* What is there no more, or is not to be had, for a while. */
static bool is_absent(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EXDEV || error == -EACCES ||
           error == -ENAMETOOLONG || error == -EISDIR || error == -ENXIO;
}

static int open_anew(struct nw__file_cache *cache, const struct nw__file_root *root, const char *name,
                     struct nw__file **file_out)
{
    int rc = nw__file_open(root, name, cache != NULL, file_out);

    if ((rc == -EMFILE || rc == -ENFILE) && cache && cache->count > 0) {
        nw__file_cache_clear(cache); /* some of the descriptors are ours */
        rc = nw__file_open(root, name, true, file_out);
    }
    return rc;
}

static int keep_absent(struct nw__file_cache *cache, const char *name, uint64_t hash, int error)
{
    struct nw__file *file = nw__file_create(name);

    if (file) { /* without memory for it, it is asked about again */
        file->hash = hash;
        file->error = error;
        file->looked_ns = nw__clock_ns();
        keep(cache, file);
    }
    return error;
}

int nw__file_get(struct nw__file_cache *cache, const struct nw__file_root *root, const char *name,
                 bool absent_is_kept, struct nw__file **file_out)
{
    uint64_t hash = hash_name(name);
    struct nw__file *file;
    int rc = cache ? from_cache(cache, root, hash, name, &file) : 0;

    if (rc == 1 && file->error) {
        rc = absent_is_kept ? file->error : 0;
        if (!absent_is_kept)
            forget(file);
        nw__file_release(file);
    }
    if (rc == 0) {
        rc = open_anew(cache, root, name, &file);
        if (rc < 0)
            return cache && absent_is_kept && is_absent(rc) ? keep_absent(cache, name, hash, rc) : rc;
        file->hash = hash;
        file->looked_ns = nw__clock_ns();
        file->users = 1;
        if (cache)
            keep(cache, file);
    }
    if (rc < 0)
        return rc;
    *file_out = file;
    return 0;
}

void nw__file_release(struct nw__file *file)
{
    if (file && --file->users == 0 && !file->cache)
        nw__file_free(file);
}

bool nw__file_is_unchanged(struct nw__file *file)
{
    if (nw__file_peek_same(file))
        return true;
    forget(file);
    return false;
}
