/* SPDX-License-Identifier: MIT */
/*
 * Files that are served: what a reply says of each, and a cache of them, one a loop. Within the cache's
 * freshness a file that is served again costs no system call but that of sending it: its descriptor stays
 * open, or, when it is small, its content in memory. Owns descriptors, but only src/io touches them.
 */
#ifndef NW_HTTP_FILE_CACHE_H
#define NW_HTTP_FILE_CACHE_H

#include <nowait/http_message.h>

#include "base/list.h"
#include "io/beneath.h"

#define NW__FILE_KEPT_BYTES  (16 * 1024 - 1)   /* content up to that is kept in memory, */
#define NW__FILE_CACHE_BYTES (8 * 1024 * 1024) /* that much of it in a cache */
#define NW__FILE_ENTRIES     4                 /* for each descriptor: small files, names that are absent */
#define NW__FILE_ETAG_BYTES  64
#define NW__FILE_LINES_BYTES 160
/* A file that was changed so short a time ago could be changed again without its time saying so. */
#define NW__FILE_SETTLED_S 2

struct nw__file_cache;

/* A regular file, as it was when it was looked at. Good until nw__file_release(). */
struct nw__file {
    int fd;             /* -1: the content is in memory */
    char *content;      /* NULL: it is not */
    int64_t size_bytes; /* -1: it does not say how long it is, nor when it changes: there is no validator */
    int64_t modified_s;
    bool generated; /* the kernel makes the content as it is read; then size_bytes is -1 */
    bool settled;   /* the validator is a strong one: RFC 9110, 8.8.1 */
    char etag[NW__FILE_ETAG_BYTES];
    char lines[NW__FILE_LINES_BYTES]; /* of the head: ETag, Last-Modified, Accept-Ranges */
    nw_slice validators;              /* the first two of them */
    nw_slice description;             /* all */
    const char *media_type;           /* by its name */

    /* The cache's. */
    struct nw__file_cache *cache; /* whose table it is in; NULL: none */
    struct nw__link in_order;     /* the one that was used last is first */
    struct nw__file *next;        /* with the same hash */
    uint64_t hash;
    unsigned users;
    int error; /* there is none: why */
    int64_t looked_ns;
    struct statx status;
    char name[];
};

/* How many descriptors, and for how long without another look; `fresh_ns` < 0: nothing is kept. */
struct nw__file_limits {
    unsigned count;
    int64_t fresh_ns;
};

NW_CHECK int nw__file_cache_create(const struct nw__file_limits *limits, struct nw__file_cache **cache_out);
/* Nobody may use a file of it. Accepts NULL. */
void nw__file_cache_destroy(struct nw__file_cache *cache);
/* Forget all files; those that are used live on until they are released. */
void nw__file_cache_clear(struct nw__file_cache *cache);

/* Where files are. */
struct nw__file_root {
    int fd;
    unsigned flags; /* NW__BENEATH_LEAVE */
};

/*
 * The file of that name, to be released. `absent_is_kept`: that there is none is remembered, too. `cache`
 * NULL: look anew.
 * Errors: -EISDIR: a directory; -ENXIO: something else that is no file; those of nw__beneath_open().
 */
NW_CHECK int nw__file_get(struct nw__file_cache *cache, const struct nw__file_root *root, const char *name,
                          bool absent_is_kept, struct nw__file **file_out);
void nw__file_release(struct nw__file *file); /* accepts NULL */
/*
 * Is it still as it was? For those about to send from its descriptor, which is looked at; without waiting. If
 * not, the cache forgets it.
 */
bool nw__file_is_unchanged(struct nw__file *file);

/* -- file_loops.c: the caches of one directory, one on each loop -- */

struct nw__file_caches {
    struct nw__list list;
    uint64_t id;
    struct nw__file_limits limits;
};

void nw__file_caches_init(struct nw__file_caches *caches, const struct nw__file_limits *limits);
/* Nobody may use a file of them. From any thread. */
void nw__file_caches_finish(struct nw__file_caches *caches);
/* That of the current loop, made when first used. NULL: nothing is kept, or there is no memory for it. */
struct nw__file_cache *nw__file_caches_here(struct nw__file_caches *caches);

#endif
