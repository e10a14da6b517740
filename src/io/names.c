/* SPDX-License-Identifier: MIT */
/*
 * What jobs do with paths and names. All of it blocks: it runs on workers only.
 * Owns nothing that it does not hand over.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "io/io.h"

#define LINKS_MAX 40 /* as the kernel's own limit for one path */

const char *nw__path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int nw__path_open_folder(const char *path)
{
    size_t length = (size_t)(nw__path_base(path) - path);
    char *folder = length ? strndup(path, length) : strdup(".");
    int fd;

    if (!folder)
        return -ENOMEM;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    free(folder);
    return fd;
}

int nw__path_sync_folder(const char *path)
{
    int rc = 0, fd = nw__path_open_folder(path);

    if (fd < 0)
        return fd;
    if (fsync(fd) < 0)
        rc = -errno;
    close(fd);
    return rc;
}

/* `target` as seen from the folder of the link `at`. */
static char *join(const char *at, const char *target)
{
    size_t folder = target[0] == '/' ? 0 : (size_t)(nw__path_base(at) - at);
    char *joined = malloc(folder + strlen(target) + 1);

    if (joined) {
        memcpy(joined, at, folder);
        strcpy(joined + folder, target);
    }
    return joined;
}

int nw__path_resolve(const char *path, char **resolved_out)
{
    char target[PATH_MAX];
    char *at = strdup(path), *next;
    ssize_t n = 0;
    int rc = -ELOOP;

    for (int links = 0; at && links <= LINKS_MAX; links++) {
        n = readlink(at, target, sizeof target - 1);
        if (n < 0) {
            rc = errno == EINVAL || errno == ENOENT ? 0 : -errno; /* not a link, or nothing at all */
            break;
        }
        target[n] = '\0';
        next = join(at, target);
        free(at);
        at = next;
    }
    if (!at)
        return -ENOMEM;
    if (rc == 0)
        *resolved_out = at;
    else
        free(at);
    return rc;
}

int nw__write_fully(int fd, const char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t n = write(fd, data, size_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size_bytes -= (size_t)n;
    }
    return 0;
}

int nw__random_suffix(char suffix[NW__SUFFIX_BYTES])
{
    static const char letters[32] = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char bytes[NW__SUFFIX_BYTES - 1];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -errno;
    for (size_t i = 0; i < sizeof bytes; i++)
        suffix[i] = letters[bytes[i] % sizeof letters];
    suffix[sizeof bytes] = '\0';
    return 0;
}
