/* SPDX-License-Identifier: MIT */
/** @file
 * Streams: one buffered reader and writer over files, pipes, FIFOs, terminals, sockets and memory.
 *
 * Modes, positions, append, truncation and mixed reading and writing are those of Python's open(..., "b").
 * A stream belongs to the loop on which it was opened. Several tasks may use it: their calls are carried out
 * one after the other; the two directions of a socket are independent. All calls, unless they say otherwise:
 *   may suspend the calling task and block no other; the buffer serves most of them without waiting;
 *   return >= 0, or a negative error code: that of the system call; -EINVAL for NULL, for a stream of
 *   another loop, and for a mode that makes no sense; -EBADF where the mode does not allow it; NW_ENOTASK
 *   outside a task; -ECANCELED or -ETIMEDOUT when that ended the wait: then no byte is lost, in or out;
 *   borrow buffers, strings and paths until they return; leave outputs untouched when they fail.
 */
#ifndef NOWAIT_STREAM_H
#define NOWAIT_STREAM_H

#include <nowait/base.h>
#include <nowait/copy.h>
#include <stdarg.h>
#include <stdio.h>

NW_BEGIN_DECLS

struct iovec;

/** A stream. */
typedef struct nw_stream nw_stream;

/** How to open. All zero means the defaults. */
typedef struct nw_open_options {
    size_t buffer_bytes;     /**< what is read or written at a time; 0: 128 KiB */
    size_t line_limit_bytes; /**< the longest line that nw_read_line() gives; 0: 16 MiB */
    unsigned pieces;         /**< pieces that may be read ahead or written behind; 0: 4, at most 64 */
    unsigned permissions;    /**< of a file that is made, less the umask; 0: 0666 */
    bool direct;             /**< O_DIRECT where there is: past the page cache, at any offset; not for "a" */
    bool line_buffered;      /**< what ends in a newline is written at once */
    bool universal_newlines; /**< nw_read_line(): "\r" and "\r\n" end a line, too, and read as "\n" */
    bool check_utf8;         /**< nw_read_line(): -EILSEQ for what is not UTF-8 */
    bool skip_bom;           /**< a UTF-8 byte order mark at the beginning is not read */
    uint64_t reserved[6];    /**< zero; anything else is -EINVAL */
} nw_open_options;

/**
 * Open a file of any kind.
 *
 * `mode`: one of "r", "w" (cut or make), "a" (every write at the end), "x" (make; must not exist), with "+"
 * for both directions; "b", "t" and "e" are accepted and change nothing: bytes are bytes, and close-on-exec
 * is always set. Directories cannot be opened (-EISDIR).
 */
NW_API NW_CHECK int nw_open(const char *path, const char *mode, nw_stream **stream_out);

/** As nw_open(), with options; NULL means the defaults. */
NW_API NW_CHECK int nw_open_with(const nw_open_options *options, const char *path, const char *mode,
                                 nw_stream **stream_out);

/**
 * A stream over a descriptor, from its position. It belongs to the stream from now on, unless this fails.
 *
 * Whoever shares the descriptor finds its position where the stream's is, after each flush and at the close.
 */
NW_API NW_CHECK int nw_open_fd(int fd, const char *mode, nw_stream **stream_out);

/** As nw_open_fd(), with options. */
NW_API NW_CHECK int nw_open_fd_with(const nw_open_options *options, int fd, const char *mode,
                                    nw_stream **stream_out);

/** A stream that reads `data`, which is borrowed until nw_close(). Can be made outside a task. */
NW_API NW_CHECK int nw_open_slice(nw_slice data, nw_stream **stream_out);

/** A stream in memory, as Python's BytesIO, that grows up to `limit_bytes` (0: no limit), then -EFBIG. */
NW_API NW_CHECK int nw_open_memory(size_t limit_bytes, nw_stream **stream_out);

/** Take the content of an nw_open_memory() stream out; it is empty afterwards. Errors: -EINVAL, -ENOMEM. */
NW_API NW_CHECK int nw_memory_take(nw_stream *stream, nw_bytes *content_out);

/**
 * A temporary file that stays in memory while it has at most `memory_bytes`; "w+". Then it goes on without a
 * name in `directory` (NULL: $TMPDIR or /tmp), inside the call that makes it that long. Gone when closed.
 */
NW_API NW_CHECK int nw_temp_spooled(const char *directory, size_t memory_bytes, nw_stream **stream_out);

/**
 * Standard input, output and error of the process, as streams of this loop. NULL outside a task, when memory
 * is out, and when the process was started with that descriptor closed: calls then return -EINVAL.
 *
 * They are opened by the first call, flushed when the loop ends, and never closed: nw_close() flushes them.
 * Output to a terminal is line buffered, and flushed before nw_stdin() waits; nw_stderr() does not buffer
 * beyond a call.
 */
NW_API nw_stream *nw_stdin(void);
/** See nw_stdin(). */
NW_API nw_stream *nw_stdout(void);
/** See nw_stdin(). */
NW_API nw_stream *nw_stderr(void);

/**
 * Flush and close, also when the task is cancelled. Accepts NULL.
 *
 * A file gets all that was written; in a cancelled task a pipe or socket gets what it takes at once. Other
 * tasks' calls that wait for their turn or for a peer's bytes end with -EBADF. A stream that is still open
 * when its loop ends is closed then.
 * Returns: 0, or the first write error that no call has reported yet, or that of close(2); -ECANCELED,
 *          -ETIMEDOUT: a peer has not taken all. The stream is gone in every case but these:
 * Errors:  -EINVAL: of another loop; NW_ENOTASK, but for nw_open_slice(); -EDEADLK: from within nw_copy();
 *          -EBADF: another task is closing it.
 */
NW_API int nw_close(nw_stream *stream);

/* -- reading -- */

/**
 * Read up to `size_bytes`: from a file all of it, up to the end; from anything else what is there, at least
 * one byte.
 *
 * Returns: bytes read; 0 at the end. What was read before an error is returned; the next call tells.
 */
NW_API NW_CHECK ssize_t nw_read(nw_stream *stream, void *data, size_t size_bytes);

/**
 * Read all of `size_bytes`.
 *
 * Returns: `size_bytes`. Errors: NW_EINCOMPLETE: the end came before; what is there can still be read.
 */
NW_API NW_CHECK ssize_t nw_read_exactly(nw_stream *stream, void *data, size_t size_bytes);

/**
 * Read all up to the end. Outputs: the bytes, to be released with nw_bytes_finish().
 *
 * Errors: -EFBIG: there are more than `limit_bytes` (0: no limit). Nothing is lost: they can still be read.
 */
NW_API NW_CHECK int nw_read_all(nw_stream *stream, size_t limit_bytes, nw_bytes *bytes_out);

/**
 * Read a line, with its "\n"; the last one may have none. NUL bytes are bytes like others.
 *
 * Outputs: a view into the stream's buffer, good until the next call on this stream.
 * Returns: the size of the line; 0 at the end.
 * Errors:  -EFBIG: longer than the limit; -EILSEQ: see nw_open_options and nw_utf8_error_offset(). The line
 *          was not taken then.
 */
NW_API NW_CHECK ssize_t nw_read_line(nw_stream *stream, nw_slice *line_out);

/**
 * As nw_read_line(), up to and with the byte `end`, whatever the options on text say.
 *
 * `limit_bytes`: the longest part that it gives; 0: 16 MiB.
 */
NW_API NW_CHECK ssize_t nw_read_until(nw_stream *stream, char end, size_t limit_bytes, nw_slice *part_out);

/**
 * Look ahead without reading: waits until `size_bytes` are in the buffer, or the end is.
 *
 * Outputs: all that is in the buffer; a view that is good until the next call. Returns: its size.
 * Errors:  -EFBIG: `size_bytes` is beyond 16 MiB.
 */
NW_API NW_CHECK ssize_t nw_peek(nw_stream *stream, size_t size_bytes, nw_slice *view_out);

/** Read and forget. Returns: how many bytes; fewer than `size_bytes` at the end. */
NW_API int64_t nw_skip(nw_stream *stream, int64_t size_bytes);

/** After -EILSEQ of nw_read_line(): where in the stream the first bad byte is, as nw_tell() counts. */
NW_API int64_t nw_utf8_error_offset(const nw_stream *stream);

/* -- writing -- */

/**
 * Write. What the buffer takes is written later: by the time that nw_flush() or nw_close() returns.
 *
 * With "a", what is no longer than the buffer is written by one system call, whole.
 * Returns: `size_bytes`; fewer when an error or a cancellation came in between: what follows was not taken.
 * Errors:  also those of earlier writes that were still under way, each once (see nw_flush()).
 */
NW_API ssize_t nw_write(nw_stream *stream, const void *data, size_t size_bytes);

/** As nw_write(), from `count` buffers one after the other. */
NW_API ssize_t nw_writev(nw_stream *stream, const struct iovec *vectors, int count);

/** Write `count` strings as they are, as Python's writelines: no newline is added. Returns: as nw_write(). */
NW_API ssize_t nw_write_lines(nw_stream *stream, const char *const *lines, size_t count);

/** Write formatted text. Returns: as nw_write(). Errors: also -EINVAL, -EOVERFLOW for the format. */
NW_API int nw_printf(nw_stream *stream, const char *format, ...) NW_PRINTF(2, 3);
/** As nw_printf(), with a va_list. */
NW_API int nw_vprintf(nw_stream *stream, const char *format, va_list arguments) NW_PRINTF(2, 0);

/**
 * Wait until all that was written is with the kernel.
 *
 * Errors: the first of a write, reported once. What it kept from being written stays, and the next flush,
 *         write or close tries again; nw_written() tells how much is with the kernel.
 */
NW_API int nw_flush(nw_stream *stream);

/** As nw_flush(), and until it is on disk. Errors: also those of fsync(2). */
NW_API int nw_sync(nw_stream *stream);

/** How many of the bytes written to this stream are with the kernel, counted without a gap. Never waits. */
NW_API int64_t nw_written(const nw_stream *stream);

/* -- position -- */

/**
 * Set the position, as lseek(2); what was written is flushed.
 *
 * Returns: the new one. Errors: -ESPIPE: it has none; those of nw_flush() and lseek(2).
 */
NW_API int64_t nw_seek(nw_stream *stream, int64_t offset_bytes, int whence);

/**
 * The position. Where there is none: the count of bytes read, or written.
 *
 * With "a", what was written is flushed first: only then it is known. Errors: then also those of nw_flush().
 */
NW_API int64_t nw_tell(nw_stream *stream);

/**
 * Flush, and cut or extend the file; -1: at the position, which stays.
 *
 * Returns: the new size. Errors: also -EINVAL: no file; those of nw_flush() and ftruncate(2).
 */
NW_API int64_t nw_truncate(nw_stream *stream, int64_t size_bytes);

/* -- the rest -- */

/**
 * Copy from one stream to the other, up to `limit_bytes` (0: to the end), a piece at a time, reading ahead
 * and writing behind. `progress` may be NULL.
 *
 * Between two that have no position (pipes, sockets), what comes is passed on at once. `progress` must not
 * use the two streams (-EDEADLK).
 * Returns: bytes copied; `to` is flushed.
 * Errors:  of either side, or what `progress` returned. What was copied is in `to`, perhaps in its buffer;
 *          what was not can still be read from `from`. -EINVAL: a file's stream onto itself.
 */
NW_API int64_t nw_copy(nw_stream *to, nw_stream *from, int64_t limit_bytes, const nw_progress *progress);

/** The descriptor, which stays the stream's. Errors: -EBADF: it has none. */
NW_API int nw_stream_fd(const nw_stream *stream);

NW_END_DECLS

#endif
