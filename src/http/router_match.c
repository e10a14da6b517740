/* SPDX-License-Identifier: MIT */
/*
 * Looking up a path in the tree of routes. Owns nothing. Must not change the tree: all loops use it at once.
 */
#include <nowait/text.h>
#include <string.h>

#include "http/router.h"

struct search {
    const char *method;
    const struct nw__http_route *route; /* found */
    bool seen;                          /* the path is there, be it with other methods */
    struct nw__bytes *allow;            /* list the methods instead */
    int error;                          /* of that */
    unsigned depth;                     /* values so far */
    nw_slice values[NW__HTTP_PARAMS];
};

/* A method of its own goes before GET for HEAD, and that before any. */
static const struct nw__http_route *route_for(const struct nw__http_node *node, const char *method)
{
    const struct nw__http_route *get = NULL, *any = NULL;

    for (const struct nw__http_route *route = node->routes; route; route = route->next) {
        if (!route->method)
            any = route;
        else if (strcmp(route->method, method) == 0)
            return route;
        else if (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0)
            get = route;
    }
    return get ? get : any;
}

/* Is it in the list already? */
static bool has_method(const struct nw__bytes *list, nw_slice method)
{
    size_t at = 0;

    while (at < list->size_bytes) {
        const char *begin = list->data + at;
        const char *comma = memchr(begin, ',', list->size_bytes - at);
        size_t size = comma ? (size_t)(comma - begin) : list->size_bytes - at;

        if (nw_slice_equal((nw_slice){begin, size}, method))
            return true;
        at += size + 2;
    }
    return false;
}

static int add_method(struct nw__bytes *list, const char *method)
{
    int rc;

    if (has_method(list, nw_slice_of(method)))
        return 0;
    rc = list->size_bytes ? nw__bytes_append(list, ", ", 2) : 0;
    return rc < 0 ? rc : nw__bytes_append_text(list, method);
}

static int list_methods(struct nw__bytes *list, const struct nw__http_node *node)
{
    int rc = 0;

    for (const struct nw__http_route *route = node->routes; route && rc == 0; route = route->next) {
        if (!route->method)
            continue;
        rc = add_method(list, route->method);
        if (rc == 0 && strcmp(route->method, "GET") == 0)
            rc = add_method(list, "HEAD");
    }
    return rc;
}

/* The path ends here. Returns: whether the search does, too. */
static bool arrive(struct search *search, const struct nw__http_node *node)
{
    if (!node->routes)
        return false;
    search->seen = true;
    if (search->allow) {
        search->error = list_methods(search->allow, node);
        return search->error < 0;
    }
    search->route = route_for(node, search->method);
    return search->route != NULL;
}

static bool visit(struct search *search, const struct nw__http_node *node, const char *left);

static bool visit_with(struct search *search, const struct nw__http_node *node, nw_slice value,
                       const char *left)
{
    search->values[search->depth++] = value;
    if (visit(search, node, left))
        return true;
    search->depth--;
    return false;
}

/* As deep as patterns have segments. Each node is visited once: there is one way to it. */
static bool visit(struct search *search, const struct nw__http_node *node, const char *left)
{
    const char *behind = left + 1;
    nw_slice segment;
    bool found;

    if (!nw__http_next_segment(&left, &segment))
        return arrive(search, node);
    size_t at = nw__http_literal_place(node, segment, &found);
    if (found && visit(search, node->literals[at], left))
        return true;
    if (node->param && segment.size > 0 && visit_with(search, node->param, segment, left))
        return true;
    return node->rest && visit_with(search, node->rest, nw_slice_of(behind), "");
}

int nw__http_router_match(const nw_http_router *router, const char *method, const char *path,
                          struct nw__http_match *match_out)
{
    struct search search = {.method = method};

    if (*path != '/')
        return -ENOENT; /* "*", or a host and port */
    if (!visit(&search, router->root, path))
        return search.seen ? -ENOTSUP : -ENOENT;
    match_out->handler = search.route->handler;
    match_out->context = search.route->context;
    match_out->count = search.route->count;
    match_out->names = search.route->names;
    memcpy(match_out->values, search.values, sizeof search.values);
    return 0;
}

int nw__http_router_allow(const nw_http_router *router, const char *path, struct nw__bytes *out)
{
    struct search search = {.method = "", .allow = out};

    if (*path == '/')
        (void)visit(&search, router->root, path);
    return search.error;
}
