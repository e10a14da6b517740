/* SPDX-License-Identifier: MIT */
/*
 * A body that becomes a file: written beside it, renamed when it is whole. Owns the file while it is written.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "http/client.h"
#include "io/io.h"

#define SHORT_BYTES (256 * 1024)

/* One that an earlier run has left is replaced; one that somebody puts there meanwhile is not followed. */
static int open_part(const char *part, nw_stream **file_out)
{
    const nw_open_options options = {.buffer_bytes = 256 * 1024};
    int rc = nw_remove(part);

    if (rc < 0 && rc != -ENOENT)
        return rc;
    return nw_open_with(&options, part, "x", file_out);
}

static int64_t fill_part(nw_http_response *response, const char *part, const nw_progress *progress,
                         bool *begun_out)
{
    nw_stream *body = nw_http_response_body(response), *file;
    int rc = body ? open_part(part, &file) : -ENOMEM;

    if (rc < 0)
        return rc;
    int64_t before = nw_tell(body), n = nw_copy(file, body, 0, progress);
    rc = nw_close(file);
    *begun_out = nw_tell(body) != before;
    return n >= 0 && rc < 0 ? rc : n;
}

static void remove_part(const char *part)
{
    nw_shield shield;

    nw_shield_begin(&shield);
    (void)!nw_remove(part);
    nw_shield_end(&shield);
}

/* One trip to a worker costs less than five. */
static bool is_short(const nw_http_response *response)
{
    return !response->decode && !response->body && response->length >= 0 && response->length <= SHORT_BYTES;
}

static int64_t save_short(nw_http_response *response, const char *path, const char *part,
                          const nw_progress *progress)
{
    nw_bytes body;
    int rc = nw__http_response_read_all(response, 0, &body);

    if (rc < 0)
        return rc;
    if (progress && progress->fn && body.size > 0)
        rc = progress->fn(body.size, body.size, progress->arg);
    if (rc >= 0)
        rc = nw__part_file_write(path, part, body.data, body.size);
    int64_t n = (int64_t)body.size;
    if (rc < 0)
        nw__http_response_give_back(response, body.data, body.size);
    nw_bytes_finish(&body);
    return rc < 0 ? rc : n;
}

/* What the file has had is gone with it: the rest must not become one that looks whole. */
static int64_t save_long(nw_http_response *response, const char *path, const char *part,
                         const nw_progress *progress)
{
    bool begun = false;
    int64_t n = fill_part(response, part, progress, &begun);

    if (n >= 0) {
        int rc = nw_rename(part, path);
        n = rc < 0 ? rc : n;
    }
    if (n < 0 && n != -EEXIST)
        remove_part(part);
    if (n < 0 && begun && !response->error)
        response->error = NW_ETRUNCATED;
    return n;
}

int64_t nw_http_response_save(nw_http_response *response, const char *path, const nw_progress *progress)
{
    int64_t n;

    if (!response || !path || !*path || response->upgraded || !nw__http_response_is_here(response))
        return -EINVAL;
    n = nw__http_response_enter(response);
    if (n < 0)
        return n;
    size_t size = strlen(path) + sizeof ".part";
    char *part = malloc(size);
    n = -ENOMEM;
    if (part) {
        snprintf(part, size, "%s.part", path);
        n = is_short(response) ? save_short(response, path, part, progress)
                               : save_long(response, path, part, progress);
    }
    free(part);
    nw__http_response_exit(response);
    return n;
}
