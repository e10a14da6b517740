/* SPDX-License-Identifier: MIT */
/*
 * URLs, references, forms: two lines of input, a base and a reference, each of them also by itself. What is
 * taken is clean, and what is made of it is taken again and means the same.
 */
#include "fuzz.h"

#include <nowait/text.h>
#include <nowait/url.h>

static bool is_clean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f || strchr("\"<>\\^`{|}", *text))
            return false;
    return true;
}

static void check_parts(const nw_url *url)
{
    FUZZ_CHECK(is_clean(url->scheme) && is_clean(url->host));
    FUZZ_CHECK(is_clean(url->path) && is_clean(url->query) && is_clean(url->fragment));
    FUZZ_CHECK(!strpbrk(url->path, "?#") && !strchr(url->query, '#') && !strchr(url->fragment, '#'));
    FUZZ_CHECK(!strpbrk(url->host, "@/?#[]ABCDEFGHIJKLMNOPQRSTUVWXYZ") || strchr(url->host, '%'));
    FUZZ_CHECK(!strchr(url->host, ':') || strlen(url->host) >= 2);
    FUZZ_CHECK(url->host[0] == '\0' || url->path[0] == '/');
    FUZZ_CHECK(url->port <= 65535);
    FUZZ_CHECK(url->has_query || url->query[0] == '\0');
}

/* Written out by resolving, it is the same URL. */
static void check_again(const char *text, const nw_url *url)
{
    nw_bytes whole;
    nw_url again;

    if (url->scheme[0] == '\0' || nw_url_resolve(text, "", &whole) < 0)
        return;
    FUZZ_CHECK(nw_url_parse(whole.data, &again) == 0);
    FUZZ_CHECK(strcmp(url->scheme, again.scheme) == 0 && strcmp(url->host, again.host) == 0);
    FUZZ_CHECK(strcmp(url->user, again.user) == 0 && strcmp(url->password, again.password) == 0);
    FUZZ_CHECK(!url->has_authority || strcmp(url->path, again.path) == 0);
    FUZZ_CHECK(strcmp(url->query, again.query) == 0 && url->port == again.port);
    nw_url_finish(&again);
    nw_bytes_finish(&whole);
}

/* Plain URLs are taken apart in a way of their own, which a capital letter keeps them from. */
static void check_both_ways(const char *text)
{
    char *shouted = fuzz_string((const uint8_t *)text, strlen(text));
    nw_url a, b;
    int rc = nw_url_parse(text, &a);

    shouted[0] = 'H';
    FUZZ_CHECK(nw_url_parse(shouted, &b) == rc);
    free(shouted);
    if (rc < 0)
        return;
    FUZZ_CHECK(strcmp(a.scheme, b.scheme) == 0 && strcmp(a.host, b.host) == 0 && a.port == b.port);
    FUZZ_CHECK(strcmp(a.user, b.user) == 0 && strcmp(a.password, b.password) == 0);
    FUZZ_CHECK(strcmp(a.path, b.path) == 0 && strcmp(a.query, b.query) == 0);
    FUZZ_CHECK(strcmp(a.fragment, b.fragment) == 0 && a.has_query == b.has_query);
    nw_url_finish(&a);
    nw_url_finish(&b);
}

static void check_one(const char *text)
{
    nw_url url;

    if (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0)
        check_both_ways(text);
    if (nw_url_parse(text, &url) < 0)
        return;
    check_parts(&url);
    check_again(text, &url);
    nw_url_finish(&url);
}

static void check_reference(const char *base, const char *reference)
{
    nw_bytes url;
    nw_url parsed;

    if (nw_url_resolve(base, reference, &url) < 0)
        return;
    FUZZ_CHECK(strlen(url.data) == url.size);
    FUZZ_CHECK(nw_url_parse(url.data, &parsed) == 0);
    FUZZ_CHECK(parsed.scheme[0] != '\0');
    check_parts(&parsed);
    nw_url_finish(&parsed);
    nw_bytes_finish(&url);
}

static void check_form(nw_slice text)
{
    nw_form form, again;
    nw_bytes written;

    if (nw_form_decode(text, &form) < 0)
        return;
    FUZZ_CHECK(nw_form_encode(form.pairs, form.count, &written) == 0);
    FUZZ_CHECK(nw_form_decode((nw_slice){written.data, written.size}, &again) == 0);
    FUZZ_CHECK(form.count == again.count);
    for (size_t i = 0; i < form.count; i++) {
        FUZZ_CHECK(strcmp(form.pairs[i].name, again.pairs[i].name) == 0);
        FUZZ_CHECK(strcmp(form.pairs[i].value, again.pairs[i].value) == 0);
    }
    nw_bytes_finish(&written);
    nw_form_finish(&again);
    nw_form_finish(&form);
}

static void check_encoding(nw_slice text)
{
    nw_bytes encoded, decoded;

    FUZZ_CHECK(nw_url_encode(text, "/", &encoded) == 0);
    FUZZ_CHECK(is_clean(encoded.data));
    FUZZ_CHECK(nw_url_decode((nw_slice){encoded.data, encoded.size}, &decoded) == 0);
    FUZZ_CHECK(nw_slice_equal(text, (nw_slice){decoded.data, decoded.size}));
    nw_bytes_finish(&decoded);
    nw_bytes_finish(&encoded);
    if (nw_url_decode(text, &decoded) == 0)
        nw_bytes_finish(&decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size), *copy = fuzz_copy(data, size);
    char *newline = strchr(text, '\n');

    check_form((nw_slice){copy, size});
    check_encoding((nw_slice){copy, size});
    if (newline)
        *newline = '\0';
    check_one(text);
    check_reference("http://a/b/c/d;p?q", text);
    if (newline) {
        check_one(newline + 1);
        check_reference(text, newline + 1);
    }
    free(copy);
    free(text);
    return 0;
}
