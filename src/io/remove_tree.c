/* SPDX-License-Identifier: MIT */
/*
 * rm -r: of any depth, with a bounded number of descriptors, in slices on a worker.
 * Owns a chain of folders on the heap. Names are only ever looked up in a folder that is held open, and links
 * are never followed: whoever renames things meanwhile cannot lead it outside the tree.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/descent.h"
#include "io/entries.h"
#include "io/io.h"

#define SLICE_NS     NW_MS(4)
#define IDLE_FOLDERS 16 /* kept open on the way down */
#define PASSES_MAX   8  /* over a folder to which somebody keeps adding */

/* Its name is the entry that the batch of the one above stands at. */
struct level {
    struct nw__folder folder; /* first; pinned while it is the innermost */
    struct nw__entries entries;
    unsigned passes;
};

struct removal {
    const char *path;
    char *root; /* the path without slashes at its end: with them, a link in the root's place is followed */
    struct nw__descent descent;
    struct level *top;
    bool begun;
};

static struct level *above(const struct level *level)
{
    return (struct level *)level->folder.parent;
}

static bool is_root(const struct nw__folder *folder)
{
    struct stat root;

    return stat("/", &root) == 0 && root.st_dev == folder->device && root.st_ino == folder->inode;
}

/* It must not be pinned any more. */
static void free_top(struct removal *r)
{
    struct level *level = r->top;

    r->top = above(level);
    nw__folder_drop(&r->descent, &level->folder);
    nw__descent_sweep(&r->descent);
    nw__entries_finish(&level->entries);
    free(level);
}

/* 0: entered. -ENOTDIR: it is no folder (any more). */
static int enter_folder(struct removal *r, const char *name)
{
    struct level *level = calloc(1, sizeof *level), *parent = r->top;
    int fd;

    if (!level)
        return -ENOMEM;
    nw__folder_init(&level->folder, parent ? &parent->folder : NULL, name);
    fd = nw__folder_open(&r->descent, &level->folder);
    if (fd < 0) {
        free(level);
        return fd;
    }
    r->top = level;
    if (parent)
        nw__folder_unpin(&r->descent, &parent->folder);
    return parent || !is_root(&level->folder) ? 0 : -EBUSY;
}

/* Have the folder above the one on top open. Should that be another one by now, the tree was moved: stop. */
static int look_up(struct removal *r)
{
    int fd = nw__folder_pin(&r->descent, r->top->folder.parent, &r->top->folder);

    return fd == -ENOENT ? -EBUSY : fd;
}

/* From the folder on top to the one above, which is pinned. */
static void come_back(struct removal *r)
{
    nw__folder_unpin(&r->descent, &r->top->folder);
    free_top(r);
}

static int begin_again(struct level *level)
{
    level->entries.end = false;
    return lseek(level->folder.fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/*
 * All entries of the folder on top were seen: take it away, and the entry of its parent's batch with it. Not
 * empty means that somebody added to it, or that the file system lost its place because we removed so much.
 */
static int remove_top(struct removal *r)
{
    struct level *parent = above(r->top);
    int rc, fd = parent ? look_up(r) : 0;

    if (fd < 0)
        return fd;
    if (parent)
        rc = unlinkat(fd, r->top->folder.name, AT_REMOVEDIR) < 0 ? -errno : 0;
    else
        rc = rmdir(r->root) < 0 ? -errno : 0;
    bool again = (rc == -ENOTEMPTY || rc == -EEXIST) && ++r->top->passes < PASSES_MAX;
    if (again || (rc < 0 && rc != -ENOENT && (rc != -ENOTDIR || !parent))) {
        if (parent)
            nw__folder_unpin(&r->descent, &parent->folder);
        return again ? begin_again(r->top) : rc;
    }
    come_back(r);
    if (parent && rc != -ENOTDIR) /* something else has its name now: that is an entry to be removed */
        nw__entries_advance(&parent->entries, nw__entries_current(&parent->entries));
    return 0;
}

static int unlink_entry(const struct level *level, const char *name)
{
    return unlinkat(level->folder.fd, name, 0) < 0 ? -errno : 0;
}

/* Remove the entry that the batch stands at, or enter it. Its type is only a hint. */
static int remove_entry(struct removal *r, const struct nw__entry *entry)
{
    struct level *level = r->top;
    int rc = entry->type == DT_DIR ? -EISDIR : unlink_entry(level, entry->name);

    if (rc == -EISDIR) {
        rc = enter_folder(r, entry->name);
        if (rc == 0)
            return 0;
        if (rc == -ENOTDIR)
            rc = unlink_entry(level, entry->name);
    }
    if (rc < 0 && rc != -ENOENT)
        return rc;
    nw__entries_advance(&level->entries, entry);
    return 0;
}

static int one_step(struct removal *r)
{
    struct level *level = r->top;
    const struct nw__entry *entry = nw__entries_current(&level->entries);
    int rc;

    if (entry)
        return remove_entry(r, entry);
    rc = level->entries.end ? 0 : nw__entries_read(&level->entries, level->folder.fd);
    if (rc > 0)
        nw__entries_fit(&level->entries);
    return rc == 0 ? remove_top(r) : rc < 0 ? rc : 0;
}

static size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

/* Is the last name of the path "." or ".."? The folder would be emptied, and could then not be removed. */
static bool ends_in_dot(const char *path)
{
    size_t end = length_without_slashes(path), begin = end;

    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return (end - begin == 1 || end - begin == 2) && strspn(path + begin, ".") >= end - begin;
}

static int begin(struct removal *r)
{
    int rc;

    r->begun = true;
    nw__descent_init(&r->descent, IDLE_FOLDERS, false);
    if (ends_in_dot(r->path))
        return -EINVAL;
    r->root = strndup(r->path, length_without_slashes(r->path));
    if (!r->root)
        return -ENOMEM;
    rc = unlinkat(AT_FDCWD, r->path, 0) < 0 ? -errno : 0; /* with its slashes: then it must be a folder */
    return rc == -EISDIR ? enter_folder(r, r->root) : rc;
}

static int finish(void *arg)
{
    struct removal *r = arg;

    if (r->top)
        nw__folder_unpin(&r->descent, &r->top->folder);
    while (r->top)
        free_top(r);
    nw__descent_finish(&r->descent);
    free(r->root);
    r->begun = false;
    return 0;
}

static int remove_step(void *arg)
{
    struct removal *r = arg;
    int64_t until_ns = nw__clock_ns() + SLICE_NS;
    int rc = r->begun ? 0 : begin(r);

    while (rc == 0 && r->top) {
        rc = one_step(r);
        if (rc == 0 && r->top && nw__clock_ns() > until_ns)
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
