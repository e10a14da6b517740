/* SPDX-License-Identifier: MIT */
/** @file
 * What every other header needs: export marks, units of time, errors, and the two ways in which
 * the library hands out bytes. Owns nothing.
 */
#ifndef NOWAIT_BASE_H
#define NOWAIT_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The version of these headers, in three parts; nw_version() tells that of the library. */
#define NW_VERSION_MAJOR 0
/** See NW_VERSION_MAJOR. */
#define NW_VERSION_MINOR 1
/** See NW_VERSION_MAJOR. */
#define NW_VERSION_PATCH 0

#ifdef __cplusplus
#define NW_BEGIN_DECLS extern "C" {
#define NW_END_DECLS   }
#else
#define NW_BEGIN_DECLS
#define NW_END_DECLS
#endif

#if defined(__GNUC__)
#define NW_API          __attribute__((visibility("default")))
#define NW_CHECK        __attribute__((warn_unused_result))
#define NW_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define NW_API
#define NW_CHECK
#define NW_PRINTF(f, a)
#endif

/* Time is int64_t nanoseconds everywhere. */
#define NW_US(n)  ((int64_t)(n)*1000)       /**< n microseconds */
#define NW_MS(n)  ((int64_t)(n)*1000000)    /**< n milliseconds */
#define NW_SEC(n) ((int64_t)(n)*1000000000) /**< n seconds */
/** A delay that never ends. */
#define NW_FOREVER INT64_MAX

NW_BEGIN_DECLS

/**
 * The library's own codes: name, value, text. What errno has no word for lies below -4095, so that no kernel
 * error can ever be mistaken for it.
 */
#define NW_ERRORS(X)                                                                                         \
    X(NW_EFORKED, -4096, "the loop belongs to the process that forked this one")                             \
    X(NW_ENOTASK, -4097, "called outside a task: only code that runs under nw_run can wait")                 \
    X(NW_ECLOSED, -4098, "the channel, log or watch is closed")                                              \
    X(NW_ESHUTDOWN, -4099, "the loop is shutting down")                                                      \
    X(NW_EINCOMPLETE, -4100, "the end came before all that was asked for")                                   \
    X(NW_ENOHOST, -4101, "there is no such host")                                                            \
    X(NW_ERESOLVE, -4102, "the name servers could not look up the host")                                     \
    X(NW_ETRUNCATED, -4103, "the connection was closed before the end")                                      \
    X(NW_ETLS, -4104, "the TLS connection failed")                                                           \
    X(NW_ECERT, -4105, "the certificate is not acceptable")                                                  \
    X(NW_ECERTUNTRUSTED, -4106, "the certificate is signed by nobody who is trusted")                        \
    X(NW_ECERTEXPIRED, -4107, "the certificate is not valid at this time")                                   \
    X(NW_ECERTHOST, -4108, "the certificate is for another host")                                            \
    X(NW_EPROTOCOL, -4109, "what came breaks the rules of the protocol")                                     \
    X(NW_EREDIRECT, -4110, "too many redirects, or one that leads nowhere")                                  \
    X(NW_EPROXY, -4111, "the proxy refused")

/** Errors are negative errno values, and these. */
enum nw_error {
#define NW_ERROR_ENUM(name, value, text) name = (value),
    NW_ERRORS(NW_ERROR_ENUM)
#undef NW_ERROR_ENUM
};

/**
 * The text for an error code, with or without its sign.
 *
 * Returns: a string that lives as long as the process; never NULL, also for codes that do not exist.
 */
NW_API const char *nw_strerror(int error);

/** The version of the library that is loaded, as "major.minor.patch". */
NW_API const char *nw_version(void);

/** A view of bytes that somebody else owns. Not terminated. */
typedef struct nw_slice {
    const char *data; /**< the first byte */
    size_t size;      /**< how many there are */
} nw_slice;

/** Bytes that you own. `data[size]` is a NUL that is not counted; release with nw_bytes_finish(). */
typedef struct nw_bytes {
    char *data;  /**< the first byte; NULL in a zeroed struct */
    size_t size; /**< how many there are, without the NUL */
} nw_bytes;

/** Free the bytes and set the struct to zero. Accepts NULL and a zeroed struct. */
NW_API void nw_bytes_finish(nw_bytes *bytes);

NW_END_DECLS

#endif
