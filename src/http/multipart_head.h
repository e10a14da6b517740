/* SPDX-License-Identifier: MIT */
/*
 * The lines of multipart/form-data (RFC 7578, RFC 2046): the boundary in a media type, and the fields before
 * a part. Pure.
 */
#ifndef NW_HTTP_MULTIPART_HEAD_H
#define NW_HTTP_MULTIPART_HEAD_H

#include "base/bytes.h"

#define NW__MULTIPART_BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */

/* The boundary of a multipart/form-data body, with its NUL. Errors: -EINVAL: another type, or none in it. */
NW_CHECK int nw__multipart_boundary(const char *media_type, char boundary[NW__MULTIPART_BOUNDARY_MAX + 1]);

/* What the fields of a part say; offsets into the text, as it grows. */
struct nw__multipart_head {
    struct nw__bytes text; /* each with a NUL behind it */
    size_t name, file_name, media_type;
    bool has_name, has_file_name, has_media_type;
};

/*
 * `fields`: the lines, each with its CRLF. The head was initialised, and is emptied first. Errors:
 * NW_EPROTOCOL: no fields, or no name; -ENOMEM.
 */
NW_CHECK int nw__multipart_head_parse(nw_slice fields, struct nw__multipart_head *head);

#endif
