/* SPDX-License-Identifier: MIT */
/*
 * The tree of routes: patterns are put into it. Owns its nodes and the patterns' text. Looking up is in
 * router_match.c.
 */
#include "http/router.h"

#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "http/headers.h"

/* -- the tree -- */

static struct nw__http_node *node_create(nw_slice text)
{
    struct nw__http_node *node = calloc(1, sizeof *node + text.size + 1);

    if (!node)
        return NULL;
    node->size = text.size;
    if (text.size)
        memcpy(node->text, text.data, text.size);
    return node;
}

/* As deep as patterns have segments. */
static void node_destroy(struct nw__http_node *node)
{
    struct nw__http_route *route;

    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++)
        node_destroy(node->literals[i]);
    node_destroy(node->param);
    node_destroy(node->rest);
    while ((route = node->routes)) {
        node->routes = route->next;
        free(route);
    }
    free(node->literals);
    free(node);
}

static int compare(nw_slice text, const struct nw__http_node *node)
{
    size_t common = text.size < node->size ? text.size : node->size;
    int order = common ? memcmp(text.data, node->text, common) : 0;

    return order ? order : (text.size > node->size) - (text.size < node->size);
}

size_t nw__http_literal_place(const struct nw__http_node *node, nw_slice text, bool *found_out)
{
    size_t low = 0, high = node->count;

    *found_out = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(text, node->literals[middle]);

        if (order == 0) {
            *found_out = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static struct nw__http_node *literal_below(struct nw__http_node *node, nw_slice text)
{
    struct nw__http_node **grown, *child;
    bool found;
    size_t at = nw__http_literal_place(node, text, &found);

    if (found)
        return node->literals[at];
    grown = realloc(node->literals, (node->count + 1) * sizeof(struct nw__http_node *));
    if (!grown)
        return NULL;
    node->literals = grown;
    child = node_create(text);
    if (!child)
        return NULL;
    memmove(grown + at + 1, grown + at, (node->count - at) * sizeof(struct nw__http_node *));
    grown[at] = child;
    node->count++;
    return child;
}

/* -- patterns -- */

enum segment { LITERAL, PARAM, REST };

bool nw__http_next_segment(const char **left, nw_slice *text_out)
{
    const char *begin = *left;
    const char *end;

    if (*begin != '/')
        return false;
    end = strchr(begin + 1, '/');
    *left = end ? end : begin + strlen(begin);
    *text_out = (nw_slice){begin + 1, (size_t)(*left - begin) - 1};
    return true;
}

static bool is_name(nw_slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.size > 0;
}

/* `text` becomes the name when it is a parameter. Errors: -EINVAL. */
static int classify(nw_slice *text)
{
    nw_slice name = *text;

    if (!memchr(name.data, '{', name.size) && !memchr(name.data, '}', name.size)) {
        bool dots = name.size > 0 && name.size <= 2 && memcmp(name.data, "..", name.size) == 0;
        return dots ? -EINVAL : LITERAL; /* no path has these */
    }
    if (name.size < 3 || name.data[0] != '{' || name.data[name.size - 1] != '}')
        return -EINVAL;
    name = (nw_slice){name.data + 1, name.size - 2};
    bool rest = name.size > 3 && memcmp(name.data + name.size - 3, "...", 3) == 0;
    if (rest)
        name.size -= 3;
    *text = name;
    return is_name(name) ? rest ? REST : PARAM : -EINVAL;
}

struct pattern {
    unsigned count;
    nw_slice names[NW__HTTP_PARAMS];
};

static int add_name(struct pattern *pattern, nw_slice name)
{
    if (pattern->count == NW__HTTP_PARAMS)
        return -EINVAL;
    for (unsigned i = 0; i < pattern->count; i++)
        if (nw_slice_equal(pattern->names[i], name))
            return -EINVAL;
    pattern->names[pattern->count++] = name;
    return 0;
}

/* Everything that can be wrong with it, before anything is changed. */
static int pattern_parse(const char *text, struct pattern *pattern)
{
    unsigned segments = 0;
    nw_slice segment;

    pattern->count = 0;
    if (*text != '/')
        return -EINVAL;
    while (nw__http_next_segment(&text, &segment)) {
        int kind = classify(&segment);
        if (kind < 0 || ++segments > NW__HTTP_SEGMENTS || (kind == REST && *text))
            return -EINVAL;
        if (kind != LITERAL && add_name(pattern, segment) < 0)
            return -EINVAL;
    }
    return 0;
}

static struct nw__http_node *child_of_kind(struct nw__http_node *node, int kind, nw_slice text)
{
    struct nw__http_node **place = kind == PARAM ? &node->param : &node->rest;

    if (kind == LITERAL)
        return literal_below(node, text);
    if (!*place)
        *place = node_create((nw_slice){NULL, 0});
    return *place;
}

/* The node of a pattern that is known to be good, made as far as it is not there. NULL: no memory. */
static struct nw__http_node *node_for(nw_http_router *router, const char *pattern)
{
    struct nw__http_node *node = router->root;
    nw_slice segment;

    while (node && nw__http_next_segment(&pattern, &segment))
        node = child_of_kind(node, classify(&segment), segment);
    return node;
}

/* -- routes -- */

static const char *keep(char **end, nw_slice text)
{
    char *begin = *end;

    memcpy(begin, text.data, text.size);
    begin[text.size] = '\0';
    *end = begin + text.size + 1;
    return begin;
}

static struct nw__http_route *route_create(const char *method, const struct pattern *pattern)
{
    size_t size = method ? strlen(method) + 1 : 0;
    struct nw__http_route *route;
    char *end;

    for (unsigned i = 0; i < pattern->count; i++)
        size += pattern->names[i].size + 1;
    route = calloc(1, sizeof *route + size);
    if (!route)
        return NULL;
    end = route->text;
    route->method = method ? keep(&end, nw_slice_of(method)) : NULL;
    route->count = pattern->count;
    for (unsigned i = 0; i < pattern->count; i++)
        route->names[i] = keep(&end, pattern->names[i]);
    return route;
}

static bool same_method(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static int route_add(struct nw__http_node *node, const char *method, const struct pattern *pattern,
                     nw_http_handler *handler, void *context)
{
    struct nw__http_route **place = &node->routes;

    for (; *place; place = &(*place)->next)
        if (same_method((*place)->method, method))
            return -EEXIST;
    *place = route_create(method, pattern);
    if (!*place)
        return -ENOMEM;
    (*place)->handler = handler;
    (*place)->context = context;
    return 0;
}

int nw_http_router_create(nw_http_router **router_out)
{
    nw_http_router *router;

    if (!router_out)
        return -EINVAL;
    router = calloc(1, sizeof *router);
    if (!router)
        return -ENOMEM;
    router->root = node_create((nw_slice){NULL, 0});
    if (!router->root) {
        free(router);
        return -ENOMEM;
    }
    *router_out = router;
    return 0;
}

void nw_http_router_destroy(nw_http_router *router)
{
    if (!router)
        return;
    node_destroy(router->root);
    free(router);
}

int nw_http_router_add(nw_http_router *router, const char *method, const char *pattern,
                       nw_http_handler *handler, void *context)
{
    struct pattern parsed;
    struct nw__http_node *node;

    if (!router || !pattern || !handler || (method && !nw__http_is_token(nw_slice_of(method))))
        return -EINVAL;
    if (pattern_parse(pattern, &parsed) < 0)
        return -EINVAL;
    node = node_for(router, pattern); /* without a route, a node changes nothing */
    return node ? route_add(node, method, &parsed, handler, context) : -ENOMEM;
}
