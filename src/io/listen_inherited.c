/* SPDX-License-Identifier: MIT */
/*
 * Sockets that listen already when they come here: by number, or from the service manager as sd_listen_fds(3)
 * describes it. Owns nothing: the descriptor is the caller's until the listener has it. The environment stays
 * as it is: the same variables may speak of other sockets, and changing it would race with other threads.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/listen.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* A number and nothing else. */
static bool parse_number(const char *text, long limit, long *number_out)
{
    int saved_errno = errno;
    char *end;
    long number;

    errno = 0;
    number = text && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    bool good = number >= 0 && number <= limit && errno == 0 && !*end;
    errno = saved_errno;
    if (good)
        *number_out = number;
    return good;
}

static int add_flags(int fd)
{
    int saved_errno = errno;
    int flags = fcntl(fd, F_GETFL);
    bool good =
        flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
    int rc = good ? 0 : -errno;

    errno = saved_errno;
    return rc;
}

/* It is a stream socket that listens; from now on as all of ours. */
static int adopt(int fd)
{
    int type = 0, listens = 0, rc = nw__socket_get(fd, SOL_SOCKET, SO_TYPE, &type);

    if (rc == 0)
        rc = nw__socket_get(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens);
    if (rc == 0 && (type != SOCK_STREAM || !listens))
        rc = -EINVAL;
    if (rc == 0)
        rc = add_flags(fd);
    return rc < 0 ? rc : fd;
}

/* Which of the names in "a:b:c" that is; -1: none. */
static long find_name(const char *names, const char *wanted)
{
    size_t length = strlen(wanted);

    for (long i = 0; names; i++) {
        size_t span = strcspn(names, ":");
        if (span == length && memcmp(names, wanted, length) == 0)
            return i;
        names = names[span] ? names + span + 1 : NULL;
    }
    return -1;
}

static int find_passed(const char *name)
{
    long pid, count, index = 0;

    if (!parse_number(getenv("LISTEN_PID"), INT_MAX, &pid) || pid != getpid())
        return -ENOENT;
    if (!parse_number(getenv("LISTEN_FDS"), INT_MAX - FIRST_FD, &count) || count < 1)
        return -ENOENT;
    if (*name)
        index = find_name(getenv("LISTEN_FDNAMES"), name);
    return index < 0 || index >= count ? -ENOENT : FIRST_FD + (int)index;
}

int nw__listen_inherited(const struct nw__where *where)
{
    long number;
    int fd;

    if (where->scheme == NW__SCHEME_FD)
        return parse_number(where->rest, INT_MAX, &number) ? adopt((int)number) : -EINVAL;
    fd = find_passed(where->rest);
    return fd < 0 ? fd : adopt(fd);
}
