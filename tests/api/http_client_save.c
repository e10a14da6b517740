/* SPDX-License-Identifier: MIT */
/*
 * A body becomes a file: whole or not at all, however long it is; an interrupted one leaves what was there.
 */
#include "../support/http_peer.h"

#define LONG_BYTES (5 * 1024 * 1024 + 123)

static char *content;
static size_t sent_bytes;

static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        CHECK(nw_printf(stream, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LONG_BYTES) > 0);
        if (peer_send(stream, content, sent_bytes) < 0 || sent_bytes < LONG_BYTES)
            break;
    }
    return 0;
}

static int count(uint64_t done, uint64_t total, void *arg)
{
    uint64_t *last = arg;

    CHECK(done > *last && done <= LONG_BYTES);
    CHECK_EQ(total, LONG_BYTES);
    *last = done;
    return 0;
}

static int stop(uint64_t done, uint64_t total, void *arg)
{
    (void)done, (void)total, (void)arg;
    return -EDQUOT;
}

static int64_t save(struct peer *peer, const char *path, const nw_progress *progress)
{
    nw_http_response *response;

    CHECK_EQ(nw_http_get(NULL, peer_url(peer, "/"), &response), 0);
    int64_t n = nw_http_response_save(response, path, progress);
    nw_http_response_close(response);
    return n;
}

static int run(void *arg)
{
    uint64_t last = 0;
    const nw_progress progress = {count, &last}, stopping = {stop, NULL};
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk);
    sent_bytes = LONG_BYTES;
    CHECK_EQ(save(&peer, "file", &progress), LONG_BYTES);
    CHECK_EQ(last, LONG_BYTES);
    check_file_holds("file", content, LONG_BYTES);
    CHECK_EQ(check_count_entries("."), 1);

    check_write_file("file", "old", 3);
    check_write_file("file.part", "left", 4); /* by a run that was killed */
    sent_bytes = LONG_BYTES - 1;
    CHECK_EQ(save(&peer, "file", NULL), NW_ETRUNCATED);
    check_file_holds("file", "old", 3);
    CHECK_EQ(check_count_entries("."), 1);
    sent_bytes = LONG_BYTES;
    CHECK_EQ(save(&peer, "file", &stopping), -EDQUOT);
    CHECK_EQ(save(&peer, "missing/file", NULL), -ENOENT);
    CHECK_EQ(save(&peer, "", NULL), -EINVAL);
    check_file_holds("file", "old", 3);
    CHECK_EQ(check_count_entries("."), 1);
    CHECK_EQ(save(&peer, "file", NULL), LONG_BYTES);
    check_file_holds("file", content, LONG_BYTES);
    CHECK_EQ(check_count_entries("."), 1);
    peer_end(&peer);
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(LONG_BYTES);
    CHECK(content);
    for (int i = 0; i < LONG_BYTES; i++)
        content[i] = (char)(i * 31 >> 3);
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
