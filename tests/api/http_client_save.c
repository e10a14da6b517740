/* SPDX-License-Identifier: MIT */
/*
 * A body becomes a file: whole or not at all, however long it is; an interrupted one leaves what was there.
 */
#include "../support/http_peer.h"

#define LONG_BYTES  (5 * 1024 * 1024 + 123)
#define SHORT_BYTES 1000

static char *content;
static size_t sent_bytes, announced_bytes = LONG_BYTES;

static int talk(struct peer *peer, nw_stream *stream)
{
    while (peer_read_head(peer, stream) > 0) {
        CHECK(nw_printf(stream, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", announced_bytes) > 0);
        if (peer_send(stream, content, sent_bytes) < 0 || sent_bytes < announced_bytes)
            break;
    }
    return 0;
}

static int count(uint64_t done, uint64_t total, void *arg)
{
    uint64_t *last = arg;

    CHECK(done > *last && done <= announced_bytes);
    CHECK_EQ(total, announced_bytes);
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

/* The same for what is long, and goes through streams, and for what is short, and does not. */
static void save_all(struct peer *peer, size_t size)
{
    uint64_t last = 0;
    const nw_progress progress = {count, &last}, stopping = {stop, NULL};

    announced_bytes = sent_bytes = size;
    CHECK_EQ(save(peer, "file", &progress), (int64_t)size);
    CHECK_EQ(last, size);
    check_file_holds("file", content, size);
    CHECK_EQ(check_count_entries("."), 1);

    check_write_file("file", "old", 3);
    check_write_file("file.part", "left", 4); /* by a run that was killed */
    sent_bytes = size - 1;
    CHECK_EQ(save(peer, "file", NULL), NW_ETRUNCATED);
    check_file_holds("file", "old", 3);
    unlink("file.part");
    CHECK_EQ(check_count_entries("."), 1);
    sent_bytes = size;
    CHECK_EQ(save(peer, "file", &stopping), -EDQUOT);
    CHECK_EQ(save(peer, "missing/file", NULL), -ENOENT);
    CHECK_EQ(save(peer, "", NULL), -EINVAL);
    check_file_holds("file", "old", 3);
    CHECK_EQ(check_count_entries("."), 1);
    CHECK_SYS(symlink("elsewhere", "file.part")); /* by somebody else: it is not followed */
    CHECK_EQ(save(peer, "file", NULL), (int64_t)size);
    check_file_holds("file", content, size);
    CHECK_EQ(check_count_entries("."), 1);
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_EQ(save(peer, "folder", NULL), -EISDIR);
    CHECK_EQ(check_count_entries("."), 2);
    CHECK_SYS(rmdir("folder"));
}

/* A second try, elsewhere, after one that failed before or behind the first byte. */
static void save_again(struct peer *peer, size_t size)
{
    const nw_progress stopping = {stop, NULL};
    nw_http_response *response;
    bool is_short = size == SHORT_BYTES;

    announced_bytes = sent_bytes = size;
    CHECK_EQ(nw_http_get(NULL, peer_url(peer, "/"), &response), 0);
    CHECK_EQ(nw_http_response_save(response, "missing/file", NULL), -ENOENT);
    CHECK_EQ(nw_http_response_save(response, "again", NULL), (int64_t)size);
    check_file_holds("again", content, size);
    nw_http_response_close(response);
    CHECK_SYS(unlink("again"));

    CHECK_EQ(nw_http_get(NULL, peer_url(peer, "/"), &response), 0);
    CHECK_EQ(nw_http_response_save(response, "again", &stopping), -EDQUOT);
    CHECK_EQ(nw_http_response_save(response, "again", NULL), is_short ? (int64_t)size : NW_ETRUNCATED);
    if (is_short)
        check_file_holds("again", content, size);
    else
        CHECK_EQ(access("again", F_OK), -1);
    nw_http_response_close(response);
    (void)unlink("again");
}

static int run(void *arg)
{
    struct peer peer;

    (void)arg;
    peer_begin(&peer, talk);
    save_all(&peer, LONG_BYTES);
    save_all(&peer, SHORT_BYTES);
    save_again(&peer, LONG_BYTES);
    save_again(&peer, SHORT_BYTES);
    announced_bytes = sent_bytes = 0;
    CHECK_EQ(save(&peer, "file", NULL), 0);
    check_file_holds("file", "", 0);
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
