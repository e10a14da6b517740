/* SPDX-License-Identifier: MIT */
/*
 * A tree copied: 20,000 files of 1 to 16 KiB in 500 folders, and three of 64, 128 and 256 MiB; from the page
 * cache, and dropped from it beforehand. Nobody syncs. The copy is removed, and what is dirty written back,
 * outside of the time that counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <nowait.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define FILES          20000
#define FILES_IN_DIR   40
#define FILE_BYTES_MIN 1024
#define FILE_BYTES_MAX 16384
#define LARGE_BYTES    ((uint64_t)64 << 20)
#define LARGE_FILES    3 /* each twice as large as the one before */

extern char **environ;

static char root[256], source[300], target[300];
static bool cold;
static uint64_t sum_of_source, files_of_source;

/* -- the tree -- */

static int write_file(const char *path, uint64_t index, uint64_t size)
{
    static char data[1 << 20];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    uint64_t word = bench_mix(index);

    if (fd < 0)
        return -errno;
    memcpy(data, &word, sizeof word);
    while (size > 0) {
        ssize_t n = write(fd, data, size < sizeof data ? size : sizeof data);
        if (n < 0) {
            close(fd);
            return -errno;
        }
        size -= (uint64_t)n;
    }
    return close(fd) < 0 ? -errno : 0;
}

static int make_small(uint64_t files)
{
    char path[400];
    int rc = 0;

    for (uint64_t i = 0; rc == 0 && i < files; i++) {
        unsigned folder = (unsigned)(i / FILES_IN_DIR);
        snprintf(path, sizeof path, "%s/%02u", source, folder / 25);
        if (i % FILES_IN_DIR == 0 && mkdir(path, 0755) < 0 && errno != EEXIST)
            return -errno;
        snprintf(path, sizeof path, "%s/%02u/%03u", source, folder / 25, folder);
        if (i % FILES_IN_DIR == 0 && mkdir(path, 0755) < 0)
            return -errno;
        snprintf(path, sizeof path, "%s/%02u/%03u/%05u.txt", source, folder / 25, folder, (unsigned)i);
        rc = write_file(path, i, FILE_BYTES_MIN + bench_mix(~i) % (FILE_BYTES_MAX - FILE_BYTES_MIN));
    }
    return rc;
}

static int make_tree(const struct bench *bench)
{
    char path[400];
    int rc;

    snprintf(root, sizeof root, "%s/nowait-bench-XXXXXX", bench->dir);
    if (!mkdtemp(root)) {
        root[0] = '\0';
        return -errno;
    }
    snprintf(source, sizeof source, "%s/source", root);
    snprintf(target, sizeof target, "%s/target", root);
    rc = mkdir(source, 0755) < 0 ? -errno : make_small(bench_scaled(bench, FILES));
    for (unsigned i = 0; rc == 0 && i < LARGE_FILES; i++) {
        snprintf(path, sizeof path, "%s/large%u", source, i);
        rc = write_file(path, i, bench_scaled(bench, LARGE_BYTES << i));
    }
    return rc;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static void remove_tree(const char *path)
{
    if (*path)
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static uint64_t walked_sum, walked_files;

/* Size and first word of each file, and dropped from the cache if that is asked for. */
static int look_at(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    uint64_t word = 0;
    int fd;

    (void)ftw;
    if (type != FTW_F)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &word, sizeof word) < 0)
        return -1;
    posix_fadvise(fd, 0, 0, cold ? POSIX_FADV_DONTNEED : POSIX_FADV_WILLNEED);
    close(fd);
    walked_sum += word + (uint64_t)status->st_size;
    walked_files++;
    return 0;
}

static int look_through(const char *path)
{
    walked_sum = 0;
    walked_files = 0;
    return nftw(path, look_at, 16, FTW_PHYS) == 0 ? 0 : -EIO;
}

/* -- a round -- */

/* Names and inodes, too, where we may. */
static void drop_names(void)
{
    int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (write(fd, "2", 1) < 0)
            errno = 0; /* then they stay */
        close(fd);
    }
}

/* Nobody has to write back what another one has left. */
static int prepare(void)
{
    int rc;

    remove_tree(target);
    sync();
    rc = look_through(source);
    if (cold)
        drop_names();
    return rc;
}

static int verify(struct bench_round *round)
{
    int rc = look_through(target);

    round->ops = walked_files;
    round->checksum = walked_sum;
    return rc;
}

static uint64_t expected(uint64_t ops)
{
    return ops == files_of_source ? sum_of_source : 0;
}

static int copy_in_task(void *arg)
{
    static const nw_copy_options options = {.flags = NW_COPY_UMASK};
    struct bench_round *round = arg;
    int64_t began_ns = bench_now();
    int rc = nw_copy_tree(&options, source, target);

    round->elapsed_ns = bench_now() - began_ns;
    return rc;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    const nw_run_options options = {.backend = (enum nw_backend)self->variant};
    int rc = prepare();

    if (rc == 0)
        rc = nw_run_with(&options, copy_in_task, round);
    return rc < 0 ? rc : verify(round);
}

static int run_cp(const struct bench_contender *self, struct bench_round *round)
{
    char name[] = "cp", recursive[] = "-r";
    char *arguments[] = {name, recursive, source, target, NULL};
    int status, rc = prepare();
    pid_t child;

    (void)self;
    if (rc < 0)
        return rc;
    int64_t began_ns = bench_now();
    rc = posix_spawnp(&child, "cp", NULL, NULL, arguments, environ);
    if (rc != 0)
        return rc == ENOENT ? BENCH_NOT_INSTALLED : -rc;
    if (waitpid(child, &status, 0) < 0 || status != 0)
        return -EIO;
    round->elapsed_ns = bench_now() - began_ns;
    return verify(round);
}

static const struct bench_contender contenders[] = {
    {.name = "nowait uring", .how = "nw_copy_tree", .run = run_nowait, .variant = NW_BACKEND_URING},
    {.name = "nowait epoll", .how = "nw_copy_tree", .run = run_nowait, .variant = NW_BACKEND_EPOLL},
    {.name = "cp -r", .how = "the program, its start included", .run = run_cp},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "cp -r", BENCH_RATE, 1},
    {"nowait epoll", "cp -r", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "A tree of small and large files copied, as cp -r does.");
    int rc = make_tree(&bench);
    if (rc == 0)
        rc = look_through(source);
    if (rc < 0) {
        remove_tree(root);
        return bench_cannot_make(&bench, "files", rc);
    }
    sum_of_source = walked_sum;
    files_of_source = walked_files;
    struct bench_case warm = {
        .id = "copy-tree-warm",
        .title = "tree copied, cached",
        .unit = "file",
        .ops = files_of_source,
        .rounds = 5,
        .expected = expected,
        .contenders = contenders,
        .targets = targets,
    };
    struct bench_case from_disk = warm;
    from_disk.id = "copy-tree-cold";
    from_disk.title = "tree copied, cold";
    from_disk.rounds = 3; /* each takes long */
    bench_compare(&bench, &warm);
    cold = true;
    bench_compare(&bench, &from_disk);
    remove_tree(root);
    return bench_finish(&bench);
}
