/* SPDX-License-Identifier: MIT */
/*
 * One directory: a trip to a worker for each batch of names, and the entries from memory in between.
 * Owns the descriptor and the batch. Must not read ahead of what is asked for: who stops has seen it all.
 */
#include <nowait/dir.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/entries.h"
#include "io/io.h"

struct nw_dir {
    int fd;
    struct nw__entries entries;
};

int nw_dir_openat(int directory_fd, const char *path, int flags, nw_dir **dir_out)
{
    nw_dir *dir;
    int fd;

    if (!path || !dir_out || (flags & (O_ACCMODE | O_CREAT | O_PATH)))
        return -EINVAL;
    dir = calloc(1, sizeof *dir);
    if (!dir)
        return -ENOMEM;
    fd = nw_fd_openat(directory_fd, path, flags | O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        free(dir);
        return fd;
    }
    dir->fd = fd;
    *dir_out = dir;
    return 0;
}

int nw_dir_open(const char *path, nw_dir **dir_out)
{
    return nw_dir_openat(AT_FDCWD, path, 0, dir_out);
}

/* On a worker. */
static int read_batch(void *arg)
{
    nw_dir *dir = arg;
    int rc = nw__entries_read(&dir->entries, dir->fd);

    if (rc > 0)
        nw__entries_find_types(&dir->entries, dir->fd);
    return rc;
}

/* Returns: 1: `entries` stand at one; 0: the end. A batch may hold "." and ".." only. */
static int find_entry(nw_dir *dir, struct nw__entry **entry_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    while (!(*entry_out = nw__entries_current(&dir->entries))) {
        if (dir->entries.end)
            return 0;
        rc = nw__work_await("read directory", read_batch, dir);
        if (rc <= 0)
            return rc;
    }
    nw__task_breathe(self, 0);
    return 1;
}

int nw_dir_next(nw_dir *dir, nw_dir_entry *entry_out)
{
    struct nw__entry *entry;
    int rc = dir && entry_out ? find_entry(dir, &entry) : -EINVAL;

    if (rc <= 0)
        return rc;
    *entry_out = (nw_dir_entry){
        .name = entry->name,
        .name_bytes = strlen(entry->name),
        .type = (mode_t)DTTOIF(entry->type),
        .inode = entry->inode,
    };
    nw__entries_advance(&dir->entries, entry);
    return 1;
}

static int rewind_fd(void *arg)
{
    const nw_dir *dir = arg;

    return lseek(dir->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int nw_dir_rewind(nw_dir *dir)
{
    int rc = dir ? nw__work_await("rewind directory", rewind_fd, dir) : -EINVAL;

    if (rc == 0) {
        dir->entries.at_bytes = 0;
        dir->entries.size_bytes = 0;
        dir->entries.end = false;
    }
    return rc;
}

int nw_dir_fd(const nw_dir *dir)
{
    return dir ? dir->fd : -EINVAL;
}

int nw_dir_close(nw_dir *dir)
{
    int rc = dir ? nw_fd_close(dir->fd) : 0;

    if (!dir || rc == NW_ENOTASK)
        return rc;
    nw__entries_finish(&dir->entries);
    free(dir);
    return rc;
}
