/* SPDX-License-Identifier: MIT */
/*
 * Open addressing, at most half full: looking one up takes a step or two. Must not wait under its lock.
 */
#include "io/file_set.h"

#include <stdlib.h>

#define CAPACITY_FIRST 256

void nw__file_set_init(struct nw__file_set *set)
{
    *set = (struct nw__file_set){0};
    pthread_mutex_init(&set->lock, NULL);
}

void nw__file_set_finish(struct nw__file_set *set)
{
    free(set->slots);
    free(set->taken);
    pthread_mutex_destroy(&set->lock);
}

/* Inodes come in runs: multiplying spreads them, and the upper half of the product depends on all bits. */
static size_t hash(const struct nw__file_key *key)
{
    uint64_t mixed = ((uint64_t)key->inode ^ ((uint64_t)key->device << 40)) * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(mixed >> 32);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find(const struct nw__file_set *set, const struct nw__file_key *key)
{
    size_t at = hash(key) & (set->capacity - 1);

    while (set->taken[at] && (set->slots[at].inode != key->inode || set->slots[at].device != key->device))
        at = (at + 1) & (set->capacity - 1);
    return at;
}

static int grow(struct nw__file_set *set)
{
    struct nw__file_set larger = {.capacity = set->capacity ? set->capacity * 2 : CAPACITY_FIRST};

    larger.slots = malloc(larger.capacity * sizeof *larger.slots);
    larger.taken = calloc(larger.capacity, 1);
    if (!larger.slots || !larger.taken) {
        free(larger.slots);
        free(larger.taken);
        return -ENOMEM;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (!set->taken[i])
            continue;
        size_t at = find(&larger, &set->slots[i]);
        larger.slots[at] = set->slots[i];
        larger.taken[at] = 1;
    }
    free(set->slots);
    free(set->taken);
    set->slots = larger.slots;
    set->taken = larger.taken;
    set->capacity = larger.capacity;
    return 0;
}

static int add(struct nw__file_set *set, const struct nw__file_key *key)
{
    if (set->count * 2 >= set->capacity && grow(set) < 0)
        return -ENOMEM;
    size_t at = find(set, key);
    if (set->taken[at])
        return 0;
    set->slots[at] = *key;
    set->taken[at] = 1;
    set->count++;
    return 1;
}

int nw__file_set_add(struct nw__file_set *set, dev_t device, ino_t inode)
{
    struct nw__file_key key = {device, inode};
    int rc;

    pthread_mutex_lock(&set->lock);
    rc = add(set, &key);
    pthread_mutex_unlock(&set->lock);
    return rc;
}
