/* SPDX-License-Identifier: MIT */
/** @file
 * The low level: one operation in caller memory, for embedders, bindings and deep queues.
 * An op is prepared, submitted, and done exactly once, cancelled or not. From submit until done, the op, its
 * buffers and its paths belong to the kernel or to a worker.
 */
#ifndef NOWAIT_OP_H
#define NOWAIT_OP_H

#include <nowait/base.h>
#include <nowait/loop.h>
#include <nowait/run.h>

NW_BEGIN_DECLS

struct iovec;
struct statx;

typedef struct nw_op nw_op;

/** Called on the loop's own stack once the op is done: may submit and cancel ops, must not wait. */
typedef void nw_op_fn(nw_op *op);

/** One operation. Prepare it with an nw_op_KIND() call; only `user` and `done` are yours to set. */
struct nw_op {
    int32_t result; /**< valid once done: >= 0, or a negative error code */
    /** @cond private */
    uint8_t kind;
    uint8_t state;
    uint16_t flags;
    /** @endcond */
    void *user;     /**< yours; preserved by the library, zeroed by prepare */
    nw_op_fn *done; /**< yours; NULL when the op is waited for; zeroed by prepare */
    /** @cond private */
    int32_t fd;
    uint32_t op_flags;
    int64_t offset;
    const void *address;
    uint64_t length;
    const void *address2;
    int32_t fd2;
    uint32_t mode;
    void *owner;
    void *waiter;
    void *siblings[2];
    void *links[4];
    uint64_t reserved[2];
    /** @endcond */
};

/*
 * Prepare an op. Its result will be what the system call returns, or a negative error code. Nothing is
 * checked here and nothing can fail. Buffers, vectors and paths are borrowed until the op is done.
 */

/** Read at `offset_bytes`; -1: at the file's own position, which it moves. read(2), pread(2). */
NW_API void nw_op_read(nw_op *op, int fd, void *data, size_t size_bytes, int64_t offset_bytes);
/** Write at `offset_bytes`; -1: at the file's own position, which it moves. write(2), pwrite(2). */
NW_API void nw_op_write(nw_op *op, int fd, const void *data, size_t size_bytes, int64_t offset_bytes);
/** As nw_op_read(), into several buffers. readv(2), preadv(2). */
NW_API void nw_op_readv(nw_op *op, int fd, const struct iovec *vectors, unsigned count, int64_t offset_bytes);
/** As nw_op_write(), from several buffers. writev(2), pwritev(2). */
NW_API void nw_op_writev(nw_op *op, int fd, const struct iovec *vectors, unsigned count,
                         int64_t offset_bytes);
/** Open a file; `directory_fd` may be AT_FDCWD, here and below. Close-on-exec is always set. openat(2). */
NW_API void nw_op_open(nw_op *op, int directory_fd, const char *path, int flags, mode_t mode);
/** close(2). Unless the result is -ECANCELED, the descriptor is gone. */
NW_API void nw_op_close(nw_op *op, int fd);
/** fsync(2), or fdatasync(2) when `data_only`. */
NW_API void nw_op_sync(nw_op *op, int fd, bool data_only);
/** Fill in `*out`. statx(2). */
NW_API void nw_op_statx(nw_op *op, int directory_fd, const char *path, int flags, unsigned mask,
                        struct statx *out);
/** Allocate or free space in a file. fallocate(2). */
NW_API void nw_op_fallocate(nw_op *op, int fd, int mode, int64_t offset_bytes, int64_t size_bytes);
/** Set the size of a file. ftruncate(2). */
NW_API void nw_op_truncate(nw_op *op, int fd, int64_t size_bytes);
/** Rename; `flags` as RENAME_NOREPLACE. renameat2(2). */
NW_API void nw_op_rename(nw_op *op, int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
/** Remove a file; a directory with AT_REMOVEDIR. unlinkat(2). */
NW_API void nw_op_unlink(nw_op *op, int directory_fd, const char *path, int flags);
/** Make a directory. mkdirat(2). */
NW_API void nw_op_mkdir(nw_op *op, int directory_fd, const char *path, mode_t mode);
/** Make a symbolic link at `path` that leads to `target`. symlinkat(2). */
NW_API void nw_op_symlink(nw_op *op, const char *target, int directory_fd, const char *path);
/** Give a file another name. linkat(2). */
NW_API void nw_op_link(nw_op *op, int from_fd, const char *from, int to_fd, const char *to, int flags);
/** Say how a file will be used. posix_fadvise(2). */
NW_API void nw_op_fadvise(nw_op *op, int fd, int64_t offset_bytes, int64_t size_bytes, int advice);
/** Wait until the descriptor is ready. The result is the set of poll(2) events. */
NW_API void nw_op_poll(nw_op *op, int fd, unsigned events);
/** Done with 0 at `at_ns`, a time as nw_now() tells it. */
NW_API void nw_op_timer(nw_op *op, int64_t at_ns);
/** Call `fn(arg)` on a worker thread. The result is what it returns. */
NW_API void nw_op_work(nw_op *op, nw_task_fn *fn, void *arg);

/**
 * Hand the op over. Never waits, and cannot fail: what goes wrong is the op's result.
 *
 * On the loop's thread only; `loop` NULL: the current one. Submissions of one turn go to the kernel together.
 * Ops that are still in flight when the loop ends, or are submitted then and left behind, are cancelled, and
 * done before it is gone: a callback must not submit again for ever when its result is -ECANCELED.
 * Errors: -EINVAL (not prepared, already submitted, no loop, another thread), NW_EFORKED.
 */
NW_API NW_CHECK int nw_op_submit(nw_loop *loop, nw_op *op);

/**
 * Ask for the op to end early. The op is still done exactly once: with -ECANCELED, or with its own result.
 *
 * Ops that are not in flight are left alone.
 */
NW_API void nw_op_cancel(nw_op *op);

/** Is the result valid? */
NW_API bool nw_op_done(const nw_op *op);

/**
 * Wait, in a task, until one of the ops is done; ops that were done before count.
 *
 * Outputs: its index. Ops with a `done` callback, of another loop, or that another task waits for cannot be
 * waited for (-EINVAL), here and below.
 * Errors:  -ECANCELED, -ETIMEDOUT: the ops are still in flight; cancel them and call nw_wait_all().
 */
NW_API NW_CHECK int nw_wait_any(nw_op *const *ops, size_t count, size_t *index_out);

/**
 * Wait, in a task, until all ops are done. When this task is cancelled or runs into a deadline, the ops are
 * cancelled, and all are done when this returns.
 *
 * Returns: 0; the ops hold their results. Errors: -ECANCELED, -ETIMEDOUT.
 */
NW_API int nw_wait_all(nw_op *const *ops, size_t count);

NW_END_DECLS

#endif
