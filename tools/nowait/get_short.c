/* SPDX-License-Identifier: MIT */
/*
 * A short file: its body is collected in memory, then one trip to a worker checks, writes and names it. A
 * thousand small files would else spend their time between threads.
 * Owns the memory of a body. Must not touch what is there already: whoever finds something else than a free
 * name leaves it to the way that all other files go, which begins with the bytes that have come.
 */
#include "get.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SHORT_BYTES    ((int64_t)256 << 10)
#define LONGEST_NS     NW_MS(200) /* a slow one goes to disk as it comes */
#define SOMETHING_ELSE (-EEXIST)

bool short_fits(const struct fetch *fetch, const nw_http_response *response)
{
    const struct get *get = fetch->get;
    int64_t length = nw_http_response_length(response);
    bool coded = nw_http_response_header(response, "Content-Encoding") && !get->client_options.no_decoding;
    return length >= 0 && length <= SHORT_BYTES && !coded && get->rate.bytes_per_second == 0 &&
           !fetch->special;
}

static int collect(struct fetch *fetch, nw_stream *stream, struct short_body *body, size_t size)
{
    ssize_t got = 1;
    while (body->size < size && got > 0) {
        got = nw_read(stream, body->data + body->size, size - body->size);
        if (got < 0)
            return (int)got;
        body->size += (size_t)got;
        fetch->item->received_bytes += got;
        fetch->item->done_bytes += got;
    }
    body->whole = body->size == size;
    return 0;
}

int short_read(struct fetch *fetch, nw_http_response *response, struct short_body *body)
{
    size_t size = (size_t)nw_http_response_length(response);
    nw_http_failure failure = {0};
    nw_deadline deadline;
    *body = (struct short_body){.data = malloc(size + 1)};
    nw_stream *stream = nw_http_response_body(response);
    if (!body->data || !stream)
        return request_no_file(fetch, NULL, -ENOMEM);
    fetch->item->done_bytes = 0;
    fetch->item->total_bytes = (int64_t)size;
    fetch->item->resumed = false;
    nw_deadline_begin(&deadline, LONGEST_NS);
    int rc = collect(fetch, stream, body, size);
    if (nw_deadline_end(&deadline) == -ETIMEDOUT && rc == -ETIMEDOUT)
        return 0; /* no byte is lost: the next one to read goes on */
    if (rc < 0)
        (void)!nw_http_response_failure(response, &failure);
    return rc < 0 ? request_failed(fetch, rc, &failure) : 0;
}

/* -- on a worker -- */

struct saving {
    const struct fetch *fetch;
    const struct short_body *body;
    const char *path;
    char *part_path;
    char *directory;
    bool over;     /* what stands there may be replaced */
    bool nameless; /* the file that is being written has no name yet */
};

static int check_digest(const struct get_checksum *checksum, const struct short_body *body)
{
    unsigned char digest[DIGEST_MOST_BYTES];
    const struct digest_kind *kind = checksum->kind;
    void *state = kind ? kind->create() : NULL;
    int rc = state ? 0 : kind ? -ENOMEM : 0;
    if (!state)
        return rc;
    rc = kind->begin(state);
    if (rc == 0)
        rc = kind->update(state, body->data, body->size);
    if (rc == 0)
        rc = kind->end(state, digest);
    kind->destroy(state);
    if (rc == 0 && memcmp(digest, checksum->expected, kind->size_bytes) != 0)
        return -EBADMSG;
    return rc;
}

/*
 * A file without a name: nobody sees it, and when we are killed the kernel removes it. Where the file system
 * has none of these it is a part; alone, as a part that is there is another process's, or of an earlier run.
 */
static int open_hidden(struct saving *saving)
{
    int fd = saving->nameless ? open(saving->directory, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666) : -1;
    saving->nameless = fd >= 0;
    if (fd >= 0)
        return fd;
    fd = open(saving->part_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd); /* somebody has found it meanwhile, and has it now */
        fd = -EBUSY;
    }
    return fd == -1 ? -errno : fd;
}

static int fill(const struct saving *saving, int fd)
{
    const struct short_body *body = saving->body;
    const struct fetch *fetch = saving->fetch;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = fetch->modified_s}};
    for (size_t done = 0; done < body->size;) {
        ssize_t written = write(fd, body->data + done, body->size - done);
        if (written < 0 && errno != EINTR)
            return -errno;
        done += written > 0 ? (size_t)written : 0;
    }
    if (fetch->modified_s > 0 && !fetch->get->no_times)
        (void)futimens(fd, times);
    return fetch->get->sync && fsync(fd) < 0 ? -errno : 0;
}

/* A free name only; link(2) replaces nothing. open(2) says how one without a name gets one; from Linux 6.10
 * on whoever has opened it needs no /proc. */
static int link_name(const struct saving *saving, int fd)
{
    char from[32];
    if (linkat(fd, "", AT_FDCWD, saving->path, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT) /* which is what others are told */
        return -errno;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, from, AT_FDCWD, saving->path, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* Over what is there, where the user wants that; else under a free name. */
static int rename_part(const struct saving *saving, int fd)
{
    const char *from = saving->part_path;
    const char *to = saving->path;
    if (saving->over)
        return part_rename_over(fd, from, to);
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

/*
 * What is there under its name, and under its part's. Looking for a name that is not there takes the lock of
 * the directory, for which others stand in line with new names: this is not done for nothing.
 */
static int look(struct saving *saving)
{
    struct stat there;
    int rc = saving->over ? part_may_replace(saving->path, &there) : -ENOENT;
    saving->nameless = rc == -ENOENT; /* only a rename replaces */
    if (rc < 0 && rc != -ENOENT)
        return rc;
    if (!saving->fetch->get->parts_there)
        return 0;
    return faccessat(AT_FDCWD, saving->part_path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? SOMETHING_ELSE : 0;
}

static int save(void *arg)
{
    struct saving *saving = arg;
    int rc = check_digest(&saving->fetch->item->checksum, saving->body);
    if (rc == 0)
        rc = look(saving);
    int fd = rc < 0 ? rc : open_hidden(saving);
    if (fd < 0)
        return fd;
    rc = fill(saving, fd);
    if (rc == 0)
        rc = saving->nameless ? link_name(saving, fd) : rename_part(saving, fd);
    if (rc < 0 && !saving->nameless)
        (void)unlink(saving->part_path); /* while it is locked */
    close(fd);
    return rc;
}

int short_save(const struct fetch *fetch, const struct short_body *body)
{
    struct saving saving = {.fetch = fetch,
                            .body = body,
                            .path = fetch->path,
                            .part_path = part_path(fetch->path),
                            .directory = place_directory(fetch->path),
                            .over = get_replaces(fetch->get)};
    int rc = saving.part_path && saving.directory ? 0 : -ENOMEM;
    if (rc == 0) {
        get_hand_over(fetch->item);
        rc = nw_to_thread(save, &saving);
    }
    free(saving.part_path);
    free(saving.directory);
    return rc;
}
