/* SPDX-License-Identifier: MIT */
/*
 * Routes: which pattern a path takes, whatever the order in which they were added; what is no pattern; which
 * methods a path has; and a thousand random trees against a search that tries every pattern.
 */
#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static int handler(nw_http_exchange *exchange, void *context)
{
    (void)exchange, (void)context;
    return 0;
}

static nw_http_router *router_of(const char *const *patterns, size_t count, bool backwards)
{
    nw_http_router *router;

    assert_int_equal(nw_http_router_create(&router), 0);
    for (size_t i = 0; i < count; i++) {
        const char *pattern = patterns[backwards ? count - 1 - i : i];
        assert_int_equal(nw_http_router_add(router, "GET", pattern, handler, (void *)(uintptr_t)pattern), 0);
    }
    return router;
}

/* "PATTERN name=value name=value", or "" when there is none. */
static const char *route_of(const nw_http_router *router, const char *path)
{
    static char text[1024];
    struct nw__http_match match;
    int n, rc = nw__http_router_match(router, "GET", path, &match);

    if (rc < 0) {
        assert_int_equal(rc, -ENOENT);
        return "";
    }
    assert_ptr_equal(match.handler, handler);
    n = snprintf(text, sizeof text, "%s", (const char *)match.context);
    for (unsigned i = 0; i < match.count; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %s=%.*s", match.names[i],
                      (int)match.values[i].size, match.values[i].data);
    return text;
}

static const char *const patterns[] = {
    "/",
    "/users",
    "/users/{id}",
    "/users/me",
    "/users/{id}/posts",
    "/users/{name}/posts/{post}",
    "/users/me/posts/first",
    "/users/{id}/",
    "/files/{rest...}",
    "/files/special/{rest...}",
    "/files/special/{x}/y",
    "/a b",
    "/{any}/b/c",
    "/a/{x}/d",
    "/a//b",
};

static void paths_take_the_closest_pattern(void **state)
{
    static const struct {
        const char *path;
        const char *route;
    } cases[] = {
        {"/", "/"},
        {"/users", "/users"},
        {"/users/7", "/users/{id} id=7"},
        {"/users/me", "/users/me"},
        {"/users/mee", "/users/{id} id=mee"},
        {"/users/m", "/users/{id} id=m"},
        {"/users/", ""},
        {"/users//", ""},
        {"/users/7/", "/users/{id}/ id=7"},
        {"/users/7/posts", "/users/{id}/posts id=7"},
        {"/users/7/posts/", ""},
        {"/users/7/posts/8", "/users/{name}/posts/{post} name=7 post=8"},
        {"/users/me/posts", "/users/{id}/posts id=me"},
        {"/users/me/posts/first", "/users/me/posts/first"},
        {"/users/me/posts/second", "/users/{name}/posts/{post} name=me post=second"},
        {"/files", ""},
        {"/files/", "/files/{rest...} rest="},
        {"/files/a", "/files/{rest...} rest=a"},
        {"/files/a/b//c/", "/files/{rest...} rest=a/b//c/"},
        {"/files/special/x", "/files/special/{rest...} rest=x"},
        {"/files/special/x/y", "/files/special/{x}/y x=x"},
        {"/files/special/x/z", "/files/special/{rest...} rest=x/z"},
        {"/files/special", "/files/{rest...} rest=special"},
        {"/a b", "/a b"},
        {"/a/b/c", "/{any}/b/c any=a"},
        {"/a/b/d", "/a/{x}/d x=b"},
        {"/a/b/e", ""},
        {"/a//b", "/a//b"},
        {"/nothing", ""},
        {"", ""},
        {"*", ""},
        {"users", ""},
    };

    (void)state;
    for (int backwards = 0; backwards <= 1; backwards++) {
        nw_http_router *router = router_of(patterns, sizeof patterns / sizeof *patterns, backwards);

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            assert_string_equal(route_of(router, cases[i].path), cases[i].route);
        nw_http_router_destroy(router);
    }
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const bad[] = {
        "",        "a",      "a/b",    "/{",       "/}",     "/{}",       "/{id",          "/id}",
        "/x{id}",  "/{id}x", "/{1}",   "/{a-b}",   "/{...}", "/{a...}/b", "/{a...}/",      "/{a}/{a}",
        "/{a}/{b", "/.",     "/..",    "/a/../b",  "/a/./b", "/{a}{b}",   "/{a}/b/{a...}", "/{{a}}",
        "/{a..}",  "/{ a}",  "/{a b}", "/{a....}",
    };
    static const char *const bad_methods[] = {"", "GET ", "G T", "GET\r", "GET,POST", "\xc3\xa4"};
    char deep[NW__HTTP_SEGMENTS * 2 + 3] = "";
    char many[8 * (NW__HTTP_PARAMS + 1)] = "";
    nw_http_router *router;

    (void)state;
    assert_int_equal(nw_http_router_create(NULL), -EINVAL);
    assert_int_equal(nw_http_router_create(&router), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(nw_http_router_add(router, NULL, bad[i], handler, NULL), -EINVAL);
    for (size_t i = 0; i < sizeof bad_methods / sizeof *bad_methods; i++)
        assert_int_equal(nw_http_router_add(router, bad_methods[i], "/", handler, NULL), -EINVAL);
    for (int i = 0; i < NW__HTTP_SEGMENTS; i++)
        strcat(deep, "/a");
    assert_int_equal(nw_http_router_add(router, NULL, deep, handler, NULL), 0);
    strcat(deep, "/a");
    assert_int_equal(nw_http_router_add(router, NULL, deep, handler, NULL), -EINVAL);
    for (int i = 0; i <= NW__HTTP_PARAMS; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "/{a%d}", i);
    assert_int_equal(nw_http_router_add(router, NULL, many, handler, NULL), -EINVAL);
    *strrchr(many, '/') = '\0';
    assert_int_equal(nw_http_router_add(router, NULL, many, handler, NULL), 0);
    assert_int_equal(nw_http_router_add(router, NULL, "/x", NULL, NULL), -EINVAL);
    assert_int_equal(nw_http_router_add(router, NULL, NULL, handler, NULL), -EINVAL);
    assert_int_equal(nw_http_router_add(NULL, NULL, "/x", handler, NULL), -EINVAL);
    nw_http_router_destroy(router);
    nw_http_router_destroy(NULL);
}

static void the_same_twice_is_an_error(void **state)
{
    nw_http_router *router;

    (void)state;
    assert_int_equal(nw_http_router_create(&router), 0);
    assert_int_equal(nw_http_router_add(router, "GET", "/a/{x}", handler, NULL), 0);
    assert_int_equal(nw_http_router_add(router, "GET", "/a/{y}", handler, NULL), -EEXIST);
    assert_int_equal(nw_http_router_add(router, "POST", "/a/{y}", handler, NULL), 0);
    assert_int_equal(nw_http_router_add(router, NULL, "/a/{y}", handler, NULL), 0);
    assert_int_equal(nw_http_router_add(router, NULL, "/a/{x}", handler, NULL), -EEXIST);
    assert_int_equal(nw_http_router_add(router, "GET", "/a/{x...}", handler, NULL), 0);
    assert_int_equal(nw_http_router_add(router, "get", "/a/{x}", handler, NULL), 0); /* another method */
    nw_http_router_destroy(router);
}

/* -- methods -- */

static const char *method_route(const nw_http_router *router, const char *method, const char *path)
{
    struct nw__http_match match;
    int rc = nw__http_router_match(router, method, path, &match);

    return rc == 0 ? match.context : rc == -ENOENT ? "404" : rc == -ENOTSUP ? "405" : "?";
}

static void check_allow(const nw_http_router *router, const char *path, const char *expected)
{
    struct nw__bytes list;

    nw__bytes_init(&list, 1024);
    assert_int_equal(nw__http_router_allow(router, path, &list), 0);
    assert_int_equal(nw__bytes_append(&list, "", 1), 0);
    assert_string_equal(list.data, expected);
    nw__bytes_finish(&list);
}

static void add(nw_http_router *router, const char *method, const char *pattern, const char *name)
{
    assert_int_equal(nw_http_router_add(router, method, pattern, handler, (void *)(uintptr_t)name), 0);
}

static void methods_are_part_of_the_choice(void **state)
{
    nw_http_router *router;

    (void)state;
    assert_int_equal(nw_http_router_create(&router), 0);
    add(router, "GET", "/a", "get");
    add(router, "POST", "/a", "post");
    add(router, "HEAD", "/h", "head");
    add(router, "GET", "/h", "get h");
    add(router, NULL, "/any", "any");
    add(router, "GET", "/any", "get any");
    add(router, "PUT", "/{x}", "put");
    add(router, "GET", "/{x}", "get x");

    assert_string_equal(method_route(router, "GET", "/a"), "get");
    assert_string_equal(method_route(router, "HEAD", "/a"), "get");
    assert_string_equal(method_route(router, "POST", "/a"), "post");
    assert_string_equal(method_route(router, "PUT", "/a"), "put"); /* "/{x}" has it */
    assert_string_equal(method_route(router, "DELETE", "/a"), "405");
    assert_string_equal(method_route(router, "get", "/a"), "405");
    assert_string_equal(method_route(router, "HEAD", "/h"), "head");
    assert_string_equal(method_route(router, "GET", "/h"), "get h");
    assert_string_equal(method_route(router, "HEAD", "/any"), "get any");
    assert_string_equal(method_route(router, "BREW", "/any"), "any");
    assert_string_equal(method_route(router, "GET", "/b"), "get x");
    assert_string_equal(method_route(router, "GET", "/a/b"), "404");
    assert_string_equal(method_route(router, "GET", "/"), "404");

    check_allow(router, "/a", "GET, HEAD, POST, PUT");
    check_allow(router, "/h", "HEAD, GET, PUT");
    check_allow(router, "/b", "PUT, GET, HEAD");
    check_allow(router, "/a/b", "");
    check_allow(router, "*", "");
    nw_http_router_destroy(router);
}

/* -- against a search that tries every pattern -- */

#define RANDOM_PATTERNS 12
#define RANDOM_DEPTH    4

/* Of a pattern, a digit each: 0 ends it; 1 and 2: literals "a", "ab"; 3: a parameter; 4: a rest. */
struct shape {
    int segments[RANDOM_DEPTH + 1];
    char text[64];
};

static bool same_shape(const struct shape *a, const struct shape *b)
{
    return memcmp(a->segments, b->segments, sizeof a->segments) == 0;
}

static void random_shape(uint64_t *random, struct shape *shape)
{
    static const char *const literals[] = {"", "/a", "/ab"};
    int depth = 1 + (int)(unit_random(random) % RANDOM_DEPTH);

    memset(shape, 0, sizeof *shape);
    for (int i = 0; i < depth; i++) {
        int kind = 1 + (int)(unit_random(random) % (i == depth - 1 ? 4 : 3));
        size_t end = strlen(shape->text);

        shape->segments[i] = kind;
        if (kind <= 2)
            snprintf(shape->text + end, sizeof shape->text - end, "%s", literals[kind]);
        else
            snprintf(shape->text + end, sizeof shape->text - end, "/{p%d%s}", i, kind == 4 ? "..." : "");
    }
}

static bool shape_takes(const struct shape *shape, const char *path)
{
    for (int i = 0;; i++) {
        int kind = shape->segments[i];
        const char *end;

        if (*path != '/' || kind == 0)
            return *path == '\0' && kind == 0;
        if (kind == 4)
            return true;
        path++;
        end = path + strcspn(path, "/");
        if (kind == 3 ? end == path
                      : (size_t)(end - path) != (size_t)kind || strncmp(path, "ab", (size_t)kind) != 0)
            return false;
        path = end;
    }
}

/* Literal before parameter before rest, from the left. */
static bool goes_before(const struct shape *a, const struct shape *b)
{
    for (int i = 0; i <= RANDOM_DEPTH; i++) {
        int rank_a = a->segments[i] <= 2 ? 0 : a->segments[i];
        int rank_b = b->segments[i] <= 2 ? 0 : b->segments[i];
        if (rank_a != rank_b)
            return rank_a < rank_b;
    }
    return false;
}

static void random_path(uint64_t *random, char *path)
{
    static const char *const parts[] = {"a", "ab", "b", "", "abc"};
    int depth = 1 + (int)(unit_random(random) % (RANDOM_DEPTH + 1));

    *path = '\0';
    for (int i = 0; i < depth; i++) {
        strcat(path, "/");
        strcat(path, parts[unit_random(random) % 5]);
    }
}

static void random_trees_agree_with_a_search(void **state)
{
    uint64_t random = 42;

    (void)state;
    for (int round = 0; round < 1000; round++) {
        struct shape shapes[RANDOM_PATTERNS];
        size_t count = 0;
        nw_http_router *router;

        assert_int_equal(nw_http_router_create(&router), 0);
        for (int i = 0; i < RANDOM_PATTERNS; i++) {
            bool twice = false;
            random_shape(&random, &shapes[count]);
            for (size_t j = 0; j < count; j++)
                twice = twice || same_shape(&shapes[j], &shapes[count]);
            assert_int_equal(nw_http_router_add(router, "GET", shapes[count].text, handler, &shapes[count]),
                             twice ? -EEXIST : 0);
            count += !twice;
        }
        for (int i = 0; i < 100; i++) {
            const struct shape *best = NULL;
            struct nw__http_match match = {0};
            char path[64];
            int rc;

            random_path(&random, path);
            for (size_t j = 0; j < count; j++)
                if (shape_takes(&shapes[j], path) && (!best || goes_before(&shapes[j], best)))
                    best = &shapes[j];
            rc = nw__http_router_match(router, "GET", path, &match);
            assert_int_equal(rc, best ? 0 : -ENOENT);
            assert_ptr_equal(match.context, best);
        }
        nw_http_router_destroy(router);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_take_the_closest_pattern),   cmocka_unit_test(what_is_no_pattern_is_refused),
        cmocka_unit_test(the_same_twice_is_an_error),       cmocka_unit_test(methods_are_part_of_the_choice),
        cmocka_unit_test(random_trees_agree_with_a_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
