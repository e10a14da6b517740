/* SPDX-License-Identifier: MIT */
/*
 * URLs put together: references made absolute (RFC 3986, 5.2 and 5.3), queries added.
 * Owns nothing but what it hands out, which is a URL that nw_url_parse() takes.
 */
#include <nowait/text.h>

#include "base/ascii.h"
#include "http/url_parts.h"

/* RFC 3986, 5.2.3. */
static int append_merged(struct nw__bytes *out, const struct nw__url_parts *base, nw_slice path)
{
    size_t keep = base->path.size;
    int rc;

    while (keep > 0 && base->path.data[keep - 1] != '/')
        keep--;
    if (base->has_authority && base->path.size == 0)
        rc = nw__bytes_append(out, "/", 1);
    else
        rc = nw__url_append(out, (nw_slice){base->path.data, keep}, NW__URL_PATH, true);
    return rc < 0 ? rc : nw__url_append(out, path, NW__URL_PATH, true);
}

/* RFC 3986, 5.2.2: `target`, a reference so far, becomes what it stands for; its path goes to `path_out`. */
static int transform(const struct nw__url_parts *base, struct nw__url_parts *target,
                     struct nw__bytes *path_out)
{
    bool inherits = target->scheme.size == 0 && !target->has_authority;
    bool merges = inherits && (target->path.size == 0 || target->path.data[0] != '/');
    int rc;

    if (target->scheme.size == 0)
        target->scheme = base->scheme;
    if (inherits) {
        target->authority = base->authority;
        target->has_authority = base->has_authority;
    }
    if (inherits && target->path.size == 0) {
        if (!target->has_query) {
            target->query = base->query;
            target->has_query = base->has_query;
        }
        return nw__url_append(path_out, base->path, NW__URL_PATH, true);
    }
    rc = merges ? append_merged(path_out, base, target->path)
                : nw__url_append(path_out, target->path, NW__URL_PATH, true);
    if (rc == 0 && path_out->size_bytes > 0)
        path_out->size_bytes = nw__url_remove_dots(path_out->data, path_out->size_bytes);
    return rc;
}

/* RFC 3986, 5.3: what is before the path. */
static int append_front(struct nw__bytes *out, const struct nw__url_parts *parts, nw_slice path)
{
    int rc = nw__bytes_append(out, parts->scheme.data, parts->scheme.size);

    if (rc == 0)
        nw__make_lower(out->data, parts->scheme.size);
    if (rc == 0 && parts->scheme.size > 0)
        rc = nw__bytes_append_text(out, ":");
    if (rc == 0 && parts->has_authority)
        rc = nw__bytes_append_text(out, "//");
    if (rc == 0)
        rc = nw__bytes_append(out, parts->authority.data, parts->authority.size);
    /* A path must not become an authority. */
    if (rc == 0 && !parts->has_authority && path.size >= 2 && path.data[0] == '/' && path.data[1] == '/')
        rc = nw__bytes_append_text(out, "/.");
    return rc;
}

/* ... and what is behind it; `more` goes to the end of the query. */
static int append_back(struct nw__bytes *out, const struct nw__url_parts *parts, nw_slice more)
{
    int rc = 0;

    if (parts->has_query || more.size > 0)
        rc = nw__bytes_append_text(out, "?");
    if (rc == 0)
        rc = nw__url_append(out, parts->query, NW__URL_QUERY, true);
    if (rc == 0 && parts->query.size > 0 && more.size > 0)
        rc = nw__bytes_append_text(out, "&");
    if (rc == 0)
        rc = nw__bytes_append(out, more.data, more.size);
    if (rc == 0 && parts->has_fragment)
        rc = nw__bytes_append_text(out, "#");
    return rc < 0 ? rc : nw__url_append(out, parts->fragment, NW__URL_QUERY, true);
}

/* The authority is as it was written: whether it is one, the parser says. */
static int take_checked(struct nw__bytes *out, nw_bytes *url_out)
{
    nw_bytes text;
    nw_url url;
    int rc = nw__bytes_take(out, &text);

    if (rc < 0)
        return rc;
    rc = nw_url_parse(text.data, &url);
    if (rc < 0) {
        nw_bytes_finish(&text);
        return rc;
    }
    nw_url_finish(&url);
    *url_out = text;
    return 0;
}

static int compose(const struct nw__url_parts *parts, nw_slice path, nw_slice more_query, nw_bytes *url_out)
{
    struct nw__bytes out;
    int rc;

    nw__bytes_init(&out, SIZE_MAX);
    rc = append_front(&out, parts, path);
    if (rc == 0)
        rc = nw__bytes_append(&out, path.data, path.size);
    if (rc == 0)
        rc = append_back(&out, parts, more_query);
    if (rc == 0)
        rc = take_checked(&out, url_out);
    nw__bytes_finish(&out);
    return rc;
}

int nw_url_resolve(const char *base, const char *reference, nw_bytes *url_out)
{
    struct nw__url_parts from, target;
    struct nw__bytes path;
    int rc;

    if (!base || !reference || !url_out)
        return -EINVAL;
    rc = nw__url_split(nw_slice_of(base), &from);
    if (rc == 0)
        rc = nw__url_split(nw_slice_of(reference), &target);
    if (rc == 0 && from.scheme.size == 0)
        rc = -EINVAL;
    if (rc < 0)
        return rc;
    nw__bytes_init(&path, SIZE_MAX);
    rc = transform(&from, &target, &path);
    if (rc == 0)
        rc = compose(&target, (nw_slice){path.data, path.size_bytes}, (nw_slice){"", 0}, url_out);
    nw__bytes_finish(&path);
    return rc;
}

int nw_url_with_query(const char *url, const nw_pair *pairs, size_t count, nw_bytes *url_out)
{
    struct nw__url_parts parts;
    struct nw__bytes path;
    nw_bytes more;
    int rc;

    if (!url || !url_out)
        return -EINVAL;
    rc = nw__url_split(nw_slice_of(url), &parts);
    if (rc == 0)
        rc = nw_form_encode(pairs, count, &more);
    if (rc != 0)
        return rc;
    nw__bytes_init(&path, SIZE_MAX);
    rc = nw__url_append(&path, parts.path, NW__URL_PATH, true);
    if (rc == 0)
        rc = compose(&parts, (nw_slice){path.data, path.size_bytes}, (nw_slice){more.data, more.size},
                     url_out);
    nw__bytes_finish(&path);
    nw_bytes_finish(&more);
    return rc;
}
