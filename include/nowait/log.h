/* SPDX-License-Identifier: MIT */
/** @file
 * A log: many tasks and threads write entries to one file; whole lines, in order, many a system call.
 *
 * Entries of one task or thread keep their order. What was accepted before nw_log_close() is in the file when
 * it returns. A process that dies leaves whole lines: only the last can be incomplete, and the next
 * nw_log_open() removes it.
 */
#ifndef NOWAIT_LOG_H
#define NOWAIT_LOG_H

#include <nowait/base.h>
#include <stdarg.h>

NW_BEGIN_DECLS

/** A log. */
typedef struct nw_logger nw_logger;

/** What a call does while the queue is full. */
enum nw_log_full {
    NW_LOG_WAIT = 0, /**< wait: a task suspends, a thread without a loop blocks */
    NW_LOG_DROP,     /**< drop the new entry and count it; a line in the log tells, once there is room */
    NW_LOG_FAIL,     /**< return -EAGAIN */
};

/** When entries are forced to disk. */
enum nw_log_sync {
    NW_LOG_SYNC_NEVER = 0, /**< when the kernel likes to; at the close they are with the kernel */
    NW_LOG_SYNC_INTERVAL, /**< at least every `sync_interval_ns` while there are new ones; and at the close */
    NW_LOG_SYNC_EACH,     /**< a call returns when its entry is on disk; one fsync(2) serves all who wait */
};

/** How to log. All zero means the defaults. */
typedef struct nw_log_options {
    const char *time_format;  /**< of strftime(3), and %f (microseconds), %L (milliseconds); NULL: RFC 3339,
                                 UTC,  and a space; "": none */
    bool local_time;          /**< the time of the local zone instead of UTC */
    enum nw_log_full full;    /**< what a call does while the queue is full */
    enum nw_log_sync sync;    /**< when entries are forced to disk */
    int64_t sync_interval_ns; /**< 0: 1 s */
    size_t queue_bytes;       /**< entries that are not written yet; 0: 1 MiB */
    size_t entry_limit_bytes; /**< longer ones are -EMSGSIZE; 0: 64 KiB */
    int64_t rotate_bytes;     /**< begin a new file before this one grows larger; 0: never */
    int64_t rotate_age_ns;    /**< begin a new file when this one was begun so long ago; 0: never */
    unsigned keep;            /**< old files PATH.1 (the youngest) to PATH.keep; 0: 5 */
    unsigned permissions;     /**< of new files, less the umask; 0: 0644 */
    uint64_t reserved[6];     /**< zero; anything else is -EINVAL */
} nw_log_options;

/**
 * Open a log that appends to the file at `path`, which is made when it is not there.
 *
 * It belongs to the loop of the calling task, which does the writing, and must be closed before that ends.
 * Errors: -EINVAL, those of open(2).
 */
NW_API NW_CHECK int nw_log_open(const nw_log_options *options, const char *path, nw_logger **logger_out);

/**
 * Add an entry: the time, the text, and a newline. Newlines inside become "\n" followed by a tab, so that a
 * line that does not begin with a tab begins an entry.
 *
 * From any task of any loop, and from any thread.
 * Returns: 0: accepted (NW_LOG_SYNC_EACH: on disk); also when it was dropped and counted.
 * Errors:  -EAGAIN (NW_LOG_FAIL), -EMSGSIZE, -ECANCELED, -ETIMEDOUT, NW_ECLOSED; -ENOSPC, -EIO, ...: a write
 *          or a sync has failed: told once to somebody; entries stay in the queue and are tried again.
 */
NW_API int nw_log(nw_logger *logger, const char *format, ...) NW_PRINTF(2, 3);
/** As nw_log(), with a va_list. */
NW_API int nw_vlog(nw_logger *logger, const char *format, va_list arguments) NW_PRINTF(2, 0);
/** As nw_log(), with the text as it is. */
NW_API int nw_log_text(nw_logger *logger, const char *text, size_t size_bytes);

/** Wait until all that was accepted before is with the kernel, and on disk when the policy says so. A task.
 */
NW_API int nw_log_flush(nw_logger *logger);
/** Open the path anew before the next entry, as after logrotate(8) has moved the file. From anywhere. */
NW_API int nw_log_reopen(nw_logger *logger);
/** Begin a new file now, and keep the old ones as the options say. A task. */
NW_API int nw_log_rotate(nw_logger *logger);

/** What a log has done. */
typedef struct nw_log_counters {
    uint64_t entries;     /**< accepted */
    uint64_t dropped;     /**< not accepted (NW_LOG_DROP) */
    uint64_t bytes;       /**< written */
    uint64_t writes;      /**< system calls that wrote */
    uint64_t syncs;       /**< system calls that synced */
    uint64_t rotations;   /**< files begun */
    uint64_t reserved[4]; /**< zero */
} nw_log_counters;

/** From anywhere. */
NW_API int nw_log_stats(nw_logger *logger, nw_log_counters *counters_out);

/**
 * Write what was accepted, close the file and free the log, also when the task is cancelled. Accepts NULL.
 *
 * Nobody else may use the log, then or later. Returns: 0, or the first error that nobody was told.
 */
NW_API int nw_log_close(nw_logger *logger);

NW_END_DECLS

#endif
