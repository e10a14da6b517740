/* SPDX-License-Identifier: MIT */
/*
 * The path of what is in a tree: the root as it was given, and the names below it. Owns its memory, which it
 * keeps for the next path.
 */
#ifndef NW_IO_TREE_PATH_H
#define NW_IO_TREE_PATH_H

#include "io/descent.h"

struct nw__tree_path {
    char *text;
    size_t folder_bytes; /* as much of it is the folder's */
    size_t capacity;
};

/* Make it the path of the folder. */
NW_CHECK int nw__tree_path_folder(struct nw__tree_path *path, const struct nw__folder *folder);
/* Make it that of a name in this folder, which it was the path of before. */
NW_CHECK int nw__tree_path_entry(struct nw__tree_path *path, const struct nw__folder *folder,
                                 const char *name);
void nw__tree_path_finish(struct nw__tree_path *path);

#endif
