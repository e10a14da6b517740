/* SPDX-License-Identifier: MIT */
/*
 * What a tree takes: `nowait du -s` against `du -s`, both as programs, on a tree of 100,000 files in 2,000
 * directories and on /usr; with what the kernel knows of them in memory, and with all of that forgotten.
 * Forgetting takes root: elsewhere those rows say so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define DIRECTORIES 2000
#define FILES       50 /* in each */

static char root[256];   /* of the tree that was made */
static char tool[512];   /* this build's nowait */
static const char *path; /* what is measured now */
static uint64_t known_bytes;
static bool cold;

/* -- running -- */

static uint64_t expected(uint64_t ops)
{
    (void)ops;
    return known_bytes;
}

/* Forget all that can be read again. */
static int forget(void)
{
    int fd;

    sync();
    fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = write(fd, "3", 1);
    int rc = n < 0 ? -errno : 0;
    close(fd);
    return rc;
}

static int spawn_into(char *const *arguments, int out, pid_t *child_out)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int rc = posix_spawnp(child_out, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc == ENOENT ? BENCH_NOT_INSTALLED : -rc;
}

/* Run it, and read the number that its output begins with. */
static int run_program(char *const *arguments, uint64_t *number_out)
{
    char text[512] = "";
    int ends[2], status;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int rc = spawn_into(arguments, ends[1], &child);
    close(ends[1]);
    if (rc == 0) {
        size_t size = 0;
        ssize_t n;
        while (size < sizeof text - 1 && (n = read(ends[0], text + size, sizeof text - 1 - size)) > 0)
            size += (size_t)n;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
            rc = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? BENCH_NOT_INSTALLED : -EIO;
    }
    close(ends[0]);
    if (rc == 0)
        *number_out = strtoull(text, NULL, 10);
    return rc;
}

static int run_du(const struct bench_contender *self, struct bench_round *round)
{
    const char *ours[] = {tool, "du", "-s", "-B", "1", path, NULL};
    const char *theirs[] = {"du", "-s", "-B", "1", path, NULL};
    int rc = cold ? forget() : 0;

    if (rc < 0)
        return rc;
    if (self->variant)
        setenv("NOWAIT_BACKEND", self->variant == 1 ? "uring" : "epoll", 1);
    int64_t began_ns = bench_now();
    rc = run_program((char *const *)(uintptr_t)(self->variant ? ours : theirs), &round->checksum);
    round->elapsed_ns = bench_now() - began_ns;
    round->ops = round->ops_wanted;
    return rc;
}

static const struct bench_contender contenders[] = {
    {.name = "nowait du uring", .how = "nowait du -s, a thread a processor", .run = run_du, .variant = 1},
    {.name = "nowait du epoll", .how = "the same without a ring", .run = run_du, .variant = 2},
    {.name = "du", .how = "du -s of this system", .run = run_du},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait du uring", "du", BENCH_RATE, 1},
    {"nowait du epoll", "du", BENCH_RATE, 1},
    {0},
};

/* -- the trees -- */

static int make_files(char *name, size_t size_bytes)
{
    size_t length = strlen(name);

    if (mkdir(name, 0700) < 0)
        return -errno;
    for (int i = 0; i < FILES; i++) {
        snprintf(name + length, size_bytes - length, "/some-file-%d.c", i);
        int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return -errno;
        close(fd);
    }
    return 0;
}

/* Every tenth directory holds the nine that follow. */
static int make_tree(const struct bench *bench, uint64_t directories)
{
    char name[384];
    int rc = 0;

    snprintf(root, sizeof root, "%s/nowait-walk.XXXXXX", bench->dir);
    if (!mkdtemp(root))
        return -errno;
    for (uint64_t i = 0; rc == 0 && i < directories; i++) {
        int length = snprintf(name, sizeof name, "%s/%llu", root, (unsigned long long)(i / 10));
        if (i % 10)
            snprintf(name + length, sizeof name - (size_t)length, "/%llu", (unsigned long long)(i % 10));
        rc = make_files(name, sizeof name);
    }
    return rc;
}

static int remove_entry(const char *entry, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(entry);
}

static uint64_t entries;

static int count_entry(const char *entry, const struct stat *status, int kind, struct FTW *at)
{
    (void)entry, (void)status, (void)kind, (void)at;
    entries++;
    return 0;
}

static void compare(struct bench *bench, const char *id, const char *title, const char *tree, bool forgotten)
{
    char *const theirs[] = {(char *)"du", (char *)"-s", (char *)"-B", (char *)"1", (char *)(uintptr_t)tree,
                            NULL};
    struct bench_case c = {
        .id = id,
        .title = title,
        .unit = "entry",
        .rounds = forgotten ? 5 : 0,
        .expected = expected,
        .contenders = contenders,
        .targets = targets,
    };

    if (!bench_wanted(bench, id))
        return;
    path = tree;
    cold = forgotten;
    entries = 0;
    nftw(tree, count_entry, 64, FTW_PHYS);
    c.ops = entries;
    if (run_program(theirs, &known_bytes) < 0)
        known_bytes = 0;
    bench_compare(bench, &c);
}

/* Beside the folder of the benchmarks. */
static void find_tool(void)
{
    ssize_t n = readlink("/proc/self/exe", tool, sizeof tool - 16);

    tool[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(tool, '/');
        if (slash)
            *slash = '\0';
    }
    strcat(tool, "/nowait");
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "What trees take: nowait du -s against du -s, warm and cold.");
    find_tool();
    int rc = make_tree(&bench, bench_scaled(&bench, DIRECTORIES));
    if (rc < 0)
        return bench_cannot_make(&bench, "files", rc);
    compare(&bench, "walk-warm", "du of 100,000 files in 2,000 directories, cached", root, false);
    compare(&bench, "walk-usr-warm", "du of /usr, cached", "/usr", false);
    compare(&bench, "walk-cold", "du of 100,000 files in 2,000 directories, cold", root, true);
    compare(&bench, "walk-usr-cold", "du of /usr, cold", "/usr", true);
    nftw(root, remove_entry, 64, FTW_DEPTH | FTW_PHYS);
    return bench_finish(&bench);
}
