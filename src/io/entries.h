/* SPDX-License-Identifier: MIT */
/*
 * The entries of a directory, as getdents64(2) gives them: a batch at a time, never "." and "..".
 * A batch owns its buffer. All that reads is blocking code, for workers.
 */
#ifndef NW_IO_ENTRIES_H
#define NW_IO_ENTRIES_H

#include <dirent.h>
#include <nowait/base.h>

/* Read at a time: some 1,000 names. */
#define NW__ENTRIES_BYTES (32 * 1024)

/* As getdents64(2) writes it. */
struct nw__entry {
    uint64_t inode;
    int64_t next; /* where to go on behind it, for lseek(2) */
    uint16_t size_bytes;
    uint8_t type; /* DT_...; may be DT_UNKNOWN */
    char name[];
};

struct nw__entries {
    char *data; /* NULL: nothing was read yet */
    size_t at_bytes;
    size_t size_bytes;
    size_t capacity; /* of the buffer: less than a batch may take once it was fitted */
    bool end;        /* nothing comes behind this batch */
};

/*
 * Replace the batch by the next one.
 * Returns: 1; 0 at the end, which a directory that was removed has come to as well: the batch is empty then.
 */
NW_CHECK int nw__entries_read(struct nw__entries *entries, int fd);
/* Replace the types that the file system did not tell by what fstatat(2) says; what vanished keeps 0. */
void nw__entries_find_types(struct nw__entries *entries, int fd);
/* Give back memory that the names do not need: for batches that are kept. */
void nw__entries_fit(struct nw__entries *entries);
/* Free; as zeroed afterwards. */
void nw__entries_finish(struct nw__entries *entries);

/* The entry that the batch stands at; NULL at its end. */
struct nw__entry *nw__entries_current(struct nw__entries *entries);

static inline void nw__entries_advance(struct nw__entries *entries, const struct nw__entry *entry)
{
    entries->at_bytes += entry->size_bytes;
}

#endif
