/* SPDX-License-Identifier: MIT */
/*
 * The file that a download is until it is whole, or the stream that it goes to.
 * Owns descriptor and names.
 * Must never say that bytes are there which are not: data is synced before the state that speaks of it.
 */
#include "get_part.h"

#include "tool.h"

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

/* Nobody reads a part who must not read what it will replace. */
static mode_t mode_for(const char *path)
{
    struct stat there;
    return lstat(path, &there) == 0 && S_ISREG(there.st_mode) ? there.st_mode & 0666 : 0666;
}

/* On a worker: alone, and not with one that was renamed away meanwhile. All in one trip. */
static int open_alone(void *arg)
{
    const struct part *part = arg;
    const char *path = part->part_path;
    struct stat ours, there;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode_for(part->path));
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

static void read_state(struct part *part, const char *url, int64_t size_bytes)
{
    nw_bytes text;
    if (nw_read_file(part->state_path, STATE_LIMIT_BYTES, &text) < 0)
        return;
    part->has_state = true;
    state_parse(&part->state, text.data, url, size_bytes);
    nw_bytes_finish(&text);
}

int part_open(struct part *part, const char *path, const char *url)
{
    part->path = with_suffix(path, "");
    part->base = with_suffix(path, "");
    part->part_path = part_path(path);
    part->state_path = with_suffix(path, ".part.state");
    part->stream = false;
    part->saved_at_ns = nw_now();
    int rc = part->path && part->base && part->part_path && part->state_path ? 0 : -ENOMEM;
    if (rc == 0)
        rc = part->fd = nw_to_thread(open_alone, part);
    if (rc < 0) {
        free_names(part);
        return rc;
    }
    int64_t size_bytes = lseek(part->fd, 0, SEEK_END);
    part->is_empty = size_bytes == 0;
    part->has_state = false;
    state_begin(&part->state, NULL, NULL, -1);
    if (url)
        read_state(part, url, size_bytes);
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
    state_begin(&part->state, NULL, NULL, -1);
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
    if (nw_unlink(part->state_path) == 0)
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
    state_finish(&part->state);
    part->digest = NULL;
    part->stream = false;
    part->fd = -1;
}

/* -- content -- */

int part_begin(struct part *part, const char *etag, const char *modified, int64_t size_bytes)
{
    int rc = 0;
    if (part->stream && state_done(&part->state) > 0)
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
    state_begin(&part->state, etag, modified, size_bytes);
    return 0;
}

int part_split(struct part *part, unsigned connections)
{
    int64_t size = part->state.size_bytes;
    int64_t count = (int64_t)connections * PIECES_EACH;
    if (part->stream || size < 2 * PIECE_LEAST_BYTES || connections < 2)
        return 0;
    if (count > size / PIECE_LEAST_BYTES)
        count = size / PIECE_LEAST_BYTES;
    int rc = nw_fd_allocate(part->fd, 0, 0, size);
    if (rc == -EOPNOTSUPP || rc == -ENOSYS)
        rc = nw_fd_truncate(part->fd, size);
    return rc < 0 ? rc : state_split(&part->state, (size_t)count);
}

int part_save(struct part *part, const char *url, bool now)
{
    nw_bytes text;
    if (part->stream || !part->path || (!now && nw_now() - part->saved_at_ns < SAVE_EVERY_NS))
        return 0;
    part->saved_at_ns = nw_now();
    int rc = state_print(&part->state, url, &text);
    if (rc < 0)
        return rc;
    rc = nw_fd_datasync(part->fd); /* what was counted above is on disk then */
    if (rc == 0)
        rc = nw_write_file(part->state_path, text.data, text.size, 0);
    nw_bytes_finish(&text);
    part->has_state = part->has_state || rc == 0;
    return rc;
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

int part_may_replace(const char *path, struct stat *there)
{
    if (lstat(path, there) < 0)
        return -errno;
    if (S_ISDIR(there->st_mode))
        return -EISDIR;
    return S_ISREG(there->st_mode) || S_ISLNK(there->st_mode) ? 0 : -EEXIST;
}

/* As if it had been written into, which takes away set-user-ID and the like. As far as the file system can.
 */
static void keep_mode(int fd, const struct stat *there)
{
    if (fchown(fd, there->st_uid, there->st_gid) == 0 || there->st_uid == geteuid())
        (void)fchmod(fd, there->st_mode & 0777);
}

int part_rename_over(int fd, const char *from, const char *to)
{
    struct stat there;
    int rc = part_may_replace(to, &there);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    if (rc == 0 && S_ISREG(there.st_mode))
        keep_mode(fd, &there);
    return rename(from, to) == 0 ? 0 : -errno;
}

/* On a worker. Where the file system has no such rename: a second name, or the moment in between. */
static int rename_to_free(void *arg)
{
    const struct renaming *names = arg;
    set_time(names);
    if (names->overwrite)
        return part_rename_over(names->fd, names->from, names->to);
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
