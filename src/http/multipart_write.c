/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data, written (RFC 7578), with names escaped as browsers escape them (HTML, "multipart form
 * data"). Owns nothing that stays. What is written is what was counted before, byte for byte.
 */
#include <nowait/fs.h>
#include <nowait/text.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "http/body.h"
#include "http/headers.h"
#include "io/io.h"

#define HEAD_BYTES_MAX (64 * 1024)

int nw__http_boundary(char boundary[NW__HTTP_BOUNDARY_BYTES])
{
    static const char begin[] = "nowait-", digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    char *to = boundary + sizeof begin - 1;

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -EIO;
    memcpy(boundary, begin, sizeof begin);
    for (size_t i = 0; i < sizeof bytes; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = '\0';
    return 0;
}

/* -- what is before a part's data -- */

/* A quote would end the name, and a line end the field. */
static int append_name(struct nw__bytes *out, const char *name)
{
    int rc = 0;

    for (; rc == 0 && *name; name++) {
        const char *escape = *name == '"' ? "%22" : *name == '\r' ? "%0D" : *name == '\n' ? "%0A" : NULL;
        rc = escape ? nw__bytes_append_text(out, escape) : nw__bytes_append(out, name, 1);
    }
    return rc;
}

static const char *file_name_of(const nw_http_part *part)
{
    const char *slash = part->path ? strrchr(part->path, '/') : NULL;

    return part->file_name ? part->file_name : slash ? slash + 1 : part->path;
}

static const char *media_type_of(const nw_http_part *part, const char *file_name)
{
    return part->media_type ? part->media_type : file_name ? nw_http_media_type(file_name) : NULL;
}

static int append_field(struct nw__bytes *out, const char *label, const char *name)
{
    int rc = nw__bytes_append_text(out, label);

    if (rc == 0)
        rc = append_name(out, name);
    return rc < 0 ? rc : nw__bytes_append_text(out, "\"");
}

/* Errors: -EINVAL: a part that makes no sense; -EFBIG, -ENOMEM. */
static int append_head(struct nw__bytes *out, const nw_http_part *part, const char *boundary)
{
    const char *file_name = file_name_of(part), *media_type = media_type_of(part, file_name);
    int rc;

    if (!part->name || (!part->data.data && part->data.size > 0) ||
        (part->stream != NULL) + (part->path != NULL) + (part->data.data != NULL) > 1 ||
        (media_type && !nw__http_is_value(nw_slice_of(media_type))))
        return -EINVAL;
    rc = nw__bytes_append_text(out, "--");
    if (rc == 0)
        rc = nw__bytes_append_text(out, boundary);
    if (rc == 0)
        rc = append_field(out, "\r\nContent-Disposition: form-data; name=\"", part->name);
    if (rc == 0 && file_name)
        rc = append_field(out, "; filename=\"", file_name);
    if (rc == 0 && media_type)
        rc = nw__bytes_append_text(out, "\r\nContent-Type: ");
    if (rc == 0 && media_type)
        rc = nw__bytes_append_text(out, media_type);
    return rc < 0 ? rc : nw__bytes_append_text(out, "\r\n\r\n");
}

/* -- how long -- */

/* -1: it has another one. */
static int64_t claimed_size(const char *path, int64_t size_bytes)
{
    nw_bytes content;
    int rc = nw_read_file(path, NW__CLAIM_BYTES, &content);

    if (rc < 0)
        return rc == -EFBIG ? -1 : rc == -EPERM ? -EACCES : rc;
    bool same = (int64_t)content.size == size_bytes;
    nw_bytes_finish(&content);
    return same ? size_bytes : -1;
}

/* -1: nobody knows before it was read. */
static int64_t data_size(const nw_http_part *part)
{
    struct stat status;
    int rc;

    if (part->stream)
        return -1;
    if (!part->path)
        return (int64_t)part->data.size;
    rc = nw_stat(part->path, &status);
    if (rc < 0)
        return rc == -EPERM ? -EACCES : rc; /* -1 is taken */
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -1;
    if (nw__size_is_claim((uint64_t)status.st_size, (uint64_t)status.st_blocks))
        return claimed_size(part->path, status.st_size);
    return status.st_size;
}

int64_t nw__http_multipart_size(const nw_http_part *parts, size_t count, const char *boundary)
{
    int64_t size = (int64_t)strlen(boundary) + 6, more; /* "--", "--", CRLF */
    struct nw__bytes head;
    bool known = true;
    int rc = 0;

    nw__bytes_init(&head, HEAD_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        nw__bytes_clear(&head);
        rc = append_head(&head, &parts[i], boundary);
        more = rc < 0 ? 0 : data_size(&parts[i]);
        if (more < -1)
            rc = (int)more;
        known = known && more >= 0;
        if (known && __builtin_add_overflow(size, more + (int64_t)head.size_bytes + 2, &size))
            rc = -EFBIG;
    }
    nw__bytes_finish(&head);
    return rc < 0 ? rc : known ? size : -1;
}

/* -- writing -- */

static int write_all(nw_stream *to, const char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t n = nw_write(to, data, size_bytes);
        if (n < 0)
            return (int)n;
        data += n;
        size_bytes -= (size_t)n;
    }
    return 0;
}

static int write_file(nw_stream *to, const char *path)
{
    nw_stream *file;
    int rc = nw_open(path, "r", &file), closed;
    int64_t n;

    if (rc < 0)
        return rc;
    n = nw_copy(to, file, 0, NULL);
    closed = nw_close(file);
    return n < 0 ? (int)n : closed;
}

static int write_data(nw_stream *to, const nw_http_part *part)
{
    int64_t n;

    if (part->path)
        return write_file(to, part->path);
    if (!part->stream)
        return write_all(to, part->data.data, part->data.size);
    n = nw_copy(to, part->stream, 0, NULL);
    return n < 0 ? (int)n : 0;
}

static int write_part(nw_stream *to, const nw_http_part *part, const char *boundary)
{
    struct nw__bytes head;
    int rc;

    nw__bytes_init(&head, HEAD_BYTES_MAX);
    rc = append_head(&head, part, boundary);
    if (rc == 0)
        rc = write_all(to, head.data, head.size_bytes);
    nw__bytes_finish(&head);
    if (rc == 0)
        rc = write_data(to, part);
    return rc < 0 ? rc : write_all(to, "\r\n", 2);
}

int nw__http_multipart_write(nw_stream *to, const nw_http_part *parts, size_t count, const char *boundary)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = write_part(to, &parts[i], boundary);
    if (rc == 0)
        rc = write_all(to, "--", 2);
    if (rc == 0)
        rc = write_all(to, boundary, strlen(boundary));
    return rc < 0 ? rc : write_all(to, "--\r\n", 4);
}
