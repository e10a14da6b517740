/* SPDX-License-Identifier: MIT */
/*
 * The file behind a log: opened and repaired, appended to, synced, reopened.
 * Owns the descriptor and the path. Must not know of queues or tasks: it runs on a worker and may block.
 *
 * While it is open it is held by a shared flock(2): a file is repaired only when nobody else's lock says that
 * its last line may be one that is being written.
 */
#include "stream/log_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/io.h"
#include "stream/log_rotate.h"

#define RETRY_NS NW_SEC(1) /* after a reopen that failed */

/* -- repairing -- */

/* Where in the last `repair_bytes` the last newline is: the size up to and with it; 0: nowhere there. */
static int find_last_line(const struct nw__log_file *file, int fd, int64_t size_bytes, int64_t *end_out)
{
    char block[4096];
    int64_t end = size_bytes;
    int64_t lowest = size_bytes - (int64_t)file->repair_bytes;

    while (end > 0 && end > lowest) {
        size_t n = end < (int64_t)sizeof block ? (size_t)end : sizeof block;
        ssize_t got = pread(fd, block, n, end - (int64_t)n);
        if (got < 0)
            return -errno;
        if (got != (ssize_t)n)
            return -EAGAIN; /* somebody is cutting it */
        const char *newline = memrchr(block, '\n', n);
        if (newline) {
            *end_out = end - (int64_t)n + (newline - block) + 1;
            return 0;
        }
        end -= (int64_t)n;
    }
    *end_out = 0;
    return 0;
}

/* A file that has no newline for so long is no log: its last line gets its end, and nothing is cut off. */
static int repair_end(const struct nw__log_file *file, int read_fd, int fd)
{
    struct stat status;
    int64_t end;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size == 0)
        return 0;
    int rc = find_last_line(file, read_fd, status.st_size, &end);
    if (rc < 0 || end == status.st_size)
        return rc;
    int64_t seen = status.st_size;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size != seen || (end > 0 && ftruncate(fd, end) == 0))
        return 0; /* somebody without a lock writes: it is not a crash's last line */
    return nw__write_fully(fd, "\n", 1);
}

/* What may not be read is left as it is. */
static int repair(const struct nw__log_file *file, int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return 0;
    int read_fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int rc = read_fd < 0 ? 0 : repair_end(file, read_fd, fd);
    if (read_fd >= 0)
        close(read_fd);
    return rc;
}

/*
 * Somebody else may have it for a moment, for a repair: it is asked for again before the next entries. Going
 * from one kind of lock to the other lets it go in between, so this can happen to who repairs, too.
 */
static void share(struct nw__log_file *file)
{
    file->unshared = flock(file->fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* -- opening -- */

static int64_t real_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return NW_SEC(now.tv_sec) + now.tv_nsec;
}

/* When the file was made; where the file system does not tell, now. */
static int64_t birth_ns(int fd)
{
    struct statx status;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) == 0 && (status.stx_mask & STATX_BTIME))
        return NW_SEC(status.stx_btime.tv_sec) + status.stx_btime.tv_nsec;
    return real_now_ns();
}

/* A FIFO without a reader is refused (ENXIO) instead of waited for; from then on, writes do wait. */
static int open_path(const struct nw__log_file *file)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
    int fd = open(file->path, flags | O_NONBLOCK, file->permissions);

    if (fd >= 0 && fcntl(fd, F_SETFL, flags & O_APPEND) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd < 0 ? -errno : fd;
}

/* The file's name is on disk, as far as the folder can be opened and synced. */
static int sync_names(const struct nw__log_file *file)
{
    char *path;
    int rc = nw__path_resolve(file->path, &path);

    if (rc < 0)
        return rc;
    rc = nw__path_sync_folder(path);
    free(path);
    return rc == -EACCES || rc == -EINVAL ? 0 : rc;
}

static int prepare(const struct nw__log_file *file, int fd, struct stat *status)
{
    int rc = fstat(fd, status) < 0 ? -errno : 0;

    if (rc < 0 || !S_ISREG(status->st_mode))
        return rc;
    rc = repair(file, fd);
    if (rc == 0 && file->durable)
        rc = sync_names(file);
    if (rc == 0 && fstat(fd, status) < 0)
        rc = -errno;
    return rc;
}

/* The file as it is changes only when the new one is there. */
static int open_anew(struct nw__log_file *file)
{
    struct stat status;
    int fd = open_path(file);
    int rc = fd < 0 ? fd : prepare(file, fd, &status);

    if (rc < 0) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    rc = file->fd >= 0 && close(file->fd) < 0 && errno != EINTR ? -errno : 0;
    file->fd = fd;
    file->regular = S_ISREG(status.st_mode);
    file->size_bytes = status.st_size;
    file->born_ns = birth_ns(fd);
    file->torn = false;
    file->dirty = false;
    file->unshared = false;
    if (file->regular)
        share(file);
    return rc;
}

static int make_absolute(struct nw__log_file *file)
{
    char folder[PATH_MAX], *absolute;

    if (file->path[0] == '/' || !getcwd(folder, sizeof folder))
        return 0;
    if (asprintf(&absolute, "%s/%s", folder, file->path) < 0)
        return -ENOMEM;
    free(file->path);
    file->path = absolute;
    return 0;
}

int nw__log_file_open(struct nw__log_file *file)
{
    int rc = make_absolute(file);

    file->fd = -1;
    return rc < 0 ? rc : open_anew(file);
}

int nw__log_file_reopen(struct nw__log_file *file)
{
    if (file->durable)
        file->sync_error = nw__log_file_sync(file); /* it is no reason to stay; the next sync tells */
    int rc = open_anew(file);
    file->reopen_due = rc < 0;
    file->reopen_after_ns = nw__clock_ns() + RETRY_NS;
    return rc;
}

int nw__log_file_close(struct nw__log_file *file)
{
    int rc = file->fd >= 0 && close(file->fd) < 0 && errno != EINTR ? -errno : 0;

    file->fd = -1;
    free(file->path);
    file->path = NULL;
    return rc;
}

int nw__log_file_sync(struct nw__log_file *file)
{
    int rc = file->sync_error;

    file->sync_error = 0;
    if (!file->dirty || !file->regular)
        return rc;
    file->dirty = false; /* also when it fails: the kernel tells once, and forgets */
    file->syncs++;
    if (fdatasync(file->fd) < 0 && rc == 0)
        rc = -errno;
    return rc;
}

/* -- appending -- */

/*
 * A write has failed after `written` bytes: cut off the part of a line at the end, when it is still the end
 * of the file. Returns: how much counts as written.
 */
static size_t cut_torn(struct nw__log_file *file, const char *data, size_t written)
{
    const char *newline = written ? memrchr(data, '\n', written) : NULL;
    size_t whole = newline ? (size_t)(newline - data) + 1 : 0;
    int64_t torn = (int64_t)(written - whole);
    struct stat status;

    if (torn == 0)
        return written;
    int64_t end = lseek(file->fd, 0, SEEK_CUR);
    if (file->regular && end >= torn && fstat(file->fd, &status) == 0 && status.st_size == end &&
        ftruncate(file->fd, end - torn) == 0)
        return whole;
    file->torn = true;
    return written;
}

/* Write whole lines. */
static int write_lines(struct nw__log_file *file, const char *data, size_t size_bytes, size_t *written_out)
{
    size_t written = 0;
    int rc = 0;

    while (written < size_bytes && rc == 0) {
        ssize_t n = write(file->fd, data + written, size_bytes - written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = -errno;
            break;
        }
        written += (size_t)n;
        file->writes++;
    }
    if (rc < 0)
        written = cut_torn(file, data, written);
    else
        file->torn = false;
    file->dirty = file->dirty || written > 0;
    file->bytes += written;
    file->size_bytes += (int64_t)written;
    *written_out = written;
    return rc;
}

/* The size up to and with the first newline. */
static size_t first_line(const char *data, size_t size_bytes)
{
    const char *newline = memchr(data, '\n', size_bytes);

    return newline ? (size_t)(newline - data) + 1 : size_bytes;
}

/* How much of it are whole entries that fit into `room` bytes; 0: not even one does. */
static size_t entries_within(const char *data, size_t size_bytes, size_t room)
{
    const char *newline = data + room;

    if (size_bytes <= room)
        return size_bytes;
    while ((newline = memrchr(data, '\n', (size_t)(newline - data))))
        if (newline[1] != '\t') /* there is a next byte: it does not fit as a whole */
            return (size_t)(newline - data) + 1;
    return 0;
}

/* How much goes into this file; 0: it is time for a new one. What is longer than a file may be, is split. */
static size_t portion(const struct nw__log_file *file, const char *data, size_t size_bytes)
{
    if (file->torn)
        return first_line(data, size_bytes);
    if (!file->regular || (!file->rotate_bytes && !file->rotate_age_ns))
        return size_bytes;
    if (nw__clock_ns() < file->rotate_after_ns)
        return size_bytes;
    if (file->rotate_age_ns && file->size_bytes > 0 && real_now_ns() - file->born_ns >= file->rotate_age_ns)
        return 0;
    if (!file->rotate_bytes)
        return size_bytes;
    int64_t room = file->rotate_bytes - file->size_bytes;
    size_t fits = room > 0 ? entries_within(data, size_bytes, (size_t)room) : 0;
    if (fits > 0 || file->size_bytes > 0)
        return fits;
    const char *newline = memrchr(data, '\n', (size_t)room);
    return newline ? (size_t)(newline - data) + 1 : first_line(data, size_bytes);
}

/* Somebody has removed the file: what follows is for a new one, or waits until there can be one. */
static int look_for_name(struct nw__log_file *file)
{
    struct stat status;

    if (file->unshared)
        share(file);
    if (!file->regular || file->torn)
        return 0;
    if (fstat(file->fd, &status) < 0)
        return -errno;
    file->size_bytes = status.st_size;
    if (file->reopen_due && nw__clock_ns() >= file->reopen_after_ns && nw__log_file_reopen(file) == 0)
        return 0; /* that it had failed was told; until now the old one served */
    return status.st_nlink == 0 ? open_anew(file) : 0;
}

int nw__log_file_append(struct nw__log_file *file, const char *data, size_t size_bytes, size_t *written_out,
                        int *rotation_rc)
{
    size_t done = 0, written;
    int rc = look_for_name(file);

    while (done < size_bytes && rc == 0) {
        size_t size = portion(file, data + done, size_bytes - done);
        if (size == 0) {
            int failed = nw__log_file_rotate(file);
            if (failed < 0)
                *rotation_rc = failed;
            continue;
        }
        rc = write_lines(file, data + done, size, &written);
        done += written;
    }
    *written_out = done;
    return rc;
}
