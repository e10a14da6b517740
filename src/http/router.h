/* SPDX-License-Identifier: MIT */
/*
 * Routes: a tree of the segments that paths have between their slashes. Pure: matching allocates nothing and
 * visits each node once at most, whatever the path.
 */
#ifndef NW_HTTP_ROUTER_H
#define NW_HTTP_ROUTER_H

#include <nowait/http_server.h>

#include "base/bytes.h"

#define NW__HTTP_PARAMS   16 /* of a pattern, at most */
#define NW__HTTP_SEGMENTS 64 /* of a pattern, at most */

struct nw__http_match {
    nw_http_handler *handler;
    void *context;
    unsigned count;
    const char *const *names;         /* the router's */
    nw_slice values[NW__HTTP_PARAMS]; /* within the path */
};

/*
 * The route for a method and a decoded path. Returns: 0.
 * Errors: -ENOENT: no such path; -ENOTSUP: the path has other methods.
 */
NW_CHECK int nw__http_router_match(const nw_http_router *router, const char *method, const char *path,
                                   struct nw__http_match *match_out);
/* Append the value of Allow (RFC 9110, 10.2.1) for a path: "GET, HEAD, POST". Errors: as of append. */
NW_CHECK int nw__http_router_allow(const nw_http_router *router, const char *path, struct nw__bytes *out);

/* -- within the router -- */

struct nw__http_route {
    struct nw__http_route *next; /* of the node, in the order in which they were added */
    nw_http_handler *handler;
    void *context;
    const char *method; /* in `text`; NULL: any */
    unsigned count;
    const char *names[NW__HTTP_PARAMS]; /* in `text` */
    char text[];                        /* the method and the names */
};

/*
 * A node stands for the segments that lead to it. Below it are literal segments, sorted; one node for a
 * parameter of whatever name; and one for a rest. Parameters have their names in the route, so that
 * "/{id}/a" and "/{name}/b" share their way.
 */
struct nw__http_node {
    struct nw__http_node **literals; /* by their text */
    size_t count;
    struct nw__http_node *param;
    struct nw__http_node *rest;
    struct nw__http_route *routes;
    size_t size;
    char text[]; /* of a literal */
};

struct nw_http_router {
    struct nw__http_node *root;
};

/* Where a literal is below a node, or should be; `*found_out`: is it there? */
size_t nw__http_literal_place(const struct nw__http_node *node, nw_slice text, bool *found_out);
/* The next segment of what is left of a path, behind its slash; false: there is none. */
bool nw__http_next_segment(const char **left, nw_slice *text_out);

#endif
