/* SPDX-License-Identifier: MIT */
/*
 * A short file, written under a name of its own and then renamed, in one trip to a worker. What stands under
 * that name already, left by somebody who was killed, is replaced. Owns the file until it has its name.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "io/io.h"

struct part_file {
    const char *path;
    const char *part;
    const char *data;
    size_t size_bytes;
};

/* Exclusively: a link that somebody has put there is not followed. */
static int open_part(const char *part)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, fd = open(part, flags, 0666);

    if (fd < 0 && errno == EEXIST && unlink(part) == 0)
        fd = open(part, flags, 0666);
    return fd < 0 ? -errno : fd;
}

static int write_step(void *arg)
{
    const struct part_file *file = arg;
    int fd = open_part(file->part), rc;

    if (fd < 0)
        return fd;
    rc = nw__write_fully(fd, file->data, file->size_bytes);
    if (close(fd) < 0 && rc >= 0 && errno != EINTR)
        rc = -errno;
    if (rc >= 0 && rename(file->part, file->path) < 0)
        rc = -errno;
    if (rc < 0)
        (void)unlink(file->part);
    return rc < 0 ? rc : 0;
}

int nw__part_file_write(const char *path, const char *part, const char *data, size_t size_bytes)
{
    struct part_file file = {path, part, data, size_bytes};

    return nw__io_job("write file", write_step, &file);
}
