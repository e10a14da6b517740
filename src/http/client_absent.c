/* SPDX-License-Identifier: MIT */
/*
 * What the client uses and is not there yet, as calls that say so. Each goes when its own file comes.
 */
#include "http/body.h"
#include "http/client.h"

#define ABSENT __attribute__((weak))

ABSENT int nw__http_boundary(char boundary[NW__HTTP_BOUNDARY_BYTES])
{
    (void)boundary;
    return -ENOTSUP;
}

ABSENT int64_t nw__http_multipart_size(const nw_http_part *parts, size_t count, const char *boundary)
{
    (void)parts, (void)count, (void)boundary;
    return -ENOTSUP;
}

ABSENT int nw__http_multipart_write(nw_stream *to, const nw_http_part *parts, size_t count,
                                    const char *boundary)
{
    (void)to, (void)parts, (void)count, (void)boundary;
    return -ENOTSUP;
}
