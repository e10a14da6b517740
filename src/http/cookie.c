/* SPDX-License-Identifier: MIT */
/*
 * The jar of cookies: what is kept (RFC 6265bis, 5.7), and what goes with a request (5.8.3). Owns the
 * cookies, each in one allocation. A public suffix ("co.uk") is never shared by who is below it: where libpsl
 * is, its list says what is one; without it, a domain of one label is, and no other.
 */
#include "http/cookie.h"

#include <arpa/inet.h>
#include <nowait/text.h>
#include <stdlib.h>

#ifdef NW__HAVE_PSL
#include <libpsl.h>
#endif

#include "base/ascii.h"
#include "base/list.h"
#include "http/cookie_parse.h"
#include "http/headers.h"

#define HOST_MAX 50
#define JAR_MAX  3000

struct cookie {
    struct nw__link link;
    nw_slice name, value, domain, path; /* in `text` */
    bool host_only;
    bool secure;
    bool expires;
    int64_t expires_s;
    uint64_t created; /* these two: by the jar's count */
    uint64_t used;
    char text[];
};

struct nw__cookie_jar {
    struct nw__list cookies;
    size_t count;
    uint64_t ticks;
};

static struct cookie *cookie_of(struct nw__link *link)
{
    return nw__container(link, struct cookie, link);
}

static void drop(struct nw__cookie_jar *jar, struct cookie *cookie)
{
    nw__list_remove(&cookie->link);
    jar->count--;
    free(cookie);
}

int nw__cookie_jar_create(struct nw__cookie_jar **jar_out)
{
    struct nw__cookie_jar *jar = calloc(1, sizeof *jar);

    if (!jar)
        return -ENOMEM;
    nw__list_init(&jar->cookies);
    *jar_out = jar;
    return 0;
}

void nw__cookie_jar_destroy(struct nw__cookie_jar *jar)
{
    if (!jar)
        return;
    nw__list_each_safe (link, &jar->cookies)
        drop(jar, cookie_of(link));
    free(jar);
}

/* -- domains and paths -- */

static bool is_address(nw_slice host)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr binary;

    if (host.size > 0 && memchr(host.data, ':', host.size))
        return true;
    if (host.size >= sizeof text)
        return false;
    memcpy(text, host.data, host.size);
    text[host.size] = '\0';
    return inet_pton(AF_INET, text, &binary) == 1;
}

/* 5.1.3: the same, or below it; what is below an address is nothing. */
static bool domain_matches(nw_slice host, nw_slice domain)
{
    nw_slice end;

    if (host.size <= domain.size || domain.size == 0)
        return nw__http_same(host, domain);
    end = (nw_slice){host.data + (host.size - domain.size), domain.size};
    return end.data[-1] == '.' && nw__http_same(end, domain) && !is_address(host);
}

/* 5.1.4. */
static bool path_matches(nw_slice path, nw_slice cookie_path)
{
    if (path.size < cookie_path.size || !nw_slice_equal((nw_slice){path.data, cookie_path.size}, cookie_path))
        return false;
    return path.size == cookie_path.size || cookie_path.data[cookie_path.size - 1] == '/' ||
           path.data[cookie_path.size] == '/';
}

static nw_slice default_path(const char *url_path)
{
    const char *slash = strrchr(url_path, '/');

    if (url_path[0] != '/' || slash == url_path)
        return (nw_slice){"/", 1};
    return (nw_slice){url_path, (size_t)(slash - url_path)};
}

static bool is_secure(const nw_url *url)
{
    return strcmp(url->scheme, "https") == 0 || strcmp(url->scheme, "wss") == 0;
}

/* By the list that was compiled into libpsl: no file is read, nothing is allocated. */
static bool is_listed(nw_slice domain)
{
#ifdef NW__HAVE_PSL
    char lower[256]; /* RFC 1035, 2.3.4: longer than any name */

    if (domain.size >= sizeof lower)
        return true;
    memcpy(lower, domain.data, domain.size);
    nw__make_lower(lower, domain.size);
    lower[domain.size] = '\0';
    return psl_builtin() && psl_is_public_suffix2(psl_builtin(), lower, PSL_TYPE_ANY);
#else
    (void)domain;
    return false;
#endif
}

/* 5.7, step "public suffix": good for the host of that name alone. */
static bool is_public_suffix(nw_slice domain)
{
    return !memchr(domain.data, '.', domain.size) || is_listed(domain);
}

/* Where the cookie belongs: `host_only_out`, or to a domain. false: to others. */
static bool find_domain(nw_slice host, nw_slice *domain, bool *host_only_out)
{
    *host_only_out = true;
    if (domain->size == 0 || nw__http_same(host, *domain)) {
        *host_only_out = domain->size == 0 || is_address(host) || is_public_suffix(host);
        *domain = host;
        return true;
    }
    *host_only_out = false;
    return domain->data[domain->size - 1] != '.' && domain_matches(host, *domain) &&
           !is_public_suffix(*domain);
}

/* -- taking -- */

/* 5.4: names that promise something. One without a name must not look like one that does. */
static bool keeps_promise(const struct nw__set_cookie *cookie, bool domain_said)
{
    nw_slice name = cookie->name.size > 0 ? cookie->name : cookie->value;
    bool secure = nw__cookie_begins_with(name, "__Secure-"), host = nw__cookie_begins_with(name, "__Host-");

    if (!secure && !host)
        return true;
    if (cookie->name.size == 0 || !cookie->secure)
        return false;
    return !host || (!domain_said && cookie->path.size == 1);
}

/* 5.7, step "leave secure cookies alone": whoever has no TLS cannot overlay one that was set with it. */
static bool hides_secure(struct nw__cookie_jar *jar, const struct nw__set_cookie *cookie)
{
    nw__list_each (link, &jar->cookies) {
        const struct cookie *old = cookie_of(link);

        if (old->secure && nw_slice_equal(old->name, cookie->name) &&
            (domain_matches(old->domain, cookie->domain) || domain_matches(cookie->domain, old->domain)) &&
            path_matches(cookie->path, old->path))
            return true;
    }
    return false;
}

static nw_slice put(char **to, nw_slice text)
{
    nw_slice copy = {*to, text.size};

    if (text.size > 0)
        memcpy(*to, text.data, text.size);
    *to += text.size;
    return copy;
}

static struct cookie *make_cookie(const struct nw__set_cookie *from, bool host_only)
{
    size_t size = from->name.size + from->value.size + from->domain.size + from->path.size;
    struct cookie *cookie = calloc(1, sizeof *cookie + size);
    char *to;

    if (!cookie)
        return NULL;
    to = cookie->text;
    cookie->name = put(&to, from->name);
    cookie->value = put(&to, from->value);
    cookie->domain = put(&to, from->domain);
    cookie->path = put(&to, from->path);
    cookie->host_only = host_only;
    cookie->secure = from->secure;
    cookie->expires = from->expires;
    cookie->expires_s = from->expires_s;
    return cookie;
}

static bool is_over(const struct cookie *cookie, int64_t now_s)
{
    return cookie->expires && cookie->expires_s <= now_s;
}

static struct cookie *find_same(struct nw__cookie_jar *jar, const struct nw__set_cookie *cookie,
                                bool host_only)
{
    nw__list_each (link, &jar->cookies) {
        struct cookie *old = cookie_of(link);

        if (nw_slice_equal(old->name, cookie->name) && nw__http_same(old->domain, cookie->domain) &&
            old->host_only == host_only && nw_slice_equal(old->path, cookie->path))
            return old;
    }
    return NULL;
}

/* Of two, which goes first (5.7): what came without TLS, then what was not used for longest. */
static bool goes_before(const struct cookie *a, const struct cookie *b)
{
    return a->secure != b->secure ? b->secure : a->used < b->used;
}

/* Of all, or of those of one domain. Those that are over go in any case. */
static void evict(struct nw__cookie_jar *jar, const nw_slice *domain, size_t most, int64_t now_s)
{
    struct cookie *victim = NULL;
    size_t count = 0;

    nw__list_each_safe (link, &jar->cookies) {
        struct cookie *cookie = cookie_of(link);

        if (is_over(cookie, now_s)) {
            drop(jar, cookie);
        } else if (!domain || nw__http_same(cookie->domain, *domain)) {
            count++;
            if (!victim || goes_before(cookie, victim))
                victim = cookie;
        }
    }
    if (count >= most)
        drop(jar, victim);
}

/* In place of the one that is the same, whose time of creation it keeps (5.7). */
static int keep(struct nw__cookie_jar *jar, const struct nw__set_cookie *from, bool host_only, int64_t now_s)
{
    struct cookie *old = find_same(jar, from, host_only), *cookie = make_cookie(from, host_only);

    if (!cookie)
        return -ENOMEM;
    cookie->created = cookie->used = ++jar->ticks;
    if (old) {
        cookie->created = old->created;
        drop(jar, old);
    }
    if (is_over(cookie, now_s)) {
        free(cookie);
        return 0;
    }
    evict(jar, &cookie->domain, HOST_MAX, now_s);
    evict(jar, NULL, JAR_MAX, now_s);
    nw__list_push_back(&jar->cookies, &cookie->link);
    jar->count++;
    return 0;
}

int nw__cookie_jar_take(struct nw__cookie_jar *jar, const nw_url *url, const char *set_cookie, int64_t now_s)
{
    struct nw__set_cookie cookie;
    bool host_only, domain_said;

    if (!nw__set_cookie_parse(nw_slice_of(set_cookie), now_s, &cookie))
        return 0;
    domain_said = cookie.domain.size > 0;
    if (!find_domain(nw_slice_of(url->host), &cookie.domain, &host_only) || url->host[0] == '\0')
        return 0;
    if (!keeps_promise(&cookie, domain_said))
        return 0;
    if (cookie.path.size == 0)
        cookie.path = default_path(url->path);
    if (cookie.secure ? !is_secure(url) : cookie.site == NW__COOKIE_SITE_NONE)
        return 0;
    if (!cookie.secure && !is_secure(url) && hides_secure(jar, &cookie))
        return 0;
    return keep(jar, &cookie, host_only, now_s);
}

/* -- giving -- */

static bool fits(const struct cookie *cookie, const nw_url *url, int64_t now_s)
{
    nw_slice host = nw_slice_of(url->host);

    return !is_over(cookie, now_s) && (!cookie->secure || is_secure(url)) &&
           (cookie->host_only ? nw__http_same(host, cookie->domain) : domain_matches(host, cookie->domain)) &&
           path_matches(nw_slice_of(url->path), cookie->path);
}

/* 5.8.3: longer paths first, then what was made earlier. */
static int compare(const void *a, const void *b)
{
    const struct cookie *x = *(struct cookie *const *)a, *y = *(struct cookie *const *)b;

    if (x->path.size != y->path.size)
        return x->path.size > y->path.size ? -1 : 1;
    return x->created < y->created ? -1 : x->created > y->created;
}

static int append_cookie(struct nw__bytes *out, const struct cookie *cookie, bool first)
{
    int rc = first ? 0 : nw__bytes_append(out, "; ", 2);

    if (rc == 0 && cookie->name.size > 0) {
        rc = nw__bytes_append(out, cookie->name.data, cookie->name.size);
        if (rc == 0)
            rc = nw__bytes_append(out, "=", 1);
    }
    return rc < 0 ? rc : nw__bytes_append(out, cookie->value.data, cookie->value.size);
}

/* Those that fit, in order, to be freed; NULL and a count of 0: there are none. */
static int collect(struct nw__cookie_jar *jar, const nw_url *url, int64_t now_s, struct cookie ***found_out,
                   size_t *count_out)
{
    struct cookie **found = NULL;
    size_t count = 0;

    nw__list_each (link, &jar->cookies)
        count += fits(cookie_of(link), url, now_s);
    if (count > 0) {
        found = malloc(count * sizeof(struct cookie *));
        if (!found)
            return -ENOMEM;
        count = 0;
        nw__list_each (link, &jar->cookies)
            if (fits(cookie_of(link), url, now_s))
                found[count++] = cookie_of(link);
        qsort(found, count, sizeof(struct cookie *), compare);
    }
    *found_out = found;
    *count_out = count;
    return 0;
}

int nw__cookie_jar_give(struct nw__cookie_jar *jar, const nw_url *url, int64_t now_s, struct nw__bytes *out)
{
    struct cookie **found;
    size_t count, before = out->size_bytes;
    int rc = collect(jar, url, now_s, &found, &count);

    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        found[i]->used = ++jar->ticks;
        rc = append_cookie(out, found[i], i == 0);
    }
    if (rc < 0)
        out->size_bytes = before;
    free(found);
    return rc;
}
