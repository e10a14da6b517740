/* SPDX-License-Identifier: MIT */
/*
 * Lists of paths, and the names in a directory as such a list.
 * Owns the strings. nw_dir_list() reads in slices on a worker, so that it sorts there as well.
 */
#include "io/paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/entries.h"
#include "io/io.h"

static int grow(struct nw__paths *paths)
{
    size_t capacity = paths->capacity ? paths->capacity * 2 : 32;
    char **items = realloc(paths->items, capacity * sizeof *items);

    if (!items)
        return -ENOMEM;
    paths->items = items;
    paths->capacity = capacity;
    return 0;
}

int nw__paths_add(struct nw__paths *paths, const char *text, size_t text_bytes)
{
    char *copy;

    if (paths->limit && paths->count == paths->limit)
        return -EFBIG;
    if (paths->count == paths->capacity && grow(paths) < 0)
        return -ENOMEM;
    copy = malloc(text_bytes + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, text, text_bytes);
    copy[text_bytes] = '\0';
    paths->items[paths->count++] = copy;
    return 0;
}

void nw__paths_finish(struct nw__paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct nw__paths){.limit = paths->limit};
}

static int compare(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;

    return strcmp(*a, *b); /* as unsigned bytes */
}

void nw__paths_sort(struct nw__paths *paths)
{
    if (paths->count > 1)
        qsort(paths->items, paths->count, sizeof *paths->items, compare);
}

void nw__paths_unique(struct nw__paths *paths)
{
    size_t kept = 0;

    for (size_t i = 0; i < paths->count; i++) {
        if (kept > 0 && strcmp(paths->items[kept - 1], paths->items[i]) == 0)
            free(paths->items[i]);
        else
            paths->items[kept++] = paths->items[i];
    }
    paths->count = kept;
}

void nw__paths_take(struct nw__paths *paths, nw_paths *out)
{
    *out = (nw_paths){paths->items, paths->count};
    *paths = (struct nw__paths){.limit = paths->limit};
}

void nw_paths_finish(nw_paths *paths)
{
    if (!paths)
        return;
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (nw_paths){0};
}

/* -- the names in a directory -- */

struct listing {
    int fd;
    struct nw__entries entries;
    struct nw__paths names;
};

/* On a worker: a batch, and the sorting when there is none left. */
static int list_step(void *arg)
{
    struct listing *listing = arg;
    struct nw__entry *entry;
    int rc = nw__entries_read(&listing->entries, listing->fd);

    if (rc < 0)
        return rc;
    rc = 0;
    while (rc == 0 && (entry = nw__entries_current(&listing->entries))) {
        rc = nw__paths_add(&listing->names, entry->name, strlen(entry->name));
        nw__entries_advance(&listing->entries, entry);
    }
    if (rc == 0 && listing->entries.end)
        nw__paths_sort(&listing->names);
    return rc < 0 || listing->entries.end ? rc : NW__JOB_GOES_ON;
}

int nw_dir_list(const char *path, size_t limit, nw_paths *names_out)
{
    struct listing listing = {.names.limit = limit};
    int rc;

    if (!path || !names_out)
        return -EINVAL;
    listing.fd = nw_fd_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (listing.fd < 0)
        return listing.fd;
    rc = nw__io_job("list directory", list_step, &listing);
    nw_fd_close(listing.fd);
    nw__entries_finish(&listing.entries);
    if (rc == 0)
        nw__paths_take(&listing.names, names_out);
    else
        nw__paths_finish(&listing.names);
    return rc;
}
