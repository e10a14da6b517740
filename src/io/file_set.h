/* SPDX-License-Identifier: MIT */
/*
 * A set of files, each known by device and inode. Owns its table. For any number of threads.
 */
#ifndef NW_IO_FILE_SET_H
#define NW_IO_FILE_SET_H

#include <nowait/base.h>
#include <pthread.h>

struct nw__file_key {
    dev_t device;
    ino_t inode;
};

struct nw__file_set {
    pthread_mutex_t lock;
    struct nw__file_key *slots;
    unsigned char *taken;
    size_t count;
    size_t capacity; /* a power of two, or 0 */
};

void nw__file_set_init(struct nw__file_set *set);
void nw__file_set_finish(struct nw__file_set *set);
/* Returns: 1: it was added; 0: it was there. Errors: -ENOMEM. */
NW_CHECK int nw__file_set_add(struct nw__file_set *set, dev_t device, ino_t inode);

#endif
