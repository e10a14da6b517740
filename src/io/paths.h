/* SPDX-License-Identifier: MIT */
/*
 * A growing list of strings, up to a limit, that becomes an nw_paths.
 * Owns the strings until nw__paths_take() hands them over.
 */
#ifndef NW_IO_PATHS_H
#define NW_IO_PATHS_H

#include <nowait/dir.h>

struct nw__paths {
    char **items;
    size_t count;
    size_t capacity;
    size_t limit; /* 0: none */
};

/* Add a copy. Errors: -EFBIG: there are as many as may be; -ENOMEM. Nothing changes then. */
NW_CHECK int nw__paths_add(struct nw__paths *paths, const char *text, size_t text_bytes);
void nw__paths_finish(struct nw__paths *paths);
/* Sort in the order of the bytes. */
void nw__paths_sort(struct nw__paths *paths);
/* Of those that are the same, in a sorted list, keep one. */
void nw__paths_unique(struct nw__paths *paths);
/* Hand them over; `paths` is empty afterwards. */
void nw__paths_take(struct nw__paths *paths, nw_paths *out);

#endif
