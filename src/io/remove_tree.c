/* SPDX-License-Identifier: MIT */
/*
 * rm -r: of any depth, with a bounded number of descriptors, in slices on a worker.
 * Owns a stack of folders on the heap. Names are only ever looked up in a folder that is held open, and links
 * are never followed: whoever renames things meanwhile cannot lead it outside the tree.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/io.h"

#define SLICE_NS     NW_MS(4)
#define NAMES_BYTES  (32 * 1024) /* read from a folder at a time */
#define HELD_FOLDERS 16          /* kept open on the way down; those above are found again through ".." */
#define PASSES_MAX   8           /* over a folder to which somebody keeps adding */

/* As getdents64(2) writes it. */
struct entry {
    uint64_t inode;
    int64_t next;
    uint16_t size_bytes;
    uint8_t type;
    char name[];
};

struct folder {
    int fd; /* -1: let go of */
    dev_t device;
    ino_t inode;
    char *names; /* a batch of entries; those before at_bytes are gone */
    size_t at_bytes;
    size_t size_bytes;
    unsigned passes;
};

/* The name of a folder below the first is the entry that its parent's batch stands at. */
struct removal {
    const char *path;
    struct folder *folders;
    size_t depth;
    size_t capacity;
    bool begun;
};

static const struct entry *current_entry(const struct folder *folder)
{
    return (const struct entry *)(const void *)(folder->names + folder->at_bytes);
}

static void leave_folder(struct removal *r)
{
    struct folder *folder = &r->folders[--r->depth];

    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->names);
}

static bool is_root(const struct stat *status)
{
    struct stat root;

    return stat("/", &root) == 0 && root.st_dev == status->st_dev && root.st_ino == status->st_ino;
}

static int grow(struct removal *r)
{
    size_t capacity = r->capacity ? r->capacity * 2 : 16;
    struct folder *folders = realloc(r->folders, capacity * sizeof *folders);

    if (!folders)
        return -ENOMEM;
    r->folders = folders;
    r->capacity = capacity;
    return 0;
}

/* Takes over `fd` when it succeeds. Pointers to folders are good no more. */
static int push(struct removal *r, int fd)
{
    struct stat status;
    int rc;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (r->depth == 0 && is_root(&status))
        return -EBUSY;
    rc = r->depth == r->capacity ? grow(r) : 0;
    if (rc < 0)
        return rc;
    r->folders[r->depth++] = (struct folder){.fd = fd, .device = status.st_dev, .inode = status.st_ino};
    if (r->depth > HELD_FOLDERS) {
        struct folder *above = &r->folders[r->depth - 1 - HELD_FOLDERS];
        if (above->fd >= 0)
            close(above->fd);
        above->fd = -1;
    }
    return 0;
}

/* 0: entered. -ENOTDIR: it is no folder (any more). */
static int enter_folder(struct removal *r, int parent_fd, const char *name)
{
    int rc, fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ELOOP ? -ENOTDIR : -errno;
    rc = push(r, fd);
    if (rc < 0)
        close(fd);
    return rc;
}

/* Open the folder below which we were again. Should ".." be another one by now, the tree was moved: stop. */
static int come_back(struct folder *parent, int child_fd)
{
    struct stat status;
    int fd = openat(child_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0 || status.st_dev != parent->device || status.st_ino != parent->inode) {
        close(fd);
        return -EBUSY;
    }
    parent->fd = fd;
    return 0;
}

/*
 * All entries of the folder on top were seen: take it away, and the entry of its parent's batch with it. Not
 * empty means that somebody added to it, or that the file system lost its place because we removed so much.
 */
static int remove_top(struct removal *r)
{
    struct folder *top = &r->folders[r->depth - 1];
    struct folder *parent = r->depth > 1 ? top - 1 : NULL;
    int rc = parent && parent->fd < 0 ? come_back(parent, top->fd) : 0;

    if (rc < 0)
        return rc;
    if (parent)
        rc = unlinkat(parent->fd, current_entry(parent)->name, AT_REMOVEDIR) < 0 ? -errno : 0;
    else
        rc = rmdir(r->path) < 0 ? -errno : 0;
    if ((rc == -ENOTEMPTY || rc == -EEXIST) && ++top->passes < PASSES_MAX)
        return lseek(top->fd, 0, SEEK_SET) < 0 ? -errno : 0;
    if (rc < 0 && rc != -ENOENT && (rc != -ENOTDIR || !parent))
        return rc;
    leave_folder(r);
    if (parent && rc != -ENOTDIR) /* something else has its name now: that is an entry to be removed */
        parent->at_bytes += current_entry(parent)->size_bytes;
    return 0;
}

/* The next batch of names. Returns: whether there are any. Keeps no more memory than they need. */
static int read_names(struct folder *folder)
{
    char *names = malloc(NAMES_BYTES), *fitted;
    long n;

    if (!names)
        return -ENOMEM;
    n = syscall(SYS_getdents64, folder->fd, names, NAMES_BYTES);
    if (n <= 0) {
        free(names);
        return n < 0 && errno != ENOENT ? -errno : 0; /* ENOENT: the folder itself was removed */
    }
    fitted = realloc(names, (size_t)n);
    free(folder->names);
    folder->names = fitted ? fitted : names;
    folder->at_bytes = 0;
    folder->size_bytes = (size_t)n;
    return 1;
}

static int unlink_entry(const struct folder *folder)
{
    return unlinkat(folder->fd, current_entry(folder)->name, 0) < 0 ? -errno : 0;
}

/* Remove the entry that the batch stands at, or enter it. Its type is only a hint. */
static int remove_entry(struct removal *r)
{
    struct folder *folder = &r->folders[r->depth - 1];
    int rc = current_entry(folder)->type == DT_DIR ? -EISDIR : unlink_entry(folder);

    if (rc == -EISDIR) {
        rc = enter_folder(r, folder->fd, current_entry(folder)->name);
        if (rc == 0)
            return 0;
        if (rc == -ENOTDIR)
            rc = unlink_entry(folder);
    }
    if (rc < 0 && rc != -ENOENT)
        return rc;
    folder->at_bytes += current_entry(folder)->size_bytes;
    return 0;
}

static bool is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int one_step(struct removal *r)
{
    struct folder *folder = &r->folders[r->depth - 1];

    if (folder->at_bytes == folder->size_bytes) {
        int rc = read_names(folder);
        return rc == 0 ? remove_top(r) : rc < 0 ? rc : 0;
    }
    if (!is_dot(current_entry(folder)->name))
        return remove_entry(r);
    folder->at_bytes += current_entry(folder)->size_bytes;
    return 0;
}

/* Is the last name of the path "." or ".."? The folder would be emptied, and could then not be removed. */
static bool ends_in_dot(const char *path)
{
    size_t end = strlen(path), begin;

    while (end > 0 && path[end - 1] == '/')
        end--;
    begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return (end - begin == 1 || end - begin == 2) && strspn(path + begin, ".") >= end - begin;
}

static int begin(struct removal *r)
{
    int rc;

    r->begun = true;
    if (ends_in_dot(r->path))
        return -EINVAL;
    rc = unlinkat(AT_FDCWD, r->path, 0) < 0 ? -errno : 0;
    return rc == -EISDIR ? enter_folder(r, AT_FDCWD, r->path) : rc;
}

static int finish(void *arg)
{
    struct removal *r = arg;

    while (r->depth > 0)
        leave_folder(r);
    free(r->folders);
    r->begun = false;
    return 0;
}

static int remove_step(void *arg)
{
    struct removal *r = arg;
    int64_t until_ns = nw__clock_ns() + SLICE_NS;
    int rc = r->begun ? 0 : begin(r);

    while (rc == 0 && r->depth > 0) {
        rc = one_step(r);
        if (rc == 0 && r->depth > 0 && nw__clock_ns() > until_ns)
            return NW__JOB_GOES_ON;
    }
    finish(r);
    return rc;
}

int nw_remove_tree(const char *path)
{
    struct removal r = {.path = path};
    int rc = path ? nw__io_job("remove tree", remove_step, &r) : -EINVAL;

    if (r.begun)
        nw__io_cleanup("remove tree", finish, &r);
    return rc;
}
