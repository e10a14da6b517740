/* SPDX-License-Identifier: MIT */
/*
 * What the files about URLs share: which characters may stand where (RFC 3986, appendix A), a text cut at its
 * delimiters (appendix B), and paths without "." and "..". Pure; slices point into the text that was cut.
 */
#ifndef NW_HTTP_URL_PARTS_H
#define NW_HTTP_URL_PARTS_H

#include <nowait/url.h>

#include "base/bytes.h"

#define NW__URL_BYTES_MAX (64 * 1024)

/* Classes of characters: what may stand there as it is. */
enum nw__url_class {
    NW__URL_UNRESERVED = 1,  /* RFC 3986, 2.3 */
    NW__URL_NAME = 2,        /* a host's name: unreserved and sub-delims */
    NW__URL_PATH = 4,        /* pchar and "/" */
    NW__URL_QUERY = 8,       /* and "?"; and brackets, which everybody writes */
    NW__URL_FORM = 16,       /* the application/x-www-form-urlencoded set of the URL Standard */
    NW__URL_PLAIN_HOST = 32, /* of a name, as it is: lower case letters, digits, "-", "." and "_" */
};

extern const uint8_t nw__url_classes[256];

static inline bool nw__url_is(unsigned char c, enum nw__url_class class)
{
    return nw__url_classes[c] & class;
}

/* The value of a hexadecimal digit; -1: it is none. */
int nw__url_hex(char c);
/* The byte that "%XX" at `text` stands for; -1: it is no such thing. */
int nw__url_escape(nw_slice text);

/* Append, with what is not of the class as "%XX". Escapes stay when `keep_escapes`; a lone "%" never. */
NW_CHECK int nw__url_append(struct nw__bytes *out, nw_slice text, enum nw__url_class class,
                            bool keep_escapes);

struct nw__url_parts {
    nw_slice scheme; /* as it is written */
    nw_slice authority;
    nw_slice path;
    nw_slice query;
    nw_slice fragment;
    bool has_authority;
    bool has_query;
    bool has_fragment;
};

/* Errors: -EINVAL: control characters, a scheme that is none; -EMSGSIZE. */
NW_CHECK int nw__url_split(nw_slice text, struct nw__url_parts *parts_out);

/*
 * url.c: a name that ends in a number is an address to some ("127.1", "0x7f.1", "2130706433", "1.2.3.4."),
 * and a name to others: then only the form that all agree upon is one. Of lower case.
 */
bool nw__url_is_clear(nw_slice host);
/* url_plain.c: as nw_url_parse(). Returns: 1: done; 0: it is not that plain; -ENOMEM. */
NW_CHECK int nw__url_parse_plain(const char *text, nw_url *url_out);

/* RFC 3986, 5.2.4, in place. Returns: the size that is left. */
size_t nw__url_remove_dots(char *path, size_t size_bytes);

#endif
