/* SPDX-License-Identifier: MIT */
/** @file
 * A log: many tasks and threads write entries to one file; whole lines, in order, many a system call.
 *
 * Entries of one task or thread keep their order. What was accepted before nw_log_close() is in the file when
 * it returns. A process that dies leaves whole lines: only the last can be incomplete, and the next
 * nw_log_open() removes it.
 *
 * All calls but nw_log_open() are for any task of any loop and for any thread. Those that wait suspend a task
 * and block a thread; on a loop's thread outside a task they do not wait: NW_ENOTASK. In a forked child all
 * return NW_EFORKED, and nw_log_close() also frees the child's copy.
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
    const char *time_format;  /**< of strftime(3), and %f (microseconds), %L (milliseconds); at most 190 bytes
                                 of text; NULL: RFC 3339 and a space; "": none */
    bool local_time;          /**< the time of the local zone instead of UTC */
    enum nw_log_full full;    /**< what a call does while the queue is full */
    enum nw_log_sync sync;    /**< when entries are forced to disk */
    int64_t sync_interval_ns; /**< 0: 1 s */
    size_t queue_bytes;       /**< entries that are not written yet; 0: 1 MiB; at most 1 GiB */
    size_t entry_limit_bytes; /**< longer ones are -EMSGSIZE; 0: 64 KiB */
    int64_t rotate_bytes;     /**< begin a new file before this one grows larger; 0: never */
    int64_t rotate_age_ns;    /**< begin a new file with the first entry after this one was made so long ago;
                                 0: never */
    unsigned keep;            /**< old files PATH.1 (the youngest) to PATH.keep; 0: 5; at most 10,000 */
    unsigned permissions;     /**< of new files, less the umask; 0: 0644 */
    uint64_t reserved[6];     /**< zero; anything else is -EINVAL */
} nw_log_options;

/**
 * Open a log that appends to the file at `path`, which is made when it is not there. For tasks.
 *
 * It belongs to the loop of the calling task, which does the writing, and should be closed before that ends:
 * when the loop ends, what was accepted is written, the file is closed, and calls return NW_ESHUTDOWN; only
 * nw_log_close() is left to do. Until then the loop's other tasks can log, also while they are cancelled.
 *
 * A last line without its end, as a crash leaves it, is cut off; a file whose last newline is farther from
 * its end than an entry can be long gets a newline instead. Neither is done while another log has the file
 * open. Old files lie where the path's symbolic links lead. A FIFO or a device is written to as it is, not
 * rotated.
 * Errors: -EINVAL, NW_ENOTASK, -ECANCELED, -ETIMEDOUT, -ENOMEM, those of open(2), -ENXIO: a FIFO that nobody
 *         reads.
 */
NW_API NW_CHECK int nw_log_open(const nw_log_options *options, const char *path, nw_logger **logger_out);

/**
 * Add an entry: the time, the text, and a newline. Newlines inside become "\n" followed by a tab, so that a
 * line that does not begin with a tab begins an entry; one at the end is not doubled.
 *
 * Only waits when the queue is full (NW_LOG_WAIT; first come, first served) or with NW_LOG_SYNC_EACH, so that
 * a cancelled task can log as long as there is room. Where waiting is impossible, a full queue is -EAGAIN.
 * What could not be written stays in the queue and is tried again, after 10 ms first and once a second in the
 * end.
 * Returns: 0: accepted (NW_LOG_SYNC_EACH: on disk); also when it was dropped and counted.
 * Errors:  not accepted: -EINVAL, -EAGAIN (NW_LOG_FAIL), -EMSGSIZE (longer than the limit, or than the
 *          queue), -ENOMEM, NW_ENOTASK, NW_ECLOSED, NW_ESHUTDOWN; -ECANCELED, -ETIMEDOUT: of a call that
 *          waited for the disk (NW_LOG_SYNC_EACH), the entry may have been accepted. Accepted, or dropped
 *          and counted, all the same: -ENOSPC, -EIO, ...: a write or a sync has failed. Those whose entry it
 *          concerns and who wait for it are told, else who comes next, once.
 */
NW_API int nw_log(nw_logger *logger, const char *format, ...) NW_PRINTF(2, 3);
/** As nw_log(), with a va_list. */
NW_API int nw_vlog(nw_logger *logger, const char *format, va_list arguments) NW_PRINTF(2, 0);
/** As nw_log(), with a text that may hold NUL bytes. */
NW_API int nw_log_text(nw_logger *logger, const char *text, size_t size_bytes);

/**
 * Wait until all that was accepted before is with the kernel, and on disk unless it is NW_LOG_SYNC_NEVER.
 *
 * Errors: that of the write or sync, or one that nobody was told; -ECANCELED, -ETIMEDOUT; NW_ECLOSED,
 *         NW_ESHUTDOWN.
 */
NW_API int nw_log_flush(nw_logger *logger);
/**
 * Have the path opened anew before the next entry, as after logrotate(8) has moved the file: what was
 * accepted before goes to the old one. Never waits. As long as it cannot be opened, the old one serves.
 * Errors: NW_ECLOSED, NW_ESHUTDOWN. Why it cannot be opened is told once, by a later call.
 */
NW_API int nw_log_reopen(nw_logger *logger);
/**
 * Begin a new file now, unless this one is empty, and keep the old ones as the options say. Waits for it.
 *
 * Errors: those of rename(2), open(2): the old file serves on; -ECANCELED, -ETIMEDOUT: it may still happen;
 *         NW_ECLOSED, NW_ESHUTDOWN.
 */
NW_API int nw_log_rotate(nw_logger *logger);

/** What a log has done. */
typedef struct nw_log_counters {
    uint64_t entries;      /**< accepted */
    uint64_t dropped;      /**< not accepted (NW_LOG_DROP) */
    uint64_t bytes;        /**< written */
    uint64_t writes;       /**< system calls that wrote */
    uint64_t syncs;        /**< system calls that synced */
    uint64_t rotations;    /**< files begun in place of others */
    uint64_t queued_bytes; /**< accepted and not written yet */
    uint64_t reserved[3];  /**< zero */
} nw_log_counters;

/** What it has done so far. */
NW_API int nw_log_stats(nw_logger *logger, nw_log_counters *counters_out);

/**
 * Write what was accepted, close the file and free the log, also when the task is cancelled. Accepts NULL.
 *
 * Nobody else may use the log, then or later; who waits in it is let go. What cannot be written in one more
 * try is lost. Returns: 0, or the first error that nobody was told, or that of the last try.
 * Errors:  NW_ENOTASK: nothing has happened.
 */
NW_API int nw_log_close(nw_logger *logger);
/** As nw_log_close(); outputs what the log has done: `queued_bytes` is what was lost. NULL: not asked for. */
NW_API int nw_log_close_with(nw_logger *logger, nw_log_counters *counters_out);

NW_END_DECLS

#endif
