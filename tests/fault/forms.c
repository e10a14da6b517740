/* SPDX-License-Identifier: MIT */
/*
 * URLs, queries and forms, while one request for memory fails: the call says so, changes no output, leaks
 * nothing, and the next attempt succeeds.
 */
#include <nowait.h>

#include "check.h"

/* The shim's, when it is loaded. */
extern void fault_disarm(void) __attribute__((weak));

/* The call, and once more when it failed for want of memory. */
#define TWICE(call) ((rc = (call)) == -ENOMEM ? (rc = (call)) : rc)

static void use_urls(void)
{
    static const nw_pair pairs[] = {{"a", "1 2"}, {"b", "3"}};
    nw_bytes text;
    nw_form form;
    nw_url url;
    int rc;

    CHECK_EQ(TWICE(nw_url_parse("http://u:p@a:1/b c?d#e", &url)), 0);
    CHECK(strcmp(url.path, "/b%20c") == 0);
    nw_url_finish(&url);
    CHECK_EQ(TWICE(nw_url_resolve("http://a/b/c", "../d e", &text)), 0);
    CHECK(strcmp(text.data, "http://a/d%20e") == 0);
    nw_bytes_finish(&text);
    CHECK_EQ(TWICE(nw_url_with_query("http://a/b?c", pairs, 2, &text)), 0);
    CHECK(strcmp(text.data, "http://a/b?c&a=1+2&b=3") == 0);
    nw_bytes_finish(&text);
    CHECK_EQ(TWICE(nw_form_decode(nw_slice_of("a=1+2&b"), &form)), 0);
    CHECK(strcmp(nw_form_value(&form, "a"), "1 2") == 0);
    nw_form_finish(&form);
    CHECK_EQ(TWICE(nw_url_encode(nw_slice_of("a b"), NULL, &text)), 0);
    nw_bytes_finish(&text);
    CHECK_EQ(TWICE(nw_url_decode(nw_slice_of("a%20b"), &text)), 0);
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
