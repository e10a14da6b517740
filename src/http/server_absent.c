/* SPDX-License-Identifier: MIT */
/*
 * Stand-ins for the parts of forms until they are there. Weak: the real ones take their place.
 */
#include "http/body.h"

#define ABSENT __attribute__((weak))

ABSENT void nw__http_multipart_close(struct nw__http_multipart *multipart)
{
    (void)multipart;
}

ABSENT int nw__http_multipart_open(nw_stream *body, const char *media_type,
                                   struct nw__http_multipart **multipart_out)
{
    (void)body, (void)media_type, (void)multipart_out;
    return -ENOTSUP;
}

ABSENT int nw__http_multipart_next(struct nw__http_multipart *multipart, nw_http_form_part *part_out)
{
    (void)multipart, (void)part_out;
    return -ENOTSUP;
}
