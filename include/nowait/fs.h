/* SPDX-License-Identifier: MIT */
/** @file
 * Files by descriptor and by path. Every call may suspend the calling task and blocks no other.
 *
 * Descriptors are plain ones, always close-on-exec. EINTR, EAGAIN and short transfers are dealt with inside.
 * All calls, unless they say otherwise:
 *   return 0, or a negative error code: that of the system call, and -EINVAL for a NULL that makes no sense;
 *   return NW_ENOTASK outside a task, and -ECANCELED or -ETIMEDOUT when that ended the wait;
 *   borrow buffers, vectors and paths until they return, cancelled or not;
 *   leave outputs untouched when they fail, and errno always.
 */
#ifndef NOWAIT_FS_H
#define NOWAIT_FS_H

#include <fcntl.h>
#include <nowait/base.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <time.h>

NW_BEGIN_DECLS

struct iovec;

/* -- descriptors -- */

/**
 * Open `path`; close-on-exec is always set.
 *
 * Opening a FIFO waits for its other end, as open(2) does, and only this task waits.
 * Returns: a descriptor, to be closed by nw_fd_close(). One that was opened although the task was cancelled
 *          meanwhile is returned, not lost.
 * Source:  openat2(2) with RESOLVE_CACHED, io_uring_prep_openat(3).
 */
NW_API NW_CHECK int nw_fd_open(const char *path, int flags, mode_t mode);

/** As nw_fd_open(), from `directory_fd`, which may be AT_FDCWD. */
NW_API NW_CHECK int nw_fd_openat(int directory_fd, const char *path, int flags, mode_t mode);

/**
 * Close the descriptor, also when the task is cancelled.
 *
 * Errors: -EBADF, NW_ENOTASK: nothing was closed. Else it is gone, and this is what close(2) has to report of
 *         earlier writes (-EIO, -ENOSPC, -EDQUOT).
 */
NW_API int nw_fd_close(int fd);

/**
 * Read from the file's own position, and move it.
 *
 * From a regular file, all that was asked for up to the end; from anything else what is there, as read(2).
 * Returns: bytes read; 0 at the end of the file. What was read before an error or a cancellation is not lost:
 *          its count is returned, and the next call reports what happened.
 * Source:  preadv2(2) with RWF_NOWAIT, io_uring_prep_read(3).
 */
NW_API NW_CHECK ssize_t nw_fd_read(int fd, void *data, size_t size_bytes);

/**
 * Write all of it at the file's own position. Up to 4 MiB are one system call, as far as the kernel goes.
 *
 * Returns: bytes written: fewer only when an error or a cancellation came in between.
 */
NW_API NW_CHECK ssize_t nw_fd_write(int fd, const void *data, size_t size_bytes);

/** As nw_fd_read(), at `offset_bytes`; the file's own position stays. Errors: -ESPIPE (it has none). */
NW_API NW_CHECK ssize_t nw_fd_pread(int fd, void *data, size_t size_bytes, int64_t offset_bytes);
/** As nw_fd_write(), at `offset_bytes`; the file's own position stays. */
NW_API NW_CHECK ssize_t nw_fd_pwrite(int fd, const void *data, size_t size_bytes, int64_t offset_bytes);
/** As nw_fd_read(), into `count` buffers one after the other; any number of them. */
NW_API NW_CHECK ssize_t nw_fd_readv(int fd, const struct iovec *vectors, int count);
/** As nw_fd_write(), from `count` buffers; any number of them. The vectors are not changed. */
NW_API NW_CHECK ssize_t nw_fd_writev(int fd, const struct iovec *vectors, int count);
/** As nw_fd_readv(), at `offset_bytes`; the file's own position stays. */
NW_API NW_CHECK ssize_t nw_fd_preadv(int fd, const struct iovec *vectors, int count, int64_t offset_bytes);
/** As nw_fd_writev(), at `offset_bytes`; the file's own position stays. */
NW_API NW_CHECK ssize_t nw_fd_pwritev(int fd, const struct iovec *vectors, int count, int64_t offset_bytes);

/** What was written is on disk when this returns. Source: fsync(2). */
NW_API int nw_fd_sync(int fd);
/** As nw_fd_sync(), without metadata that is not needed to read the data. Source: fdatasync(2). */
NW_API int nw_fd_datasync(int fd);
/** Cut or extend the file. Source: ftruncate(2). */
NW_API int nw_fd_truncate(int fd, int64_t size_bytes);
/** Reserve or release space; `mode` as for fallocate(2). */
NW_API int nw_fd_allocate(int fd, int mode, int64_t offset_bytes, int64_t size_bytes);
/** Tell the kernel how the file will be read; `advice` as for posix_fadvise(2). */
NW_API int nw_fd_advise(int fd, int64_t offset_bytes, int64_t size_bytes, int advice);
/** Source: statx(2), fstat(2). */
NW_API int nw_fd_stat(int fd, struct stat *stat_out);

/** Wait until the descriptor is ready for `events` (POLLIN, POLLOUT, ...). Returns: the poll(2) events. */
NW_API NW_CHECK int nw_fd_poll(int fd, unsigned events);

/**
 * Copy between descriptors: in the kernel where it can without waiting for a slow reader, else through a
 * buffer.
 *
 * `in_offset_bytes` -1: at the file's own position, which it moves.
 * Returns: bytes copied; fewer than asked for at the end of the file, or when an error came in between.
 * Errors:  as those of read and write; of the latter always when bytes from a pipe or socket were lost with
 * it on their way into a file. Source:  sendfile(2), or read(2) from a peer and write(2) into a file, in
 * slices on a worker.
 */
NW_API NW_CHECK ssize_t nw_sendfile(int out_fd, int in_fd, int64_t in_offset_bytes, size_t size_bytes);

/* -- metadata -- */

/** What `path` leads to. Source: statx(2). */
NW_API int nw_stat(const char *path, struct stat *stat_out);
/** As nw_stat(), of a symbolic link itself. */
NW_API int nw_lstat(const char *path, struct stat *stat_out);
/** 1: it exists, 0: it does not (or a dangling link leads there), or an error that keeps us from knowing. */
NW_API NW_CHECK int nw_exists(const char *path);
/** 1: `path` leads to a regular file, 0: it does not, or an error that keeps us from knowing. */
NW_API NW_CHECK int nw_is_file(const char *path);
/** 1: `path` leads to a directory, 0: it does not, or an error that keeps us from knowing. */
NW_API NW_CHECK int nw_is_dir(const char *path);
/** The size in bytes, or an error. */
NW_API NW_CHECK int64_t nw_file_size(const char *path);
/** May this process do that? `mode` is F_OK or of R_OK, W_OK, X_OK. Source: access(2). */
NW_API NW_CHECK int nw_access(const char *path, int mode);
/** Source: chmod(2). */
NW_API int nw_chmod(const char *path, mode_t mode);
/** -1 as user or group: leave it. Source: chown(2). */
NW_API int nw_chown(const char *path, uid_t user, gid_t group);
/** Set access and modification times, as utimensat(2): times[0], times[1]; NULL: now. */
NW_API int nw_utime(const char *path, const struct timespec times[2]);
/** Size and room of the file system. Source: statvfs(3). */
NW_API int nw_statvfs(const char *path, struct statvfs *statvfs_out);
/** Source: truncate(2). */
NW_API int nw_truncate_path(const char *path, int64_t size_bytes);

/* -- names -- */

/** Source: rename(2). */
NW_API int nw_rename(const char *from, const char *to);
/** Remove a file or an empty directory, as remove(3). */
NW_API int nw_remove(const char *path);
/** Source: unlink(2). */
NW_API int nw_unlink(const char *path);
/** Source: rmdir(2). */
NW_API int nw_rmdir(const char *path);
/** Source: mkdir(2). */
NW_API int nw_mkdir(const char *path, mode_t mode);

/**
 * mkdir -p: parents are made as needed, with mode 0777 less the umask; an existing directory is success.
 *
 * Errors: -EEXIST, -ENOTDIR: something else has one of the names.
 */
NW_API int nw_mkdirs(const char *path, mode_t mode);

/**
 * rm -r: remove a file, a link, or a directory with all that is in it, however deep.
 *
 * Links are removed, never followed, also when they are swapped in meanwhile; what vanishes meanwhile is no
 * error. Ends at the first error; what was removed by then is gone, also when it is cancelled. Errors:
 * -ENOENT; -EINVAL ("." or ".." as the last name), -EBUSY (the root, a mount point).
 */
NW_API int nw_remove_tree(const char *path);

/** A second name for `from`. Source: link(2). */
NW_API int nw_link(const char *from, const char *to);
/** Source: symlink(2). */
NW_API int nw_symlink(const char *target, const char *path);
/** Outputs: the target, to be released with nw_bytes_finish(). Source: readlink(2). */
NW_API NW_CHECK int nw_readlink(const char *path, nw_bytes *target_out);
/** Outputs: the path without links, "." and "..", to be released with nw_bytes_finish(). Source: realpath(3).
 */
NW_API NW_CHECK int nw_realpath(const char *path, nw_bytes *path_out);

/* -- whole files -- */

#define NW_APPEND 0x1u /**< nw_write_file: add to the end; up to 4 MiB in one system call */
#define NW_ATOMIC 0x2u /**< nw_write_file: the old or the new content, whole, whatever happens */
#define NW_SYNC                                                                                              \
    0x4u /**< nw_write_file: content and name are on disk when it returns (NW_ATOMIC implies it) */
#define NW_EXCL 0x8u /**< nw_write_file, nw_copy_file: the file must not exist */

/**
 * Read a whole file of any kind: also of /proc, a pipe until its writers are gone, one that grows meanwhile.
 *
 * Outputs: the bytes, with a NUL behind them, to be released with nw_bytes_finish().
 * Errors:  -EFBIG: it has more than `limit_bytes` (0: no limit); never a truncation. -EISDIR.
 */
NW_API NW_CHECK int nw_read_file(const char *path, size_t limit_bytes, nw_bytes *bytes_out);

/**
 * Write a whole file: replace its content, or add to it (NW_APPEND). Made with mode 0666 less the umask.
 *
 * With NW_ATOMIC a temporary in the same directory (".NAME.xxxxxxxxxxxxxxxx") is written, synced and renamed,
 * and the directory is synced: a reader, and whoever comes after a crash, finds the old or the new content
 * whole. Mode is kept, and the owner where this process may; a symbolic link at `path` stays, what it leads
 * to is replaced; other hard links keep the old content. The temporary is removed on every error and on
 * cancellation; a crash can leave it. Without NW_ATOMIC a failure can leave the content incomplete (with
 * NW_EXCL the file is removed). Errors: -EINVAL: NW_APPEND with NW_ATOMIC or NW_EXCL; NW_ATOMIC over what is
 * not a regular file. -EEXIST, -EISDIR.
 */
NW_API NW_CHECK int nw_write_file(const char *path, const void *data, size_t size_bytes, unsigned flags);

/**
 * Copy content and mode of a regular file. Holes stay holes. `flags`: 0 or NW_EXCL.
 *
 * A target that is there is overwritten in place; one that was made is removed when the copy fails or is
 * cancelled. Errors: -EISDIR; -EINVAL: not a regular file, or both are the same file; -EEXIST. Source:
 * ioctl_ficlone(2), else copy_file_range(2), else read and write; in slices of 8 MiB on a worker.
 */
NW_API NW_CHECK int nw_copy_file(const char *from, const char *to, unsigned flags);

/* -- temporary files -- */

/**
 * Make a file "<directory>/<prefix>xxxxxxxxxxxxxxxx", mode 0600, open for reading and writing.
 *
 * `directory` NULL: $TMPDIR or /tmp.
 * Outputs: its path, to be released with nw_bytes_finish(), and the descriptor. Removing it is the caller's.
 */
NW_API NW_CHECK int nw_temp_file(const char *directory, const char *prefix, nw_bytes *path_out, int *fd_out);
/** A file without a name, gone when it is closed. Returns: a descriptor. Source: open(2) with O_TMPFILE. */
NW_API NW_CHECK int nw_temp_unnamed(const char *directory);
/** As nw_temp_file(), a directory of mode 0700. */
NW_API NW_CHECK int nw_temp_dir(const char *directory, const char *prefix, nw_bytes *path_out);

NW_END_DECLS

#endif
