/* SPDX-License-Identifier: MIT */
/*
 * In place of libFuzzer: each file of the folders and files that are named, once. So that what a fuzzer has
 * found stays tested, by any compiler.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

static unsigned replayed;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0, capacity = 1 << 20;
    uint8_t *data = malloc(capacity);

    if (!file || !data) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    size = fread(data, 1, capacity, file);
    fclose(file);
    char *copy = fuzz_copy(data, size);
    free(data);
    fprintf(stderr, "%s\n", path); /* the last one is the one that has failed */
    (void)LLVMFuzzerTestOneInput((const uint8_t *)copy, size);
    free(copy);
    replayed++;
}

static void replay(const char *path)
{
    struct stat status;
    DIR *folder;
    const struct dirent *entry;
    char name[PATH_MAX];

    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
        replay_file(path);
        return;
    }
    folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        replay_file(name);
    }
    if (folder)
        closedir(folder);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (replayed == 0)
        fprintf(stderr, "no inputs: give files, or folders with files\n");
    return replayed == 0;
}
