/* SPDX-License-Identifier: MIT */
/*
 * One file of the cache, without the cache: opened, looked at, freed.
 */
#ifndef NW_HTTP_FILE_ENTRY_H
#define NW_HTTP_FILE_ENTRY_H

#include "http/file_cache.h"

/* With a name and no more. NULL: no memory. */
struct nw__file *nw__file_create(const char *name);
void nw__file_free(struct nw__file *file);
/*
 * As nw__file_get(), without a cache. `keep`: small content is read into memory if it needs no waiting; what
 * has to be read to be believed always is.
 */
NW_CHECK int nw__file_open(const struct nw__file_root *root, const char *name, bool keep,
                           struct nw__file **file_out);
/* The same file, with the same content as far as can be seen. */
bool nw__file_is_same(const struct statx *a, const struct statx *b);
/* Is what the descriptor leads to as it was, and still has a name? True for content in memory. */
bool nw__file_peek_same(const struct nw__file *file);

#endif
