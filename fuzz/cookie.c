/* SPDX-License-Identifier: MIT */
/*
 * Cookies: each line is a Set-Cookie of one site. Whatever it says, other sites get nothing of it, what is
 * sent is one line and bounded, and what came by TLS only does not leave without it.
 */
#include "fuzz.h"

#include <nowait/text.h>

#include "http/cookie.h"

#define NOW INT64_C(1800000000)

static void take(struct nw__cookie_jar *jar, const char *address, const char *field)
{
    nw_url url;

    FUZZ_CHECK(nw_url_parse(address, &url) == 0);
    FUZZ_CHECK(nw__cookie_jar_take(jar, &url, field, NOW) == 0);
    nw_url_finish(&url);
}

/* Returns: how many bytes are sent. */
static size_t give(struct nw__cookie_jar *jar, const char *address)
{
    struct nw__bytes out;
    size_t size;
    nw_url url;

    nw__bytes_init(&out, SIZE_MAX);
    FUZZ_CHECK(nw_url_parse(address, &url) == 0);
    FUZZ_CHECK(nw__cookie_jar_give(jar, &url, NOW, &out) == 0);
    size = out.size_bytes;
    FUZZ_CHECK(size <= 3000 * 4100);
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\t') && out.data[i] != 0x7f);
    nw__bytes_finish(&out);
    nw_url_finish(&url);
    return size;
}

static void take_lines(struct nw__cookie_jar *jar, const char *address, const char *lines)
{
    char *copy = fuzz_string(lines, strlen(lines)), *rest = copy, *line;

    while ((line = strsep(&rest, "\n")))
        take(jar, address, line);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const others[] = {"https://a.test/",  "https://test/",        "https://aevil.test/",
                                         "https://1.2.3.4/", "https://evil.test.a/", "https://[::1]/"};
    char *lines = fuzz_string(data, size);
    struct nw__cookie_jar *jar;
    nw_slice value;

    FUZZ_CHECK(nw__cookie_jar_create(&jar) == 0);
    take_lines(jar, "https://x.evil.test/a/b", lines);
    take_lines(jar, "http://x.evil.test/", lines);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        FUZZ_CHECK(give(jar, others[i]) == 0);
    FUZZ_CHECK(give(jar, "http://x.evil.test/a/b") <= give(jar, "https://x.evil.test/a/b"));
    give(jar, "https://y.evil.test/");
    nw__cookie_jar_destroy(jar);

    FUZZ_CHECK(nw__cookie_jar_create(&jar) == 0);
    take_lines(jar, "http://5.6.7.8/", lines);
    FUZZ_CHECK(give(jar, "http://6.7.8.test/") == 0);
    FUZZ_CHECK(give(jar, "http://1.6.7.8/") == 0);
    nw__cookie_jar_destroy(jar);
    if (nw__cookie_find(lines, "a", &value))
        FUZZ_CHECK(value.data >= lines && value.data + value.size <= lines + strlen(lines));
    free(lines);
    return 0;
}
