/* SPDX-License-Identifier: MIT */
/*
 * The content of one regular file: blocks shared where the file system can, else copied in the kernel, else
 * through buffers, of which one is written while the next is read. Holes stay holes.
 * Owns both descriptors and the buffers; a target that could not be completed is removed. Blocks on nothing
 * but regular files.
 */
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/copy.h"

#define SMALL_BYTES (64 * 1024) /* read and written in fewer calls than it takes to ask for holes */
#define AHEAD_BYTES (256 * 1024)

/* -- the source -- */

static bool has_holes(const struct stat *status)
{
    return (off_t)status->st_blocks * 512 < status->st_size;
}

int nw__copy_file_open(struct nw__copy_lane *lane, const struct nw__copy_name *entry)
{
    struct nw__copy_file *file = &lane->file;
    struct nw__copy_folder *folder = lane->batch->folder;
    const char *name = nw__copy_from_name(lane->copy, folder, entry->name);
    bool follow = lane->copy->flags & NW__COPY_FOLLOW;
    /* What was a file may be a FIFO by now: that must not make us wait. */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);

    file->from_fd = openat(folder->from_fd, name, flags);
    if (file->from_fd < 0)
        return (errno == ELOOP && !follow) || errno == ENXIO ? -ENOTSUP : -errno;
    if (fstat(file->from_fd, &file->source) < 0)
        return -errno;
    if (!S_ISREG(file->source.st_mode)) {
        close(file->from_fd);
        file->from_fd = -1;
        return follow && S_ISDIR(file->source.st_mode) ? -EISDIR : -ENOTSUP;
    }
    if (file->source.st_size > AHEAD_BYTES)
        posix_fadvise(file->from_fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

/* -- the target -- */

/* Never more than it will have in the end, and with an owner or an ACL still to come, ours alone. */
static mode_t first_mode(const struct nw__copy *copy, mode_t mode)
{
    if (copy->flags & NW_COPY_UMASK)
        return mode & 0777;
    if (copy->flags & (NW_COPY_OWNER | NW_COPY_XATTRS))
        return (mode & 0700) | S_IWUSR; /* attributes can only be set on what is writable */
    return mode & 0777;
}

/*
 * Not with O_CREAT at once: in a sticky folder that everybody may write to, the kernel then refuses files of
 * others (fs.protected_regular). A FIFO must not make us wait.
 */
static int open_to_write(const struct nw__copy_lane *lane, int folder_fd, const char *name)
{
    bool follow = lane->copy->flags & NW__COPY_FOLLOW;
    int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
    int fd = openat(folder_fd, name, flags);

    if (fd < 0 && errno == ENOENT && follow) /* a dangling link: what it names is made */
        fd = openat(folder_fd, name, flags | O_CREAT, first_mode(lane->copy, lane->file.source.st_mode));
    return fd;
}

/* Something is there. Returns: 0: it is open; NW__COPY_LEFT; -ENOTSUP: it is no regular file. */
static int open_existing(struct nw__copy_lane *lane, int folder_fd, const char *name)
{
    const struct nw__copy *copy = lane->copy;
    struct nw__copy_file *file = &lane->file;
    bool follow = copy->flags & NW__COPY_FOLLOW;
    struct stat status;

    if (lane->batch->folder == copy->top && copy->flags & NW_COPY_EXCL)
        return -EEXIST;
    if (copy->flags & (NW_COPY_KEEP | NW_COPY_UPDATE) &&
        fstatat(folder_fd, name, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
        nw__copy_leaves(copy, &status, &file->source))
        return NW__COPY_LEFT;
    file->to_fd = open_to_write(lane, folder_fd, name);
    if (file->to_fd < 0)
        return !follow && (errno == ELOOP || errno == ENXIO || errno == ENODEV) ? -ENOTSUP : -errno;
    return 0;
}

static int check_target(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    struct stat status;

    if (fstat(file->to_fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return lane->copy->flags & NW__COPY_FOLLOW ? -EINVAL : -ENOTSUP;
    if (status.st_dev == file->source.st_dev && status.st_ino == file->source.st_ino)
        return -EINVAL;
    file->to_device = status.st_dev;
    file->to_inode = status.st_ino;
    file->to_mode = status.st_mode;
    if (!file->made && status.st_size > 0 && ftruncate(file->to_fd, 0) < 0)
        return -errno;
    file->started = true;
    return 0;
}

static int make_target(struct nw__copy_lane *lane, int folder_fd, const char *name)
{
    struct nw__copy_file *file = &lane->file;

    file->to_fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                         first_mode(lane->copy, file->source.st_mode));
    if (file->to_fd < 0)
        return -errno;
    file->made = true;
    return 0;
}

/* In trees, a link, a device and the like are replaced, never written through. */
static int replace_other(struct nw__copy_lane *lane, int folder_fd, const char *name)
{
    if (lane->file.to_fd >= 0)
        close(lane->file.to_fd);
    lane->file.to_fd = -1;
    if (unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT)
        return -errno;
    int rc = make_target(lane, folder_fd, name);
    return rc == 0 ? check_target(lane) : rc;
}

static void choose_way(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    struct nw__copy_folder *folder = lane->batch->folder;
    bool small = file->source.st_size <= SMALL_BYTES && !has_holes(&file->source);

    if (file->source.st_size > 0 && !atomic_load_explicit(&folder->no_clone, memory_order_relaxed)) {
        file->cloned = ioctl(file->to_fd, FICLONE, file->from_fd) == 0;
        if (!file->cloned && errno != EINVAL && errno != ETXTBSY)
            atomic_store_explicit(&folder->no_clone, true, memory_order_relaxed);
    }
    /* Empty may also mean made up as it is read: /proc. */
    file->by_hand = small || atomic_load_explicit(&folder->no_range, memory_order_relaxed);
    file->segment_end = small ? INT64_MAX : 0;
    if (file->cloned)
        atomic_fetch_add(&lane->copy->done_bytes, (unsigned long long)file->source.st_size);
}

int nw__copy_file_open_target(struct nw__copy_lane *lane, const struct nw__copy_name *entry)
{
    struct nw__copy_folder *folder = lane->batch->folder;
    const char *name = nw__copy_to_name(lane->copy, folder, entry->name);
    int rc = make_target(lane, folder->to_fd, name);

    if (rc == -EEXIST)
        rc = open_existing(lane, folder->to_fd, name);
    if (rc == 0)
        rc = check_target(lane);
    if (rc == -ENOTSUP)
        rc = replace_other(lane, folder->to_fd, name);
    if (rc != 0)
        return rc == -ENOTSUP ? -EINVAL : rc;
    if (folder == lane->copy->top) /* else the walk has counted it */
        atomic_fetch_add(&lane->copy->total_bytes, (unsigned long long)lane->file.source.st_size);
    choose_way(lane);
    return 0;
}

/* -- the content -- */

static int write_at(struct nw__copy_lane *lane, const char *data, size_t size_bytes, off_t at)
{
    while (size_bytes > 0) {
        ssize_t n = pwrite(lane->file.to_fd, data, size_bytes, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size_bytes -= (size_t)n;
        at += n;
        atomic_fetch_add(&lane->copy->done_bytes, (unsigned long long)n);
    }
    return 0;
}

int nw__copy_file_write_out(void *arg)
{
    struct nw__copy_lane *lane = arg;

    return write_at(lane, lane->file.out.data, lane->file.out.size_bytes, lane->file.out.at);
}

/* Read a piece, as far as it and `left_bytes` go. 0 bytes: the end. */
static ssize_t read_piece(struct nw__copy_file *file, size_t left_bytes)
{
    size_t wanted = left_bytes < NW__COPY_PIECE_BYTES ? left_bytes : NW__COPY_PIECE_BYTES, done = 0;

    if (!file->pieces[file->piece])
        file->pieces[file->piece] = malloc(NW__COPY_PIECE_BYTES);
    if (!file->pieces[file->piece])
        return -ENOMEM;
    while (done < wanted) {
        ssize_t n =
            pread(file->from_fd, file->pieces[file->piece] + done, wanted - done, file->at + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    file->piece_at = file->at;
    file->piece_bytes = done;
    file->at += (off_t)done;
    return (ssize_t)done;
}

/*
 * A full piece is handed over, so that it is written while the next one is read; from then on all are. What
 * is smaller is written in the same trip.
 */
static ssize_t copy_by_hand(struct nw__copy_lane *lane, size_t left_bytes)
{
    struct nw__copy_file *file = &lane->file;
    ssize_t n = read_piece(file, left_bytes);

    if (n <= 0)
        return n;
    file->piped = file->piped || n == NW__COPY_PIECE_BYTES;
    if (!file->piped) {
        int rc = write_at(lane, file->pieces[file->piece], (size_t)n, file->piece_at);
        return rc < 0 ? rc : n;
    }
    return n;
}

/* Errors by which the kernel says that it cannot do it for these two files, rather than that it failed. */
static bool kernel_refuses(int error)
{
    return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM ||
           error == ETXTBSY || error == EBADF;
}

static ssize_t copy_some(struct nw__copy_lane *lane, size_t size_bytes)
{
    struct nw__copy_file *file = &lane->file;
    off_t from = file->at, to = file->at;
    ssize_t n;

    if (file->by_hand)
        return copy_by_hand(lane, size_bytes);
    n = copy_file_range(file->from_fd, &from, file->to_fd, &to, size_bytes, 0);
    if (n < 0 && !kernel_refuses(errno))
        return -errno;
    if (n > 0 || (n == 0 && file->at >= file->source.st_size)) {
        file->at += n;
        atomic_fetch_add(&lane->copy->done_bytes, (unsigned long long)n);
        return n;
    }
    if (n < 0 && (errno == EXDEV || errno == ENOSYS || errno == EOPNOTSUPP))
        atomic_store_explicit(&lane->batch->folder->no_range, true, memory_order_relaxed);
    file->by_hand = true; /* also when it ends too early: a size that is not true */
    return copy_by_hand(lane, size_bytes);
}

/*
 * Move `at` over a hole. Returns: whether there is data before the end. The end is looked up first: what is
 * appended meanwhile lies behind it and is no hole.
 */
static bool find_segment(struct nw__copy_file *file)
{
    off_t end = lseek(file->from_fd, 0, SEEK_END);
    off_t data = lseek(file->from_fd, file->at, SEEK_DATA);

    if (data < 0 && errno == ENXIO) {
        file->hole_end = end;
        return false;
    }
    if (data < 0) { /* a file system that knows of no holes */
        file->segment_end = INT64_MAX;
        return true;
    }
    file->at = data;
    file->segment_end = lseek(file->from_fd, data, SEEK_HOLE);
    if (file->segment_end <= data)
        file->segment_end = INT64_MAX;
    return true;
}

static int copy_slice(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    ssize_t slice = NW__COPY_SLICE_BYTES;

    while (slice > 0) {
        if (file->at >= file->segment_end && !find_segment(file))
            return 0;
        off_t left = file->segment_end - file->at;
        ssize_t n = copy_some(lane, (size_t)(left < slice ? left : slice));
        if (n <= 0)
            return (int)n;
        if (file->piped)
            return NW__COPY_PIECE;
        slice -= n;
    }
    return NW__JOB_GOES_ON;
}

/* With pieces on their way, how it ended is told once the last one has arrived. */
int nw__copy_file_step(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    int rc;

    if (file->settled || file->cloned)
        return file->error;
    rc = copy_slice(lane);
    if (!file->piped || rc > 0)
        return rc;
    file->settled = true;
    file->error = rc;
    file->piece_bytes = 0;
    return NW__COPY_PIECE;
}

/* -- the end -- */

static void forget(struct nw__copy_file *file)
{
    char *pieces[2] = {file->pieces[0], file->pieces[1]};

    *file = (struct nw__copy_file){.from_fd = -1, .to_fd = -1, .pieces = {pieces[0], pieces[1]}};
}

static int close_target(struct nw__copy_file *file)
{
    int rc = close(file->to_fd) < 0 && errno != EINTR ? -errno : 0;

    file->to_fd = -1;
    return rc;
}

/* A hole at the end is a size without data. */
int nw__copy_file_complete(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    const struct nw__copy_node node = {.from_fd = file->from_fd,
                                       .to_fd = file->to_fd,
                                       .source = &file->source,
                                       .mode = file->to_mode,
                                       .made = file->made};
    int rc = 0;

    if (!file->cloned && file->hole_end > file->at && ftruncate(file->to_fd, file->hole_end) < 0)
        rc = -errno;
    if (rc == 0)
        rc = nw__copy_attributes(&node, lane->copy->flags);
    if (rc == 0 && lane->copy->flags & NW__COPY_SYNC && fsync(file->to_fd) < 0)
        rc = -errno;
    if (rc == 0)
        rc = close_target(file);
    if (rc < 0)
        return rc;
    close(file->from_fd);
    forget(file);
    return 0;
}

void nw__copy_file_abandon(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;
    struct nw__copy_folder *folder = lane->batch->folder;
    const char *name = lane->batch->entries[lane->batch->next].name;

    if (file->made || (file->started && lane->copy->tree))
        nw__copy_remove(folder->to_fd, nw__copy_to_name(lane->copy, folder, name), file->to_device,
                        file->to_inode);
    if (file->to_fd >= 0)
        close(file->to_fd);
    if (file->from_fd >= 0)
        close(file->from_fd);
    forget(file);
}
