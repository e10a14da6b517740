/* SPDX-License-Identifier: MIT */
/*
 * A whole file at once, whatever it is: with a size, without one (/proc), growing, shrinking, a pipe.
 * Owns the descriptor and the bytes until they are handed over. Must not trust a size: it is only a hint.
 */
#include <unistd.h>

#include "base/bytes.h"
#include "io/io.h"

#define FIRST_GUESS_BYTES 4096

/* How much room the next read gets. One byte more than the size says, so that the end is seen by the same
 * read. */
static size_t next_room(const struct stat *status, const struct nw__bytes *bytes)
{
    size_t size = S_ISREG(status->st_mode) ? (size_t)status->st_size : 0;

    if (bytes->size_bytes < size)
        return size + 1 - bytes->size_bytes;
    return bytes->size_bytes < FIRST_GUESS_BYTES ? FIRST_GUESS_BYTES : bytes->size_bytes;
}

/* `bytes` takes one byte more than what is allowed: that it came is how we know that the file is too long. */
static int reserve(struct nw__bytes *bytes, size_t wanted_bytes)
{
    size_t allowed = bytes->limit_bytes - bytes->size_bytes;

    return nw__bytes_reserve(bytes, wanted_bytes < allowed ? wanted_bytes : allowed);
}

static int read_all(int fd, const struct stat *status, struct nw__bytes *bytes)
{
    bool sized = S_ISREG(status->st_mode) && status->st_size > 0;

    for (;;) {
        if (nw__bytes_room(bytes) == 0) {
            int rc = reserve(bytes, next_room(status, bytes));
            if (rc < 0)
                return rc;
        }
        size_t room = nw__bytes_room(bytes);
        ssize_t n = nw__fd_read_some(fd, nw__bytes_tail(bytes), room);
        if (n <= 0)
            return (int)n;
        nw__bytes_commit(bytes, (size_t)n);
        if (bytes->size_bytes == bytes->limit_bytes)
            return -EFBIG;
        /* More was asked for than its size, and all of it came: no need to hear 0 as well. */
        if (sized && (size_t)n < room && bytes->size_bytes >= (size_t)status->st_size)
            return 0;
    }
}

int nw_read_file(const char *path, size_t limit_bytes, nw_bytes *bytes_out)
{
    struct nw__bytes bytes;
    struct stat status;
    int fd, rc;

    if (!path || !bytes_out || limit_bytes == SIZE_MAX)
        return -EINVAL;
    fd = nw__fd_open(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0, &status);
    if (fd >= 0 && !S_ISREG(status.st_mode)) /* for a regular file O_NONBLOCK means nothing */
        fd = nw__fd_settle(fd, O_RDONLY, &status);
    if (fd < 0)
        return fd;
    nw__bytes_init(&bytes, limit_bytes ? limit_bytes + 1 : SIZE_MAX);
    if (limit_bytes && S_ISREG(status.st_mode) && (uint64_t)status.st_size > limit_bytes)
        rc = -EFBIG;
    else
        rc = read_all(fd, &status, &bytes);
    nw__fd_close(fd, O_RDONLY, &status); /* nothing was written: what it could report is of no interest */
    if (rc == 0)
        rc = nw__bytes_take(&bytes, bytes_out);
    nw__bytes_finish(&bytes);
    return rc;
}
