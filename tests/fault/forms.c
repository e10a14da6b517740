/* SPDX-License-Identifier: MIT */
/*
 * URLs, queries and forms, while one request for memory fails: the call says so, changes no output, leaks
 * nothing, and the next attempt succeeds.
 */
#include <nowait.h>

#include "fault.h"

static void use_urls(void)
{
    static const nw_pair pairs[] = {{"a", "1 2"}, {"b", "3"}};
    nw_bytes text;
    nw_form form;
    nw_url url;
    int rc;

    TWICE(rc, nw_url_parse("http://u:p@a:1/b c?d#e", &url));
    CHECK_EQ(rc, 0);
    CHECK(strcmp(url.path, "/b%20c") == 0);
    nw_url_finish(&url);
    TWICE(rc, nw_url_resolve("http://a/b/c", "../d e", &text));
    CHECK_EQ(rc, 0);
    CHECK(strcmp(text.data, "http://a/d%20e") == 0);
    nw_bytes_finish(&text);
    TWICE(rc, nw_url_with_query("http://a/b?c", pairs, 2, &text));
    CHECK_EQ(rc, 0);
    CHECK(strcmp(text.data, "http://a/b?c&a=1+2&b=3") == 0);
    nw_bytes_finish(&text);
    TWICE(rc, nw_form_decode(nw_slice_of("a=1+2&b"), &form));
    CHECK_EQ(rc, 0);
    CHECK(strcmp(nw_form_value(&form, "a"), "1 2") == 0);
    nw_form_finish(&form);
    TWICE(rc, nw_url_encode(nw_slice_of("a b"), NULL, &text));
    CHECK_EQ(rc, 0);
    nw_bytes_finish(&text);
    TWICE(rc, nw_url_decode(nw_slice_of("a%20b"), &text));
    CHECK_EQ(rc, 0);
    CHECK(strcmp(text.data, "a b") == 0);
    nw_bytes_finish(&text);
}

int main(void)
{
    use_urls();
    if (fault_disarm)
        fault_disarm();
    use_urls();
    return 0;
}
