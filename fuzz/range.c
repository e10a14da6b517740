/* SPDX-License-Identifier: MIT */
/*
 * Range, Content-Range, Accept-Encoding, the conditions and dates: any text as the value of any of them.
 * Ranges lie within the body, and do not overlap.
 */
#include "fuzz.h"

#include "http/range.h"

static void check_ranges(const char *text, int64_t size)
{
    struct nw__http_range found[NW__HTTP_RANGES];
    int count = nw__http_ranges(text, size, found);

    FUZZ_CHECK(count == -ERANGE || (count >= 0 && count <= NW__HTTP_RANGES));
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(found[i].begin >= 0 && found[i].begin < found[i].end && found[i].end <= size);
        for (int j = 0; j < i; j++)
            FUZZ_CHECK(found[i].end <= found[j].begin || found[j].end <= found[i].begin);
    }
}

static void check_content_range(const char *text)
{
    struct nw__http_range range;
    int64_t total;

    if (nw__http_content_range(text, &range, &total) < 0)
        return;
    FUZZ_CHECK(range.begin >= 0 && range.begin <= range.end);
    FUZZ_CHECK(total >= -1 && (total < 0 || range.end <= total));
}

static void check_conditions(const char *text)
{
    static const char *const names[] = {"If-Match", "If-None-Match", "If-Range", "If-Modified-Since",
                                        "If-Unmodified-Since"};
    static const struct nw__http_validators validators = {"\"a\"", 784111777, false};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        nw_http_headers *headers;
        bool use_range;

        FUZZ_CHECK(nw_http_headers_create(&headers) == 0);
        FUZZ_CHECK(nw_http_headers_add(headers, "Range", "bytes=0-1") == 0);
        if (nw_http_headers_add(headers, names[i], text) == 0) {
            int status = nw__http_conditions(headers, &validators, &use_range);
            FUZZ_CHECK(status == 200 || status == 304 || status == 412);
            FUZZ_CHECK(status == 200 || !use_range);
        }
        nw_http_headers_destroy(headers);
    }
}

/* What is read is written, and read again, the same; where the year has four digits. */
static void check_date(const char *text)
{
    char written[NW_HTTP_DATE_BYTES];
    int64_t time_s, again;

    if (nw_http_date_parse(text, &time_s) < 0)
        return;
    nw_http_date(time_s, written);
    FUZZ_CHECK(strlen(written) == NW_HTTP_DATE_BYTES - 1);
    FUZZ_CHECK(nw_http_date_parse(written, &again) == 0);
    FUZZ_CHECK(time_s == again || time_s == INT64_C(253402300800)); /* the leap second at the end of 9999 */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t sizes[] = {0, 1, 100, 10000, INT64_MAX};
    char *text = fuzz_string(data, size);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_ranges(text, sizes[i]);
    check_content_range(text);
    check_conditions(text);
    check_date(text);
    FUZZ_CHECK(nw__http_accepts_coding(text, "gzip") >= 0 && nw__http_accepts_coding(text, "gzip") <= 1000);
    FUZZ_CHECK(nw__http_accepts_coding(text, "identity") >= 0);
    FUZZ_CHECK(nw_http_media_type(text)[0] != '\0');
    free(text);
    return 0;
}
