/* SPDX-License-Identifier: MIT */
/*
 * Which engine: what was asked for, else what the environment says, else io_uring where the kernel lets us.
 * Owns nothing. Must not look at version numbers: a ring is there when it can be created.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/engine.h"

static enum nw_backend wanted(enum nw_backend asked)
{
    const char *environment = getenv("NOWAIT_BACKEND");

    if (asked != NW_BACKEND_AUTO || !environment)
        return asked;
    if (strcmp(environment, "uring") == 0)
        return NW_BACKEND_URING;
    if (strcmp(environment, "epoll") == 0)
        return NW_BACKEND_EPOLL;
    return NW_BACKEND_AUTO;
}

static int create_uring(const struct nw__backend_options *options, struct nw__backend **backend_out)
{
#ifdef NW__HAVE_URING
    return nw__uring_create(options, backend_out);
#else
    (void)options, (void)backend_out;
    return -ENOSYS;
#endif
}

int nw__backend_create(const struct nw__backend_options *options, struct nw__backend **backend_out)
{
    enum nw_backend kind = wanted(options->kind);
    int reason = 0;

    if (kind != NW_BACKEND_EPOLL) {
        reason = create_uring(options, backend_out);
        if (reason == 0 || kind == NW_BACKEND_URING)
            return reason;
    }
    int rc = nw__epoll_create(options, backend_out);
    if (rc == 0)
        (*backend_out)->error_reason = reason;
    return rc;
}
