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

/* For reading: opening for writing can involve the file system's journal and quotas. */
static bool worth_trying(const nw_op *op)
{
    int flags = (int)op->op_flags;

    return op->fd2 < 0 && op->address && (flags & O_ACCMODE) == O_RDONLY && !(flags & FLAGS_OUT) &&
           nw__local_folder(op->fd, op->address);
}

static bool is_fifo(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

int nw__try_open(nw_op *op)
{
    int flags = (int)op->op_flags;

    if (!worth_trying(op))
        return -EAGAIN;
    int fd = nw__open_cached(op->fd, op->address, flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd == -ELOOP && !(flags & O_NOFOLLOW))
        return -EAGAIN;
    if (fd < 0)
        return fd;
    if (lseek(fd, 0, SEEK_CUR) < 0 && is_fifo(fd) && !(flags & O_NONBLOCK)) {
        /*
         * open(2) would wait for a writer, and so must we; but to close it again could be behind the back of
         * one that has just come. The worker who waits takes it over.
         */
        op->fd2 = fd;
        return -EAGAIN;
    }
    if (!(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    nw__hint_opened(fd, flags, true);
    return fd;
}

/* Only a plain file that is not the last link to a deleted file: freeing its blocks takes time. */
int nw__try_close(int fd)
{
    struct stat status;

    if (!nw__hint_is_plain(fd) || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0)
        return -EAGAIN;
    nw__hint_closing(fd);
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}
