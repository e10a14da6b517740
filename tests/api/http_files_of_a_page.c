/* SPDX-License-Identifier: MIT */
/*
 * A file of /sys that says that it has a page, and has one when it is looked at: it need not have one when it
 * is sent, so it is sent in chunks and without validators, as its shorter neighbours are.
 */
#include "../support/web_files.h"

#define PAGE_BYTES 4096 /* what the file has */

static const char *const candidates[] = {
    "/sys/kernel/boot_params/data",
    "/sys/devices/pci0000:00/0000:00:00.0/config",
};

static const char *full_page; /* one of these */
static nw_bytes content;

static int reply_file(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_file(exchange, full_page);
}

/* The fields, and then the content in one piece or several. */
static int test(void *arg)
{
    nw_http_response *response;
    struct web web = {.handler = NULL};
    nw_bytes body;

    (void)arg;
    web_start(&web, reply_file, NULL);
    CHECK_EQ(nw_http_get(NULL, text_of("http://%s/", web.where + strlen("tcp://")), &response), 0);
    CHECK_EQ(nw_http_response_status(response), 200);
    CHECK_STR(nw_http_response_header(response, "Transfer-Encoding"), "chunked");
    CHECK(!nw_http_response_header(response, "Content-Length"));
    CHECK(!nw_http_response_header(response, "ETag"));
    CHECK(!nw_http_response_header(response, "Last-Modified"));
    CHECK(!nw_http_response_header(response, "Accept-Ranges"));
    CHECK_EQ(nw_http_response_read(response, 0, &body), 0);
    CHECK_EQ(body.size, PAGE_BYTES);
    CHECK_MEM(body.data, content.data, PAGE_BYTES);
    nw_bytes_finish(&body);
    nw_http_response_close(response);
    web_stop(&web);
    return 0;
}

static int find(void *arg)
{
    struct stat status;

    (void)arg;
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates && !full_page; i++) {
        if (stat(candidates[i], &status) < 0 || status.st_size != PAGE_BYTES ||
            nw_read_file(candidates[i], 0, &content) < 0)
            continue;
        if (content.size == PAGE_BYTES)
            full_page = candidates[i];
        else
            nw_bytes_finish(&content);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(find, NULL), 0);
    if (!full_page)
        check_skip("no file of /sys is known here that has exactly a page");
    CHECK_EQ(nw_run(test, NULL), 0);
    nw_bytes_finish(&content);
    return 0;
}
