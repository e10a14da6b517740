/* SPDX-License-Identifier: MIT */
/*
 * Bodies of several parts, sent and received, while one request for memory or for a thread fails: either side
 * says so, the next attempt succeeds, and nothing leaks.
 */
#include <nowait.h>

#include "place.h"

static int take_part(nw_http_exchange *exchange, const char *name, const char *file_name, const char *data)
{
    nw_http_form_part part;
    nw_bytes found;
    int rc = nw_http_next_part(exchange, &part);

    if (rc < 0)
        return rc;
    CHECK_EQ(rc, 1);
    CHECK(strcmp(part.name, name) == 0);
    CHECK(file_name ? part.file_name && strcmp(part.file_name, file_name) == 0 : !part.file_name);
    rc = nw_read_all(part.body, 0, &found);
    if (rc < 0)
        return rc;
    CHECK(strcmp(found.data, data) == 0);
    nw_bytes_finish(&found);
    return 0;
}

static int take(nw_http_exchange *exchange, void *context)
{
    nw_http_form_part part;
    int rc = take_part(exchange, "a", NULL, "one");

    (void)context;
    if (rc == 0)
        rc = take_part(exchange, "f", "file.txt", "content");
    if (rc == 0)
        rc = nw_http_next_part(exchange, &part);
    if (rc < 0)
        return rc;
    CHECK_EQ(rc, 0);
    return nw_http_reply_text(exchange, 200, "taken");
}

/* 0: the server has taken it. */
static int send_parts(const char *url, size_t turn)
{
    static const nw_http_part parts[] = {{.name = "a", .data = {"one", 3}},
                                         {.name = "f", .path = "file.txt"}};
    nw_http_request_options request = {.url = url, .parts = parts, .part_count = 2};
    nw_http_response *response;
    nw_http_client *client;
    int rc = nw_http_client_create(NULL, &client);

    (void)turn;
    if (rc < 0)
        return rc;
    rc = nw_http_request(client, &request, &response);
    if (rc == 0) {
        rc = nw_http_response_status(response) == 200 ? 0 : -EIO;
        nw_http_response_close(response);
    }
    nw_http_client_destroy(client);
    return rc;
}

static int use(void *arg)
{
    struct place place = {.handler = take, .scheme = "http://", .path = "/"};

    (void)arg;
    return place_ask(&place, send_parts, 1);
}

int main(void)
{
    check_write_file("file.txt", "content", 7);
    fault_run(use);
    return 0;
}
