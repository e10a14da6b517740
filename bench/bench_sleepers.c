/* SPDX-License-Identifier: MIT */
/*
 * A million sleeping tasks: what each costs in resident memory, page tables included, and how long it takes
 * to put them to sleep and to end them. Each round is a process of its own, so that all start from nothing.
 */
#include <errno.h>
#include <nowait/run.h>
#include <nowait/task.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TASKS          1000000
#define ROUNDS         3
#define BYTES_EXPECTED 6144 /* a task, when asking whether there is enough memory */
#define KIB            1024.0

struct outcome {
    int rc;
    double resident_kib; /* each */
    double tables_kib;   /* each */
    double begin_ns;     /* each */
    double end_ns;       /* each */
};

struct sleepers {
    uint64_t count;
    uint64_t asleep;
    struct outcome outcome;
};

/* A field "Name:   123 kB" of a file in /proc; 0 when it is not there. */
static double kib_of(const char *path, const char *name)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen(path, "r");

    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
            kib = strtod(line + strlen(name) + 1, NULL);
    }
    fclose(file);
    return kib;
}

static int sleep_long(void *arg)
{
    struct sleepers *sleepers = arg;

    sleepers->asleep++;
    return nw_sleep(NW_SEC(3600));
}

static int put_to_sleep(nw_group *group, struct sleepers *sleepers)
{
    for (uint64_t i = 0; i < sleepers->count; i++) {
        int rc = nw_group_spawn(group, sleep_long, sleepers);
        if (rc < 0)
            return rc;
    }
    while (sleepers->asleep < sleepers->count) {
        int rc = nw_yield();
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int measure(void *arg)
{
    struct sleepers *sleepers = arg;
    struct outcome *outcome = &sleepers->outcome;
    double each = 1.0 / (double)sleepers->count;
    double resident = kib_of("/proc/self/smaps_rollup", "Rss");
    double tables = kib_of("/proc/self/status", "VmPTE");
    nw_group group;

    nw_group_init(&group, 0);
    int64_t began_ns = bench_now();
    int rc = put_to_sleep(&group, sleepers);
    outcome->begin_ns = (double)(bench_now() - began_ns) * each;
    outcome->resident_kib = (kib_of("/proc/self/smaps_rollup", "Rss") - resident) * each;
    outcome->tables_kib = (kib_of("/proc/self/status", "VmPTE") - tables) * each;
    began_ns = bench_now();
    nw_group_cancel(&group);
    int finished = nw_group_finish(&group);
    outcome->end_ns = (double)(bench_now() - began_ns) * each;
    return rc < 0 || finished == -ECANCELED ? rc : finished;
}

static void measure_and_tell(uint64_t count, int to_fd)
{
    struct sleepers sleepers = {.count = count};

    sleepers.outcome.rc = nw_run(measure, &sleepers);
    if (write(to_fd, &sleepers.outcome, sizeof sleepers.outcome) < 0)
        _exit(1);
    _exit(0);
}

static int measure_in_child(uint64_t count, struct outcome *outcome)
{
    int fds[2];

    if (pipe(fds) < 0)
        return -errno;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        measure_and_tell(count, fds[1]);
    close(fds[1]);
    ssize_t n = child < 0 ? -1 : read(fds[0], outcome, sizeof *outcome);
    close(fds[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return n == (ssize_t)sizeof *outcome ? outcome->rc : -EIO;
}

static const struct bench_figure total = {.id = "sleepers-total",
                                          .title = "sleeping task, resident with page tables",
                                          .unit = "KiB each",
                                          .limit = 4.6};
static const struct bench_figure resident = {
    .id = "sleepers-resident", .title = "of that, resident memory", .unit = "KiB each"};
static const struct bench_figure tables = {
    .id = "sleepers-tables", .title = "of that, page tables", .unit = "KiB each"};
static const struct bench_figure begin = {
    .id = "sleepers-begin", .title = "spawn a task that goes to sleep", .unit = "ns each"};
static const struct bench_figure end = {
    .id = "sleepers-end", .title = "cancel and join a sleeping task", .unit = "ns each"};

static void report(struct bench *bench, const struct outcome *outcomes, size_t count)
{
    double samples[5][ROUNDS];

    for (size_t i = 0; i < count; i++) {
        samples[0][i] = outcomes[i].resident_kib + outcomes[i].tables_kib;
        samples[1][i] = outcomes[i].resident_kib;
        samples[2][i] = outcomes[i].tables_kib;
        samples[3][i] = outcomes[i].begin_ns;
        samples[4][i] = outcomes[i].end_ns;
    }
    bench_report_figure(bench, &total, samples[0], count, NULL);
    bench_report_figure(bench, &resident, samples[1], count, NULL);
    bench_report_figure(bench, &tables, samples[2], count, NULL);
    bench_report_figure(bench, &begin, samples[3], count, NULL);
    bench_report_figure(bench, &end, samples[4], count, NULL);
}

int main(int argc, char **argv)
{
    struct bench bench;
    struct outcome outcomes[ROUNDS];

    bench_begin(&bench, argc, argv, "A million sleeping tasks: resident memory and time for each.");
    uint64_t count = bench_scaled(&bench, TASKS);
    size_t rounds = bench.rounds < ROUNDS ? bench.rounds : ROUNDS;
    printf("\nsleeping tasks: %llu, %zu rounds\n", (unsigned long long)count, rounds);
    if (kib_of("/proc/meminfo", "MemAvailable") * KIB < (double)count * BYTES_EXPECTED) {
        bench_report_missing(&bench, &total, "not enough free memory");
        return bench_finish(&bench);
    }
    for (size_t i = 0; i < rounds; i++) {
        int rc = measure_in_child(count, &outcomes[i]);
        if (rc < 0) {
            bench_report_missing(&bench, &total, strerror(-rc));
            return bench_finish(&bench);
        }
    }
    report(&bench, outcomes, rounds);
    return bench_finish(&bench);
}
