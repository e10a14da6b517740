/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing files in a way that cannot block: only names that the kernel has in memory, only on
 * local file systems, and closing only what nobody has written to. Owns nothing.
 *
 * The attempt is made with O_NONBLOCK, as io_uring does itself, so that a FIFO or a device answers at once;
 * the flag is taken off again. The last name may not be a symbolic link: it could lead to another file
 * system.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/engine.h"
#include "backend/hint.h"
#include "backend/local.h"

/* What the kernel refuses to look up in memory alone, and what is no opening. */
#define FLAGS_OUT ((O_CREAT | O_TRUNC | O_TMPFILE | O_PATH) & ~O_DIRECTORY)

#define SMALL_BYTES (128 * 1024) /* freeing the blocks of so much takes no longer than reading it did */

/* For reading: opening for writing can involve the file system's journal and quotas. */
static bool worth_trying(const nw_op *op)
{
    int flags = (int)op->op_flags;

    return op->fd2 < 0 && op->address && (flags & O_ACCMODE) == O_RDONLY && !(flags & FLAGS_OUT) &&
           nw__local_folder(op->fd, op->address);
}

int nw__try_open(nw_op *op)
{
    int flags = (int)op->op_flags;
    struct stat status;

    if (!worth_trying(op))
        return -EAGAIN;
    int fd = nw__open_cached(op->fd, op->address, flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if ((fd == -ELOOP || fd == -ENOTDIR) && !(flags & O_NOFOLLOW))
        return -EAGAIN; /* a link at the end, which O_DIRECTORY has the kernel call ENOTDIR */
    if (fd < 0)
        return fd;
    if (fstat(fd, &status) < 0 || (S_ISFIFO(status.st_mode) && !(flags & O_NONBLOCK))) {
        /*
         * open(2) would wait for a writer, and so must we; but to close it again could be behind the back of
         * one that has just come. Those who wait take it over: see fifo.c.
         */
        op->fd2 = fd;
        return -EAGAIN;
    }
    if (!(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    if (S_ISREG(status.st_mode))
        op->length = (uint64_t)status.st_size;
    nw__hint_opened(fd, flags, NW__HINT_PLAIN | (status.st_size <= SMALL_BYTES ? NW__HINT_SMALL : 0));
    return fd;
}

/* Only what is plain, and not the last link to a deleted file: freeing its blocks takes time. */
int nw__try_close(int fd)
{
    unsigned traits = nw__hint_traits(fd);
    struct stat status;

    if (!(traits & NW__HINT_PLAIN))
        return -EAGAIN;
    if (!(traits & NW__HINT_SMALL) && (fstat(fd, &status) < 0 || status.st_nlink == 0))
        return -EAGAIN;
    nw__hint_closing(fd);
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}
