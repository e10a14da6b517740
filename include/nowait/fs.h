/* SPDX-License-Identifier: MIT */
/*
 * Files by descriptor and by path. Every call may suspend the calling task and blocks no other.
 * Descriptors are plain ones, always close-on-exec; short transfers, EINTR and EAGAIN are dealt with inside.
 * All calls outside a task return NW_ENOTASK; all waits may return -ECANCELED and -ETIMEDOUT.
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
NW_API NW_CHECK int nw_fd_open(const char *path, int flags, mode_t mode);
NW_API NW_CHECK int nw_fd_openat(int directory_fd, const char *path, int flags, mode_t mode);
NW_API int nw_fd_close(int fd);
NW_API NW_CHECK ssize_t nw_fd_read(int fd, void *data, size_t size_bytes);
NW_API NW_CHECK ssize_t nw_fd_write(int fd, const void *data, size_t size_bytes);
NW_API NW_CHECK ssize_t nw_fd_pread(int fd, void *data, size_t size_bytes, int64_t offset_bytes);
NW_API NW_CHECK ssize_t nw_fd_pwrite(int fd, const void *data, size_t size_bytes, int64_t offset_bytes);
NW_API NW_CHECK ssize_t nw_fd_readv(int fd, const struct iovec *vectors, int count);
NW_API NW_CHECK ssize_t nw_fd_writev(int fd, const struct iovec *vectors, int count);
NW_API NW_CHECK ssize_t nw_fd_preadv(int fd, const struct iovec *vectors, int count, int64_t offset_bytes);
NW_API NW_CHECK ssize_t nw_fd_pwritev(int fd, const struct iovec *vectors, int count, int64_t offset_bytes);
NW_API int nw_fd_sync(int fd);
NW_API int nw_fd_datasync(int fd);
NW_API int nw_fd_truncate(int fd, int64_t size_bytes);
NW_API int nw_fd_allocate(int fd, int mode, int64_t offset_bytes, int64_t size_bytes);
NW_API int nw_fd_advise(int fd, int64_t offset_bytes, int64_t size_bytes, int advice);
NW_API int nw_fd_stat(int fd, struct stat *stat_out);
/** Wait until the descriptor is ready. Returns the set of poll(2) events. */
NW_API NW_CHECK int nw_fd_poll(int fd, unsigned events);
/** Copy between descriptors in the kernel; -1 as offset: at the file's own position, which it moves. */
NW_API NW_CHECK ssize_t nw_sendfile(int out_fd, int in_fd, int64_t in_offset_bytes, size_t size_bytes);

/* -- metadata -- */
NW_API int nw_stat(const char *path, struct stat *stat_out);
NW_API int nw_lstat(const char *path, struct stat *stat_out);
/** 1: it exists, 0: it does not, or an error that keeps us from knowing. */
NW_API NW_CHECK int nw_exists(const char *path);
NW_API NW_CHECK int nw_is_file(const char *path);
NW_API NW_CHECK int nw_is_dir(const char *path);
NW_API NW_CHECK int64_t nw_file_size(const char *path);
NW_API NW_CHECK int nw_access(const char *path, int mode);
NW_API int nw_chmod(const char *path, mode_t mode);
NW_API int nw_chown(const char *path, uid_t user, gid_t group);
/** Set access and modification times, as utimensat(2): times[0], times[1]; NULL: now. */
NW_API int nw_utime(const char *path, const struct timespec times[2]);
NW_API int nw_statvfs(const char *path, struct statvfs *statvfs_out);
NW_API int nw_truncate_path(const char *path, int64_t size_bytes);

/* -- names -- */
NW_API int nw_rename(const char *from, const char *to);
/** Remove a file or an empty directory, as remove(3). */
NW_API int nw_remove(const char *path);
NW_API int nw_unlink(const char *path);
NW_API int nw_rmdir(const char *path);
NW_API int nw_mkdir(const char *path, mode_t mode);
/** mkdir -p: parents are made as needed; an existing directory is success. */
NW_API int nw_mkdirs(const char *path, mode_t mode);
/** rm -r: safe against symbolic links swapped in meanwhile. */
NW_API int nw_remove_tree(const char *path);
NW_API int nw_link(const char *from, const char *to);
NW_API int nw_symlink(const char *target, const char *path);
/** The target, NUL-terminated, to be released with nw_bytes_finish(). */
NW_API NW_CHECK int nw_readlink(const char *path, nw_bytes *target_out);
NW_API NW_CHECK int nw_realpath(const char *path, nw_bytes *path_out);

/* -- whole files -- */
#define NW_APPEND 0x1u /**< nw_write_file: add to the end */
#define NW_ATOMIC 0x2u /**< nw_write_file: the old or the new content, whole, whatever happens */
#define NW_SYNC   0x4u /**< nw_write_file: on disk when it returns */
#define NW_EXCL   0x8u /**< nw_write_file, nw_copy_file: the file must not exist */

/** Read a whole file of any kind. More than `limit_bytes` is -EFBIG, not a truncation; 0: no limit. */
NW_API NW_CHECK int nw_read_file(const char *path, size_t limit_bytes, nw_bytes *bytes_out);
NW_API NW_CHECK int nw_write_file(const char *path, const void *data, size_t size_bytes, unsigned flags);
/** Copy content and mode: reflink, else in the kernel, else by reading and writing; holes stay holes. */
NW_API NW_CHECK int nw_copy_file(const char *from, const char *to, unsigned flags);

/* -- temporary files -- */
/** A new file "<directory>/<prefix>XXXXXX", open read-write. directory NULL: $TMPDIR or /tmp. */
NW_API NW_CHECK int nw_temp_file(const char *directory, const char *prefix, nw_bytes *path_out, int *fd_out);
/** A file without a name, gone when it is closed. Returns a descriptor. */
NW_API NW_CHECK int nw_temp_unnamed(const char *directory);
NW_API NW_CHECK int nw_temp_dir(const char *directory, const char *prefix, nw_bytes *path_out);

NW_END_DECLS

#endif
