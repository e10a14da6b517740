/* SPDX-License-Identifier: MIT */
/*
 * The tree of small files. Owns the folder and the list of paths; the files are left in the page cache.
 */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TREE_FILE_BYTES_MIN 512

static uint64_t first_word(uint64_t index)
{
    return bench_mix(index ^ 0x7472656565u);
}

uint64_t tree_file_bytes(uint64_t index)
{
    return TREE_FILE_BYTES_MIN + bench_mix(index) % (TREE_FILE_BYTES_MAX - TREE_FILE_BYTES_MIN + 1);
}

uint64_t tree_file_sum(uint64_t index)
{
    return first_word(index) + tree_file_bytes(index);
}

uint64_t tree_read_sum(const char *data, int64_t size)
{
    uint64_t word = 0;

    if (size >= (int64_t)sizeof word)
        memcpy(&word, data, sizeof word);
    return word + (uint64_t)size;
}

static int make_file(const char *path, uint64_t index)
{
    char data[TREE_FILE_BYTES_MAX];
    uint64_t word = first_word(index);
    size_t size = tree_file_bytes(index);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return -errno;
    memset(data, 'x', size);
    memcpy(data, &word, sizeof word);
    ssize_t n = write(fd, data, size);
    close(fd);
    return n == (ssize_t)size ? 0 : -EIO;
}

static int make_files(struct tree *tree)
{
    for (uint64_t i = 0; i < tree->files; i++) {
        unsigned directory = (unsigned)(i / TREE_FILES_IN_DIR);
        int end = snprintf(tree->paths[i], sizeof tree->paths[i], "%s/%03u", tree->root, directory);
        if (i % TREE_FILES_IN_DIR == 0 && mkdir(tree->paths[i], 0700) < 0)
            return -errno;
        snprintf(tree->paths[i] + end, sizeof tree->paths[i] - (size_t)end, "/%05u.txt", (unsigned)i);
        int rc = make_file(tree->paths[i], i);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int tree_make(struct tree *tree, const struct bench *bench, uint64_t files)
{
    *tree = (struct tree){.files = files};
    snprintf(tree->root, sizeof tree->root, "%s/nowait-bench-XXXXXX", bench->dir);
    if (!mkdtemp(tree->root)) {
        tree->root[0] = '\0';
        return -errno;
    }
    tree->paths = calloc(files, sizeof *tree->paths);
    int rc = tree->paths ? make_files(tree) : -ENOMEM;
    if (rc < 0)
        tree_remove(tree);
    return rc;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

void tree_remove(struct tree *tree)
{
    if (tree->root[0])
        nftw(tree->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(tree->paths);
    *tree = (struct tree){0};
}
