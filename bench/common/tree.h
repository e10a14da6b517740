/* SPDX-License-Identifier: MIT */
/*
 * A tree of small files in a temporary folder: made before, removed after. Each file's content tells its
 * number.
 */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include "bench.h"

#define TREE_FILE_BYTES_MAX 8192
#define TREE_FILES_IN_DIR   100

struct tree {
    char root[256];
    uint64_t files;
    char (*paths)[320];
};

/* Make `files` files of 512 bytes to 8 KiB, 100 in a directory, in a new folder in bench->dir. */
int tree_make(struct tree *tree, const struct bench *bench, uint64_t files);
/* Remove it. Accepts a zeroed one. */
void tree_remove(struct tree *tree);

/* What reading file `index` whole adds to the checksum. */
uint64_t tree_file_sum(uint64_t index);
uint64_t tree_file_bytes(uint64_t index);
/* The same from what was read; `size` is what read returned. */
uint64_t tree_read_sum(const char *data, int64_t size);

#endif
