/* SPDX-License-Identifier: MIT */
/*
 * A file that is served: its descriptor or its content, and what a reply says of it. Must not know of the
 * cache that it is in.
 */
#include "http/file_entry.h"

#include <inttypes.h>
#include <nowait/http_files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/range.h"

struct nw__file *nw__file_create(const char *name)
{
    size_t size = strlen(name) + 1;
    struct nw__file *file = calloc(1, sizeof *file + size);

    if (!file)
        return NULL;
    file->fd = -1;
    nw__link_init(&file->in_order);
    memcpy(file->name, name, size);
    return file;
}

void nw__file_free(struct nw__file *file)
{
    nw__beneath_close(file->fd);
    free(file->content);
    free(file);
}

bool nw__file_is_same(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor && a->stx_size == b->stx_size &&
           a->stx_mtime.tv_sec == b->stx_mtime.tv_sec && a->stx_mtime.tv_nsec == b->stx_mtime.tv_nsec &&
           a->stx_mode == b->stx_mode;
}

/* A rename over it, or its removal, takes one of its names away. */
static bool is_same_stat(const struct statx *a, const struct stat *b)
{
    return a->stx_size == (uint64_t)b->st_size && a->stx_mtime.tv_sec == b->st_mtim.tv_sec &&
           a->stx_mtime.tv_nsec == (uint32_t)b->st_mtim.tv_nsec && b->st_nlink > 0 &&
           a->stx_nlink == b->st_nlink;
}

bool nw__file_peek_same(const struct nw__file *file)
{
    struct stat now;

    return file->fd < 0 || (nw__fd_peek(file->fd, &now) == 0 && is_same_stat(&file->status, &now));
}

/* The same for each reply, so they are written once. Not from before 1970: HTTP has no such dates. */
static void write_lines(struct nw__file *file)
{
    char date[NW_HTTP_DATE_BYTES];
    int size = snprintf(file->lines, sizeof file->lines, "ETag: %s\r\n", file->etag);

    if (file->modified_s >= 0) {
        nw_http_date(file->modified_s, date);
        size +=
            snprintf(file->lines + size, sizeof file->lines - (size_t)size, "Last-Modified: %s\r\n", date);
    }
    file->validators = (nw_slice){file->lines, (size_t)size};
    size += snprintf(file->lines + size, sizeof file->lines - (size_t)size, "Accept-Ranges: bytes\r\n");
    file->description = (nw_slice){file->lines, (size_t)size};
}

/*
 * An entity tag (RFC 9110, 8.8.3): of the time to the nanosecond, the size and the inode. As long as the file
 * could change again within the same tick of its file system's clock, the tag is weak. Returns: it is strong.
 */
static bool write_etag(const struct stat *status, int64_t now_s, char etag[NW__FILE_ETAG_BYTES])
{
    bool settled = status->st_mtim.tv_sec < now_s - NW__FILE_SETTLED_S;
    uint64_t modified_ns = (uint64_t)status->st_mtim.tv_sec * 1000000000 + (uint64_t)status->st_mtim.tv_nsec;

    snprintf(etag, NW__FILE_ETAG_BYTES, "%s\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", settled ? "" : "W/",
             modified_ns, (uint64_t)status->st_size, (uint64_t)status->st_ino);
    return settled;
}

bool nw_http_may_change(const nw_http_exchange *exchange, const struct stat *status)
{
    char etag[NW__FILE_ETAG_BYTES];
    struct nw__http_validators validators = {etag, INT64_MIN, true};

    if (!exchange)
        return false;
    if (status) {
        validators.unsettled = !write_etag(status, (int64_t)time(NULL), etag);
        validators.modified_s = status->st_mtim.tv_sec;
    }
    return nw__http_may_change(nw_http_headers_of(exchange), status ? &validators : NULL);
}

/* And dates (8.8.2). */
static void describe(struct nw__file *file)
{
    const struct statx *status = &file->status;
    int64_t now_s = (int64_t)time(NULL), seconds = status->stx_mtime.tv_sec;
    const struct stat same = {.st_size = (off_t)status->stx_size,
                              .st_ino = (ino_t)status->stx_ino,
                              .st_mtim = {seconds, status->stx_mtime.tv_nsec}};

    file->size_bytes = (int64_t)status->stx_size;
    file->settled = write_etag(&same, now_s, file->etag);
    file->modified_s = seconds > now_s ? now_s : seconds; /* 8.8.2.1: not in the future */
    file->media_type = nw_http_media_type(file->name);
    write_lines(file);
}

/* It is sent as far as it goes, and its time does not tell when it changes. */
static void forget_size(struct nw__file *file)
{
    file->size_bytes = -1;
    file->modified_s = INT64_MIN;
    file->etag[0] = '\0';
    file->validators = file->description = (nw_slice){"", 0};
}

/* All of it, and it did not change meanwhile: then the descriptor is not needed any more. */
static void take_content(struct nw__file *file, char *content, ssize_t size)
{
    if (size != file->size_bytes || !nw__file_peek_same(file)) {
        free(content);
        return;
    }
    file->content = content;
    nw__beneath_close(file->fd);
    file->fd = -1;
}

/*
 * Small content into memory, for `keep`: if the page cache has it. Where the size may be no more than a
 * claim, only reading tells, and that waits. Errors: those of that reading.
 */
static int read_content(struct nw__file *file, bool keep)
{
    bool claim = nw__size_is_claim(file->status.stx_size, file->status.stx_blocks);
    size_t room = (size_t)file->size_bytes + 1; /* one more shows whether it has grown */
    char *content;
    ssize_t n;

    if (!claim && (!keep || file->size_bytes > NW__FILE_KEPT_BYTES))
        return 0;
    content = malloc(room);
    if (!content)
        return claim ? -ENOMEM : 0;
    n = claim ? nw_fd_pread(file->fd, content, room, 0) : nw__beneath_read(file->fd, content, room);
    take_content(file, content, n);
    if (claim && n >= 0 && n != file->size_bytes)
        forget_size(file);
    return claim && n < 0 ? (int)n : 0;
}

static int refusal(const struct statx *status)
{
    return S_ISDIR(status->stx_mode) ? -EISDIR : S_ISREG(status->stx_mode) ? 0 : -ENXIO;
}

int nw__file_open(const struct nw__file_root *root, const char *name, bool keep, struct nw__file **file_out)
{
    struct nw__beneath found;
    struct nw__file *file;
    int rc = nw__beneath_open(root->fd, name, root->flags, &found);

    if (rc < 0)
        return rc;
    rc = refusal(&found.status);
    file = rc == 0 ? nw__file_create(name) : NULL;
    if (!file) {
        nw__beneath_close(found.fd);
        return rc < 0 ? rc : -ENOMEM;
    }
    file->fd = found.fd;
    file->generated = found.generated;
    file->status = found.status;
    describe(file);
    if (file->generated)
        forget_size(file);
    else
        rc = read_content(file, keep);
    if (rc < 0) {
        nw__file_free(file);
        return rc;
    }
    *file_out = file;
    return 0;
}
