/* SPDX-License-Identifier: MIT */
/*
 * The file that a download is until it is whole, in pieces that several connections can fetch.
 * Owns descriptor, names and pieces. The state is text; a torn one has no "end" and is not believed.
 * Must never say that bytes are there which are not: data is synced before the state that speaks of it.
 */
#include "get_part.h"

#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SAVE_EVERY_NS     NW_SEC(3)
#define STATE_LIMIT_BYTES ((size_t)256 << 10)
#define PIECE_LEAST_BYTES (INT64_C(1) << 20)
#define PIECES_EACH       4 /* of a connection: a slow one holds up the others less */
#define MOST_NUMBER       9999

/* -- pieces -- */

static void drop_pieces(struct part *part)
{
    if (part->pieces != &part->whole)
        free(part->pieces);
    part->pieces = &part->whole;
    part->count = 0;
}

/* Room for the most of them: few parts have more than one. */
static bool reserve_pieces(struct part *part)
{
    struct piece *pieces = calloc(PART_MOST_PIECES, sizeof *pieces);
    if (!pieces)
        return false;
    memcpy(pieces, part->pieces, part->count * sizeof *pieces);
    part->pieces = pieces;
    return true;
}

static bool add_piece(struct part *part, const struct piece *piece)
{
    if (part->count == PART_MOST_PIECES)
        return false;
    if (part->count == 1 && part->pieces == &part->whole && !reserve_pieces(part))
        return false;
    part->pieces[part->count++] = *piece;
    return true;
}

static void forget(struct part *part)
{
    drop_pieces(part);
    part->count = 1;
    part->whole = (struct piece){.end = -1};
    part->size_bytes = -1;
    part->etag[0] = '\0';
    part->modified[0] = '\0';
}

/* -- the state -- */

static void set_text(char *to, const char *text)
{
    snprintf(to, PART_VALIDATOR_BYTES, "%s", strlen(text) < PART_VALIDATOR_BYTES ? text : "");
}

/* Returns: false: the line makes no sense. */
static bool parse_line(struct part *part, const char *line, const char *url, bool *ended)
{
    struct piece piece = {.taken = false};
    if (strncmp(line, "url ", 4) == 0)
        return strcmp(line + 4, url) == 0;
    if (strncmp(line, "etag ", 5) == 0) {
        set_text(part->etag, line + 5);
        return true;
    }
    if (strncmp(line, "modified ", 9) == 0) {
        set_text(part->modified, line + 9);
        return true;
    }
    if (sscanf(line, "size %" SCNd64, &part->size_bytes) == 1)
        return part->size_bytes >= -1;
    if (sscanf(line, "piece %" SCNd64 " %" SCNd64 " %" SCNd64, &piece.begin, &piece.end, &piece.done) == 3) {
        return add_piece(part, &piece);
    }
    *ended = strcmp(line, "end") == 0;
    return *ended || strcmp(line, "nowait get 1") == 0;
}

/* Do the pieces cover the whole, and does the file hold what they say? */
static bool is_plausible(const struct part *part)
{
    struct stat stat;
    int64_t next = 0;
    if (nw_fd_stat(part->fd, &stat) < 0 || part->count == 0)
        return false;
    for (size_t i = 0; i < part->count; i++) {
        const struct piece *piece = &part->pieces[i];
        bool last = i + 1 == part->count;
        if (piece->begin != next || piece->done < 0 || piece->begin + piece->done > stat.st_size)
            return false;
        if (piece->end < 0 ? !last || part->size_bytes >= 0 : piece->done > piece->end - piece->begin)
            return false;
        next = piece->end;
    }
    return next == part->size_bytes;
}

static void read_state(struct part *part, const char *url)
{
    nw_bytes text;
    bool good = true;
    bool ended = false;
    char *rest = NULL;

    forget(part);
    if (nw_read_file(part->state_path, STATE_LIMIT_BYTES, &text) < 0)
        return;
    part->has_state = true;
    drop_pieces(part);
    for (char *line = strtok_r(text.data, "\n", &rest); line && good && !ended;
         line = strtok_r(NULL, "\n", &rest))
        good = parse_line(part, line, url, &ended);
    nw_bytes_finish(&text);
    if (!good || !ended || !is_plausible(part))
        forget(part);
}

int part_save(struct part *part, const char *url, bool now)
{
    struct output text = {.fd = -1};
    if (part->stream || !part->path || (!now && nw_now() - part->saved_at_ns < SAVE_EVERY_NS))
        return 0;
    part->saved_at_ns = nw_now();
    output_printf(&text, "nowait get 1\nurl %s\n", url);
    if (part->etag[0])
        output_printf(&text, "etag %s\n", part->etag);
    if (part->modified[0])
        output_printf(&text, "modified %s\n", part->modified);
    output_printf(&text, "size %" PRId64 "\n", part->size_bytes);
    for (size_t i = 0; i < part->count; i++)
        output_printf(&text, "piece %" PRId64 " %" PRId64 " %" PRId64 "\n", part->pieces[i].begin,
                      part->pieces[i].end, part->pieces[i].done);
    output_text(&text, "end\n");
    int rc = text.error;
    if (rc == 0)
        rc = nw_fd_datasync(part->fd); /* what was counted above is on disk then */
    if (rc == 0)
        rc = nw_write_file(part->state_path, text.data, text.size, 0);
    part->has_state = part->has_state || rc == 0;
    free(text.data);
    return rc;
}

/* -- open and close -- */

static char *with_suffix(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s%s", path, suffix);
    return name;
}

char *part_path(const char *path)
{
    return with_suffix(path, ".part");
}

static void free_names(struct part *part)
{
    free(part->path);
    free(part->base);
    free(part->part_path);
    free(part->state_path);
    part->path = part->base = part->part_path = part->state_path = NULL;
}

/* On a worker: alone, and not with one that was renamed away meanwhile. All in one trip. */
static int open_alone(void *arg)
{
    const char *path = arg;
    struct stat ours, there;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    int rc = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
    if (rc == 0 && fstat(fd, &ours) < 0)
        rc = -errno;
    if (rc == 0 && !S_ISREG(ours.st_mode))
        rc = -EEXIST;
    if (rc == 0 && (lstat(path, &there) < 0 || there.st_ino != ours.st_ino || there.st_dev != ours.st_dev))
        rc = -EBUSY;
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

int part_open(struct part *part, const char *path, const char *url)
{
    part->path = with_suffix(path, "");
    part->base = with_suffix(path, "");
    part->part_path = part_path(path);
    part->state_path = with_suffix(path, ".part.state");
    part->has_state = false;
    part->stream = false;
    part->saved_at_ns = nw_now();
    int rc = part->path && part->base && part->part_path && part->state_path ? 0 : -ENOMEM;
    if (rc == 0)
        rc = part->fd = nw_to_thread(open_alone, part->part_path);
    if (rc < 0) {
        free_names(part);
        return rc;
    }
    part->is_empty = lseek(part->fd, 0, SEEK_END) == 0;
    if (url)
        read_state(part, url);
    else
        forget(part);
    return 0;
}

char *part_numbered(const char *path, unsigned number)
{
    char suffix[16];
    snprintf(suffix, sizeof suffix, ".%u", number);
    return with_suffix(path, suffix);
}

int part_open_numbered(struct part *part, const char *path, const char *url)
{
    int rc = part_open(part, path, url);
    for (unsigned number = 1; rc == -EBUSY && number <= MOST_NUMBER; number++) {
        char *numbered = part_numbered(path, number);
        rc = numbered ? part_open(part, numbered, url) : -ENOMEM;
        free(numbered);
        if (rc < 0)
            continue;
        char *base = with_suffix(path, "");
        if (base) {
            free(part->base);
            part->base = base;
        }
    }
    return rc;
}

static int begin_digest(struct part *part, const struct digest_kind *kind)
{
    void *digest = kind->create();
    int rc = digest ? kind->begin(digest) : -ENOMEM;
    if (rc < 0) {
        if (digest)
            kind->destroy(digest);
        return rc;
    }
    part->digest_kind = kind;
    part->digest = digest;
    return 0;
}

int part_open_stream(struct part *part, const struct digest_kind *kind)
{
    int rc = kind ? begin_digest(part, kind) : 0;
    if (rc < 0)
        return rc;
    part->stream = true;
    part->fd = STDOUT_FILENO;
    forget(part);
    return 0;
}

int part_stream_digest(struct part *part, unsigned char *digest_out)
{
    return part->digest_kind->end(part->digest, digest_out);
}

static void drop_state(struct part *part)
{
    if (part->stream)
        return;
    if (nw_unlink(part->state_path) == 0 || !part->has_state)
        part->has_state = false;
}

void part_close(struct part *part, bool drop)
{
    if (part->path && drop) {
        drop_state(part);
        nw_unlink(part->part_path);
    }
    if (part->path || (part->stream && part->fd != STDOUT_FILENO))
        nw_fd_close(part->fd);
    if (part->digest)
        part->digest_kind->destroy(part->digest);
    free_names(part);
    drop_pieces(part);
    part->digest = NULL;
    part->stream = false;
    part->fd = -1;
}

/* -- content -- */

bool part_has_content(const struct part *part)
{
    return part_done(part) > 0;
}

int64_t part_done(const struct part *part)
{
    int64_t done = 0;
    for (size_t i = 0; i < part->count; i++)
        done += part->pieces[i].done;
    return done;
}

bool part_is_whole(const struct part *part)
{
    return part->size_bytes >= 0 && part_done(part) == part->size_bytes;
}

int part_begin(struct part *part, const char *etag, const char *modified, int64_t size_bytes)
{
    int rc = 0;
    if (part->stream && part_has_content(part))
        return -ESPIPE;
    if (!part->stream) {
        if (part->has_state || !part->is_empty)
            drop_state(part); /* also one that was not read: it speaks of other bytes */
        if (!part->is_empty)
            rc = nw_fd_truncate(part->fd, 0);
    }
    if (rc < 0)
        return rc;
    part->is_empty = false;
    forget(part);
    set_text(part->etag, etag ? etag : "");
    set_text(part->modified, modified ? modified : "");
    part->size_bytes = size_bytes;
    part->pieces[0].end = size_bytes;
    return 0;
}

int part_split(struct part *part, unsigned connections)
{
    int64_t size = part->size_bytes;
    int64_t count = (int64_t)connections * PIECES_EACH;
    if (part->stream || size < 2 * PIECE_LEAST_BYTES || connections < 2)
        return 0;
    if (count > size / PIECE_LEAST_BYTES)
        count = size / PIECE_LEAST_BYTES;
    if (count > PART_MOST_PIECES)
        count = PART_MOST_PIECES;
    int rc = nw_fd_allocate(part->fd, 0, 0, size);
    if (rc == -EOPNOTSUPP || rc == -ENOSYS)
        rc = nw_fd_truncate(part->fd, size);
    if (rc == 0 && !reserve_pieces(part))
        rc = -ENOMEM;
    if (rc < 0)
        return rc;
    for (int64_t i = 0; i < count; i++)
        part->pieces[i] =
            (struct piece){.begin = size / count * i, .end = i + 1 < count ? size / count * (i + 1) : size};
    part->count = (size_t)count;
    return 0;
}

struct some_bytes {
    const struct part *part;
    const void *data;
    size_t size_bytes;
};

static int digest_some(void *arg)
{
    const struct some_bytes *some = arg;
    return some->part->digest_kind->update(some->part->digest, some->data, some->size_bytes);
}

/* Bytes that went out; much of it on a worker. */
static int digest_stream(const struct part *part, const void *data, size_t size_bytes)
{
    struct some_bytes some = {part, data, size_bytes};
    if (!part->digest)
        return 0;
    return size_bytes <= part->digest_kind->inline_bytes ? digest_some(&some)
                                                         : nw_to_thread(digest_some, &some);
}

/* Nothing else goes to standard output beside a file: a failure is this file's, unless nobody reads any more.
 */
static int write_stream(const struct part *part, const void *data, size_t size_bytes)
{
    const char *next = data;
    for (size_t left = size_bytes; left > 0;) {
        ssize_t written = nw_fd_write(part->fd, next, left);
        if (written == -EPIPE && part->fd == STDOUT_FILENO)
            tool_out.error = -EPIPE; /* tool_end() knows what to do */
        if (written < 0)
            return (int)written;
        next += written;
        left -= (size_t)written;
    }
    return digest_stream(part, data, size_bytes);
}

int part_write(struct part *part, struct piece *piece, const void *data, size_t size_bytes)
{
    const char *next = data;
    if (part->stream) {
        int rc = write_stream(part, data, size_bytes);
        piece->done += rc == 0 ? (int64_t)size_bytes : 0;
        return rc;
    }
    while (size_bytes > 0) {
        ssize_t written = nw_fd_pwrite(part->fd, next, size_bytes, piece->begin + piece->done);
        if (written < 0)
            return (int)written;
        piece->done += written;
        next += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}

/* -- its own name -- */

struct renaming {
    int fd;
    const char *from;
    const char *to;
    int64_t modified_s;
    bool overwrite;
};

static void set_time(const struct renaming *names)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = names->modified_s}};
    if (names->modified_s > 0)
        (void)futimens(names->fd, times);
}

int part_may_replace(const char *path)
{
    struct stat there;
    if (lstat(path, &there) < 0)
        return -errno;
    if (S_ISDIR(there.st_mode))
        return -EISDIR;
    return S_ISREG(there.st_mode) || S_ISLNK(there.st_mode) ? 0 : -EEXIST;
}

static int rename_over(const struct renaming *names)
{
    int rc = part_may_replace(names->to);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    return rename(names->from, names->to) == 0 ? 0 : -errno;
}

/* On a worker. Where the file system has no such rename: a second name, or the moment in between. */
static int rename_to_free(void *arg)
{
    const struct renaming *names = arg;
    set_time(names);
    if (names->overwrite)
        return rename_over(names);
    if (renameat2(AT_FDCWD, names->from, AT_FDCWD, names->to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (link(names->from, names->to) == 0)
        return unlink(names->from) == 0 ? 0 : -errno;
    if (errno == EEXIST || access(names->to, F_OK) == 0)
        return -EEXIST;
    return rename(names->from, names->to) == 0 ? 0 : -errno;
}

/* "PATH.1", "PATH.2", ..., the first that is free. */
static int rename_numbered(struct part *part, struct renaming *names)
{
    int rc = -EEXIST;
    for (unsigned number = 1; rc == -EEXIST && number <= MOST_NUMBER; number++) {
        char *path = part_numbered(part->base, number);
        if (!path)
            return -ENOMEM;
        names->to = path;
        rc = nw_to_thread(rename_to_free, names);
        if (rc < 0) {
            free(path);
            continue;
        }
        free(part->path);
        part->path = path;
    }
    return rc;
}

int part_finish(struct part *part, bool overwrite, int64_t modified_s)
{
    struct renaming names = {part->fd, part->part_path, part->path, modified_s, overwrite};
    if (part->stream)
        return 0;
    int rc = nw_to_thread(rename_to_free, &names);
    if (rc == -EEXIST && !overwrite)
        rc = rename_numbered(part, &names);
    if (rc == 0 && part->has_state)
        drop_state(part);
    return rc;
}
