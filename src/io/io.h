/* SPDX-License-Identifier: MIT */
/*
 * What the files of this folder share: the ways in which a call is carried out.
 *
 * A call goes one of three ways. Inline: a system call on the loop's thread that is known not to block. As an
 * op, through the engine. Or as a job: plain blocking code on a worker, in trips that are bounded in time and
 * bytes, between which a cancellation is noticed. Whatever a call here touches on the way, the task's errno
 * is afterwards what it was before.
 */
#ifndef NW_IO_IO_H
#define NW_IO_IO_H

#include <limits.h>
#include <nowait/fs.h>

#include "task/task.h"

/* Copied on the loop's thread between two looks at the budget. */
#define NW__INLINE_PIECE_BYTES (128 * 1024)
/* Moved by one op or one trip to a worker: what a cancellation waits for at most. */
#define NW__OP_PIECE_BYTES (4 * 1024 * 1024)

/* -- calls.c -- */

/* Carry out a prepared op: inline where that cannot block, else through the engine. */
NW_CHECK int nw__io_call(nw_op *op);

/*
 * A job: `step` is called on a worker again and again as long as it returns NW__JOB_GOES_ON. It must come
 * back within milliseconds where the kernel lets it.
 * Returns: what the last step returned.
 * Errors:  -ECANCELED, -ETIMEDOUT: no step runs, and none will.
 */
#define NW__JOB_GOES_ON 1
NW_CHECK int nw__io_job(const char *what, nw_task_fn *step, void *arg);

/* Call `fn(arg)` on a worker also when the task is cancelled: for clean-up. The result is that of `fn`. */
int nw__io_cleanup(const char *what, nw_task_fn *fn, void *arg);

/* -- stat.c -- */

/* What the kernel knows of a descriptor, perhaps not the latest of a network file system. Never waits. */
NW_CHECK int nw__fd_peek(int fd, struct stat *stat_out);

/*
 * A regular file that is short and has no blocks may have said nothing about its content: in /proc all are 0
 * bytes long, in /sys a page. Some file systems say so of honest ones, too: only reading tells.
 */
#define NW__CLAIM_BYTES 65536 /* the largest page */
static inline bool nw__size_is_claim(uint64_t size_bytes, uint64_t blocks)
{
    return blocks == 0 && size_bytes <= NW__CLAIM_BYTES;
}

/* -- transfer.c -- */

/* One read(2), waited for: what there is, 0 at the end. For those who know themselves when to go on. */
NW_CHECK ssize_t nw__fd_read_some(int fd, void *data, size_t size_bytes);

/* -- names.c: for jobs, on a worker; plain blocking code that returns negative error codes -- */

/* Where a path's last name begins. "" when it ends in a slash. */
const char *nw__path_base(const char *path);
/* The folder of a path, opened; "." for a bare name. */
NW_CHECK int nw__path_open_folder(const char *path);
/* fsync that folder: the names in it are on disk. */
NW_CHECK int nw__path_sync_folder(const char *path);
/* Follow symbolic links at the path's end, dangling ones too. free() the result. */
NW_CHECK int nw__path_resolve(const char *path, char **resolved_out);
/* Write all of it, at the file's position. */
NW_CHECK int nw__write_fully(int fd, const char *data, size_t size_bytes);

#define NW__SUFFIX_BYTES 17 /* with its NUL */
/* Random letters and digits, 80 bits of them: names that nobody can guess. */
NW_CHECK int nw__random_suffix(char suffix[NW__SUFFIX_BYTES]);

/* -- replace.c -- */

/* nw_write_file() with NW_ATOMIC. */
NW_CHECK int nw__replace_file(const char *path, const char *data, size_t size_bytes, unsigned flags);

/* -- part_file.c -- */

/* A file of at most a few hundred KiB as `part`, and when it is whole, as `path`, in the same folder. */
NW_CHECK int nw__part_file_write(const char *path, const char *part, const char *data, size_t size_bytes);

#endif
