/* SPDX-License-Identifier: MIT */
/*
 * Downloads to disk, as programs: one file of 1 GiB, `nowait get` against `curl -o`; and 1,000 small ones
 * from a list, `nowait get -i` against `curl --parallel --config`. nginx serves them. Nobody syncs; what a
 * round has left is written back before the next. Also the most memory that each has had.
 *
 * Each round has a directory of its own, in another part of the disk, and small files stay until the end:
 * ext4 without a journal passes by inodes that were removed within the last minutes, one by one, and a
 * thousand of these would cost more than all else that a download does.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web.h"

#define LARGE_BYTES     ((uint64_t)1 << 30)
#define SMALL_FILES     1000
#define SMALL_BYTES_MIN 1024
#define SMALL_BYTES_MAX 16384
#define PROGRAMS        3
#define CURL            2
#define AT_A_TIME       "50" /* curl's own limit of --parallel */

static struct bench_places places;
static struct web web;
static char all_targets[256], target[300], list[256], config[256];
static uint64_t large_bytes, small_files, small_bytes;
static uint64_t sum_of_small;
static bool over_tls;

/* Most memory in each round, MiB; the first round does not count. */
static struct seen {
    double rss_mib[BENCH_ROUNDS_MAX + 1];
    unsigned count;
} seen[PROGRAMS];

/* -- what is there afterwards -- */

static uint64_t found_sum, found_bytes, found_files;

static int look_at(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    uint64_t word = 0;

    (void)ftw;
    if (type != FTW_F)
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, &word, sizeof word);
    close(fd);
    found_sum += word;
    found_bytes += (uint64_t)status->st_size;
    found_files++;
    return n == sizeof word ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static void remove_all(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What is made in it has nothing to do with each other: ext4 spreads it. Other file systems need no such
 * word. */
static int make_all_targets(void)
{
    int flags = 0, fd = mkdir(all_targets, 0755) < 0 ? -1 : open(all_targets, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_TOPDIR_FL;
        (void)!ioctl(fd, FS_IOC_SETFLAGS, &flags);
    }
    close(fd);
    return 0;
}

static int prepare(bool large)
{
    static unsigned rounds;

    if (large)
        remove_all(target); /* the last one: there may not be room for all */
    snprintf(target, sizeof target, "%s/%u", all_targets, rounds++);
    sync();
    return mkdir(target, 0755) < 0 ? -errno : 0;
}

static int verify(bool large)
{
    found_sum = found_bytes = found_files = 0;
    if (nftw(target, look_at, 16, FTW_PHYS) != 0)
        return -EIO;
    if (large)
        return found_files == 1 && found_sum == 3 && found_bytes == large_bytes ? 0 : -EIO;
    return found_files == small_files && found_sum == sum_of_small && found_bytes == small_bytes ? 0 : -EIO;
}

/* -- a round -- */

static int run_program(const struct bench_contender *self, struct bench_round *round,
                       const char *const *arguments, bool large)
{
    struct bench_usage usage;
    struct seen *into = &seen[self->variant];
    int rc = 0;

    if (self->variant != CURL)
        setenv("NOWAIT_BACKEND", self->variant == 0 ? "uring" : "epoll", 1);
    if (rc == 0)
        rc = bench_execute(arguments, NULL, NULL, 0, &usage);
    if (rc == 0)
        rc = verify(large);
    if (rc < 0)
        return rc;
    round->ops = round->ops_wanted;
    round->elapsed_ns = usage.elapsed_ns;
    if (into->count <= BENCH_ROUNDS_MAX)
        into->rss_mib[into->count++] = (double)usage.rss_kib / 1024;
    return 0;
}

static int run_large(const struct bench_contender *self, struct bench_round *round)
{
    char url[64], path[320];
    const char *const ours[] = {bench_tool(), "get", "-q", "--cacert", web.certificate,
                                "-o",         path,  url,  NULL};
    int rc = prepare(true);
    const char *const theirs[] = {"curl",          "-q", "-s", "-f", "--cacert",
                                  web.certificate, "-o", path, url,  NULL};

    snprintf(url, sizeof url, "%s://127.0.0.1:%u/large", over_tls ? "https" : "http",
             over_tls ? web.tls_port : web.port);
    snprintf(path, sizeof path, "%s/large", target);
    return rc < 0 ? rc : run_program(self, round, self->variant == CURL ? theirs : ours, true);
}

/* What is to be fetched, and where to: ours says the latter by an option. */
static int write_lists(void)
{
    FILE *ours = fopen(list, "we");
    FILE *theirs = ours ? fopen(config, "we") : NULL;
    char url[128];

    if (!theirs) {
        if (ours)
            fclose(ours);
        return -errno;
    }
    for (uint64_t i = 0; i < small_files; i++) {
        snprintf(url, sizeof url, "%s://127.0.0.1:%u/f%llu", over_tls ? "https" : "http",
                 over_tls ? web.tls_port : web.port, (unsigned long long)i);
        fprintf(ours, "%s\n", url);
        fprintf(theirs, "url = \"%s\"\noutput = \"%s/f%llu\"\n", url, target, (unsigned long long)i);
    }
    int failed = fclose(ours) != 0;
    failed |= fclose(theirs) != 0;
    return failed ? -EIO : 0;
}

static int run_small(const struct bench_contender *self, struct bench_round *round)
{
    const char *const ours[] = {bench_tool(), "get",     "-q",         "--cacert", web.certificate,
                                "-j",         AT_A_TIME, "--per-host", AT_A_TIME,  "-O",
                                target,       "-i",      list,         NULL};
    const char *const theirs[] = {
        "curl",          "-q",       "-s",   "-f", "--parallel", "--parallel-max", AT_A_TIME, "--cacert",
        web.certificate, "--config", config, NULL};
    int rc = prepare(false);

    if (rc == 0)
        rc = write_lists();
    return rc < 0 ? rc : run_program(self, round, self->variant == CURL ? theirs : ours, false);
}

/* -- the files -- */

static int make_files(const struct bench *bench)
{
    char name[32];
    int rc;

    large_bytes = bench_scaled(bench, LARGE_BYTES);
    small_files = bench_scaled(bench, SMALL_FILES);
    snprintf(all_targets, sizeof all_targets, "%s.target", web.root);
    snprintf(list, sizeof list, "%s.nginx/list", web.root);
    snprintf(config, sizeof config, "%s.nginx/config", web.root);
    rc = web_add(&web, "large", 3, large_bytes);
    for (uint64_t i = 0; rc == 0 && i < small_files; i++) {
        uint64_t bytes = SMALL_BYTES_MIN + bench_mix(i) % (SMALL_BYTES_MAX - SMALL_BYTES_MIN);
        snprintf(name, sizeof name, "f%llu", (unsigned long long)i);
        rc = web_add(&web, name, i, bytes);
        small_bytes += bytes;
        sum_of_small += i;
    }
    return rc;
}

/* -- the rows -- */

#define CONTENDERS(FN, OURS, THEIRS)                                                                         \
    {                                                                                                        \
        {.name = "nowait get uring", .how = OURS, .run = FN, .variant = 0, .unverified = true},              \
            {.name = "nowait get epoll",                                                                     \
             .how = "the same without a ring",                                                               \
             .run = FN,                                                                                      \
             .variant = 1,                                                                                   \
             .unverified = true},                                                                            \
            {.name = "curl", .how = THEIRS, .run = FN, .variant = CURL, .unverified = true}, {0},            \
    }

static const struct bench_contender large[] = CONTENDERS(run_large, "nowait get -o", "curl -s -f -o");
static const struct bench_contender small[] =
    CONTENDERS(run_small, "nowait get -j 50 --per-host 50 -O DIR -i LIST",
               "curl -s -f --parallel --parallel-max 50 --config LIST");

static void print_memory(struct bench *bench, const struct bench_case *c)
{
    char id[96], title[128];

    for (unsigned i = 0; i < PROGRAMS; i++) {
        const struct bench_figure figure = {.id = id, .title = title, .unit = "MiB"};
        snprintf(id, sizeof id, "%s-memory-%s", c->id, i == 1 ? "epoll" : i == 0 ? "uring" : "curl");
        snprintf(title, sizeof title, "%s: most memory of %s", c->title, c->contenders[i].name);
        if (seen[i].count > 1)
            bench_report_figure(bench, &figure, seen[i].rss_mib + 1, seen[i].count - 1, NULL);
        else
            bench_report_missing(bench, &figure, "not measured");
    }
}

static void compare(struct bench *bench, const char *id, const char *title,
                    const struct bench_contender *contenders, uint64_t ops, double limit, unsigned rounds)
{
    const struct bench_target targets[] = {{"nowait get uring", "curl", BENCH_RATE, limit},
                                           {"nowait get epoll", "curl", BENCH_RATE, limit},
                                           {0}};
    const struct bench_case c = {.id = id,
                                 .title = title,
                                 .unit = contenders == large ? "byte" : "file",
                                 .ops = ops,
                                 .rounds = rounds,
                                 .contenders = contenders,
                                 .targets = targets};

    if (!bench_wanted(bench, id))
        return;
    memset(seen, 0, sizeof seen);
    bench_compare(bench, &c);
    print_memory(bench, &c);
}

static void compare_all(struct bench *bench, bool tls)
{
    over_tls = tls;
    compare(bench, tls ? "download-tls-large" : "download-large",
            tls ? "a file of 1 GiB over HTTPS, to disk" : "a file of 1 GiB over HTTP, to disk", large,
            large_bytes, 1, 3);
    compare(bench, tls ? "download-tls-small" : "download-small",
            tls ? "1,000 small files over HTTPS, to disk" : "1,000 small files over HTTP, to disk", small,
            small_files, 2, 5);
}

static void all_missing(struct bench *bench)
{
    const struct bench_figure figure = {.id = "download", .title = "downloads", .unit = "bytes/s"};

    bench_report_missing(bench, &figure, "nginx, which serves, is not installed");
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Downloads to disk: nowait get against curl.");
    bench_places_find(&places);
    int rc = web_make(&web, &bench);
    if (rc == 0)
        rc = make_files(&bench);
    if (rc == 0)
        rc = web_serve(&web, 2, &places.rest);
    if (rc == 0)
        rc = make_all_targets();
    if (rc == 0)
        compare_all(&bench, false);
    if (rc == 0 && web.tls)
        compare_all(&bench, true);
    if (rc == BENCH_NOT_INSTALLED) {
        all_missing(&bench);
    } else if (rc < 0) {
        fprintf(stderr, "%s: %s: %s\n", bench.program, web.root, strerror(-rc));
        bench.wrong_work = true;
    }
    remove_all(all_targets);
    web_remove(&web);
    return bench_finish(&bench);
}
