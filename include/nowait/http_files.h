/* SPDX-License-Identifier: MIT */
/** @file
 * Files over HTTP: ranges, conditional requests, compressed siblings, index files, directories.
 */
#ifndef NOWAIT_HTTP_FILES_H
#define NOWAIT_HTTP_FILES_H

#include <nowait/base.h>
#include <nowait/http_server.h>
#include <sys/stat.h>

NW_BEGIN_DECLS

/**
 * Reply with a file: type by its name, ETag and Last-Modified, conditional requests (RFC 9110, 13), ranges
 * (14), HEAD. Anything but GET and HEAD is a 405. A file that has more or less than it says (/proc, /sys)
 * goes in chunks, without all that. `path` is opened as it is: not for names that clients give.
 *
 * Returns: 0 when a reply was sent, of whatever status (404, 403, 304, 416 too). Errors: those of writing.
 */
NW_API NW_CHECK int nw_http_reply_file(nw_http_exchange *exchange, const char *path);

/** A directory that is served. Can be shared by all loops. */
typedef struct nw_http_files nw_http_files;

/** How to serve a directory. All zero means the defaults. Strings are borrowed until the directory is made.
 */
typedef struct nw_http_files_options {
    const char *prefix;        /**< of the paths that it serves, taken off: "/static"; NULL: none */
    const char *index;         /**< file that stands for its directory; NULL: "index.html"; "": none */
    bool precompressed;        /**< NAME.br, NAME.zst, NAME.gz are sent to clients that take them */
    bool hidden;               /**< serve names that begin with a dot, too; else they are a 404 */
    bool follow_links;         /**< symbolic links that leave the directory are followed; else a 404 */
    const char *cache_control; /**< the value of Cache-Control; NULL: none is sent */
    int64_t fresh_ns;          /**< for how long an open file is used without looking again; 0: 1 s;
                                    negative: no cache */
    unsigned cached;           /**< files kept open at most, of each loop, besides those that are being sent;
                                    0: 256 */
    /** A handler for a directory without an index; NULL: a 404. `path` is that of the directory in the
     *  system, and good until it returns. */
    int (*directory)(nw_http_exchange *exchange, const char *path, void *arg);
    void *arg;            /**< handed to `directory` */
    uint64_t reserved[6]; /**< zero; anything else is -EINVAL */
} nw_http_files_options;

/** Errors: -EINVAL, -ENOMEM, those of opening `root`. */
NW_API NW_CHECK int nw_http_files_create(const nw_http_files_options *options, const char *root,
                                         nw_http_files **files_out);
/** Nobody may be serving with it. Accepts NULL. */
NW_API void nw_http_files_destroy(nw_http_files *files);
/**
 * A handler whose context is an nw_http_files: serves what is below the root, and nothing else: paths are
 * resolved by the kernel (openat2(2), RESOLVE_BENEATH). A directory's path without its "/" is redirected.
 */
NW_API int nw_http_files_serve(nw_http_exchange *exchange, void *files);

/**
 * May a request that changes or removes a file do so? What If-Match, If-Unmodified-Since and If-None-Match
 * (RFC 9110, 13) say of it, with the tags and dates that the calls above send. `status`: of the file; NULL:
 * there is none. Does not wait; from any thread while the exchange's handler waits. Returns: false: to be
 * answered with a 412.
 */
NW_API bool nw_http_may_change(const nw_http_exchange *exchange, const struct stat *status);

NW_END_DECLS

#endif
