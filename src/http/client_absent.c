/* SPDX-License-Identifier: MIT */
/*
 * What the client uses and is not there yet, as calls that say so. Each goes when its own file comes.
 */
#include "http/body.h"
#include "http/client.h"

#define ABSENT __attribute__((weak))

ABSENT const char *nw__http_codings(void)
{
    return "identity";
}

ABSENT int nw__http_decoder(nw_stream *below, const char *coding, const struct nw__http_decode_limits *limits,
                            nw_stream **stream_out)
{
    (void)below, (void)coding, (void)limits, (void)stream_out;
    return -ENOTSUP;
}

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

ABSENT int nw__cookie_jar_create(struct nw__cookie_jar **jar_out)
{
    (void)jar_out;
    return -ENOTSUP;
}

ABSENT void nw__cookie_jar_destroy(struct nw__cookie_jar *jar)
{
    (void)jar;
}

ABSENT int nw__cookie_jar_take(struct nw__cookie_jar *jar, const nw_url *url, const char *set_cookie,
                               int64_t now_s)
{
    (void)jar, (void)url, (void)set_cookie, (void)now_s;
    return 0;
}

ABSENT int nw__cookie_jar_give(struct nw__cookie_jar *jar, const nw_url *url, int64_t now_s,
                               struct nw__bytes *out)
{
    (void)jar, (void)url, (void)now_s, (void)out;
    return 0;
}

