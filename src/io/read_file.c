/* SPDX-License-Identifier: MIT */
/*
 * A whole file at once, whatever it is: with a size, without one (/proc), growing, shrinking, a pipe.
 * Owns the descriptor and the bytes until they are handed over. Must not trust a size: it is only a hint.
 */
#include <nowait/op.h>

#include "base/bytes.h"
#include "io/io.h"

#define FIRST_GUESS_BYTES 4096

/* How much room the next read gets. One byte more than the size says, so that the end is seen by the same
 * read. */
static size_t next_room(size_t size_hint, const struct nw__bytes *bytes)
{
    if (bytes->size_bytes < size_hint)
        return size_hint + 1 - bytes->size_bytes;
    return bytes->size_bytes < FIRST_GUESS_BYTES ? FIRST_GUESS_BYTES : bytes->size_bytes;
}

/* `bytes` takes one byte more than what is allowed: that it came is how we know that the file is too long. */
static int reserve(struct nw__bytes *bytes, size_t wanted_bytes)
{
    size_t allowed = bytes->limit_bytes - bytes->size_bytes;

    return nw__bytes_reserve(bytes, wanted_bytes < allowed ? wanted_bytes : allowed);
}

static int read_all(int fd, size_t size_hint, struct nw__bytes *bytes)
{
    for (;;) {
        if (nw__bytes_room(bytes) == 0) {
            int rc = reserve(bytes, next_room(size_hint, bytes));
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
        if ((size_t)n < room && size_hint > 0 && bytes->size_bytes >= size_hint)
            return 0;
    }
}

/* 0: nothing is known, or nothing that could be trusted: many files in /proc are regular and of size 0. */
static size_t find_size(int fd)
{
    struct stat status;

    if (nw__fd_peek(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    return (size_t)status.st_size;
}

int nw_read_file(const char *path, size_t limit_bytes, nw_bytes *bytes_out)
{
    struct nw__bytes bytes;
    size_t size_hint;
    nw_op op;
    int fd, rc;

    if (!path || !bytes_out || limit_bytes == SIZE_MAX)
        return -EINVAL;
    nw_op_open(&op, AT_FDCWD, path, O_RDONLY | O_NOCTTY, 0);
    fd = nw__io_call(&op);
    if (fd < 0)
        return fd;
    size_hint = op.length > 0 ? (size_t)op.length : find_size(fd);
    nw__bytes_init(&bytes, limit_bytes ? limit_bytes + 1 : SIZE_MAX);
    rc = limit_bytes && size_hint > limit_bytes ? -EFBIG : read_all(fd, size_hint, &bytes);
    nw_fd_close(fd); /* nothing was written: what it could report is of no interest */
    if (rc == 0)
        rc = nw__bytes_take(&bytes, bytes_out);
    nw__bytes_finish(&bytes);
    return rc;
}
