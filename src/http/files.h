/* SPDX-License-Identifier: MIT */
/*
 * What the files of "files over HTTP" share: a directory that is served, and a reply with one of its files.
 */
#ifndef NW_HTTP_FILES_H
#define NW_HTTP_FILES_H

#include <nowait/http_files.h>

#include "http/file_cache.h"
#include "http/range.h"
#include "http/server.h"

struct nw_http_files {
    struct nw__file_root root;
    struct nw__file_caches caches;
    bool precompressed;
    bool hidden;
    int (*directory)(nw_http_exchange *exchange, const char *path, void *arg);
    void *arg;
    char *path; /* of the root; without a slash at its end, "" for "/" */
    char *prefix;
    char *index;
    char *cache_control; /* NULL: none */
};

/* What is sent: a file, perhaps in a coding that stands in another one. */
struct nw__files_choice {
    struct nw__file *file;
    const char *media_type; /* of what is in the coding */
    const char *coding;     /* for Content-Encoding; NULL: none */
    bool varies;            /* with Accept-Encoding */
    const char *cache_control;
};

/* -- files_reply.c -- */

/* Conditions, ranges, the content. Errors: those of writing. */
NW_CHECK int nw__files_reply(nw_http_exchange *exchange, const struct nw__files_choice *choice);
/* A reply that says why there is no file; errors of cancellation are passed on. */
NW_CHECK int nw__files_refuse(nw_http_exchange *exchange, int error);
/* 0: GET or HEAD; else a 405 was sent, and this returns 1. Errors: those of writing. */
NW_CHECK int nw__files_check_method(nw_http_exchange *exchange);

/* As nw__http_reply_begin(), with what is said of the file in every reply of that status. */
NW_CHECK int nw__files_begin(nw_http_exchange *exchange, const struct nw__files_choice *choice, int status,
                             const char *media_type, int64_t size_bytes);

/* -- files_ranges.c -- */

/* Several ranges of a file as one body (RFC 9110, 14.6). Errors: those of writing. */
NW_CHECK int nw__files_reply_ranges(nw_http_exchange *exchange, const struct nw__files_choice *choice,
                                    const struct nw__http_range *ranges, int count);
/* Write a part of the file; told to the exchange. Errors: those of writing; NW_EINCOMPLETE. */
NW_CHECK int nw__files_send(nw_http_exchange *exchange, const struct nw__file *file,
                            const struct nw__http_range *range);

#endif
