/* SPDX-License-Identifier: MIT */
/*
 * Paths put together from the names of folders. Must not ask the system for anything.
 */
#include "io/tree_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int reserve(struct nw__tree_path *path, size_t size_bytes)
{
    char *text;

    if (size_bytes <= path->capacity)
        return 0;
    text = realloc(path->text, size_bytes * 2);
    if (!text)
        return -ENOMEM;
    path->text = text;
    path->capacity = size_bytes * 2;
    return 0;
}

/* No second slash behind a root that ends in one. */
static bool needs_slash(const struct nw__folder *folder)
{
    size_t length = folder->parent ? 0 : strlen(folder->name);

    return length == 0 || folder->name[length - 1] != '/';
}

static size_t path_length(const struct nw__folder *folder)
{
    size_t length = strlen(folder->name);

    for (; folder->parent; folder = folder->parent)
        length += strlen(folder->parent->name) + needs_slash(folder->parent);
    return length;
}

int nw__tree_path_folder(struct nw__tree_path *path, const struct nw__folder *folder)
{
    size_t end = path_length(folder);
    int rc = reserve(path, end + 1);

    if (rc < 0)
        return rc;
    path->folder_bytes = end;
    path->text[end] = '\0';
    for (; folder; folder = folder->parent) {
        size_t length = strlen(folder->name);
        end -= length;
        memcpy(path->text + end, folder->name, length);
        if (folder->parent && needs_slash(folder->parent))
            path->text[--end] = '/';
    }
    return 0;
}

int nw__tree_path_entry(struct nw__tree_path *path, const struct nw__folder *folder, const char *name)
{
    size_t length = strlen(name) + 1, end = path->folder_bytes;
    int rc = reserve(path, end + 1 + length);

    if (rc < 0)
        return rc;
    if (needs_slash(folder))
        path->text[end++] = '/';
    memcpy(path->text + end, name, length);
    return 0;
}

void nw__tree_path_finish(struct nw__tree_path *path)
{
    free(path->text);
    *path = (struct nw__tree_path){0};
}
