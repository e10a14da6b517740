/* SPDX-License-Identifier: MIT */
/*
 * Entries into one log file, from 1,000 tasks: left to the kernel, or each on disk when its call returns. The
 * time includes closing the log. Everybody writes the same lines, with a time of the same length; the sum is
 * the size of the file and its number of lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/log.h>
#include <nowait/run.h>
#include <nowait/task.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "log_spdlog.h"

#define TASKS        1000
#define THREADS      4
#define ENTRIES      1000000 /* a round */
#define SYNCED       20000   /* a round, where each is synced */
#define SYNC_DIVISOR 20
#define TIME_BYTES   28 /* "2026-01-01T00:00:00.000000Z " */
#define FORMAT       "worker %03u request %06llu: GET /items/%llu took %u us"

static char path[4096];

/* What entry number `n` says. */
#define ENTRY(n)                                                                                             \
    (unsigned)((n) % TASKS), (unsigned long long)(n), (unsigned long long)((n)*7919 % 100000),               \
        (unsigned)((n)*31 % 1000)

/* -- what must come out -- */

static uint64_t sum_of(uint64_t bytes, uint64_t lines)
{
    return bytes * 1000003 + lines;
}

static uint64_t expected(uint64_t ops)
{
    uint64_t bytes = 0;
    char line[256];

    for (uint64_t n = 0; n < ops; n++)
        bytes += TIME_BYTES + 1 + (uint64_t)snprintf(line, sizeof line, FORMAT, ENTRY(n));
    return sum_of(bytes, ops);
}

/* Outside the time taken: look at the file, and remove it. */
static int examine(uint64_t *sum_out)
{
    static char block[1 << 20];
    uint64_t bytes = 0, lines = 0;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    while ((n = read(fd, block, sizeof block)) > 0) {
        bytes += (uint64_t)n;
        for (const char *at = block; (at = memchr(at, '\n', (size_t)(block + n - at))); at++)
            lines++;
    }
    close(fd);
    unlink(path);
    *sum_out = sum_of(bytes, lines);
    return 0;
}

static int finish(struct bench_round *round, int rc)
{
    int examined = examine(&round->checksum);

    round->ops = round->ops_wanted;
    return rc < 0 ? rc : examined;
}

/* -- nowait -- */

struct share {
    nw_logger *logger;
    uint64_t first, entries; /* number `first`, and each TASKS after it */
};

static int log_share(void *arg)
{
    const struct share *share = arg;
    int rc = 0;

    for (uint64_t n = share->first; n < share->entries && rc == 0; n += TASKS)
        rc = nw_log(share->logger, FORMAT, ENTRY(n));
    return rc;
}

struct logging {
    nw_log_options options;
    struct bench_round *round;
};

static int log_all(void *arg)
{
    static struct share shares[TASKS];
    const struct logging *logging = arg;
    nw_logger *logger;
    int rc = nw_log_open(&logging->options, path, &logger);

    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < TASKS; i++)
        shares[i] = (struct share){logger, i, logging->round->ops_wanted};
    int64_t began_ns = bench_now();
    rc = nw_each(shares, TASKS, sizeof *shares, 0, log_share);
    int closed = nw_log_close(logger);
    logging->round->elapsed_ns = bench_now() - began_ns;
    return rc < 0 ? rc : closed;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round, enum nw_log_sync sync)
{
    const nw_run_options options = {.backend = (enum nw_backend)self->variant};
    struct logging logging = {.options.sync = sync, .round = round};

    return finish(round, nw_run_with(&options, log_all, &logging));
}

static int run_nowait_never(const struct bench_contender *self, struct bench_round *round)
{
    return run_nowait(self, round, NW_LOG_SYNC_NEVER);
}

static int run_nowait_each(const struct bench_contender *self, struct bench_round *round)
{
    return run_nowait(self, round, NW_LOG_SYNC_EACH);
}

/* -- the C library -- */

/* As the log does it: the second is formatted once. */
static const char *time_now(void)
{
    static _Thread_local char text[64];
    static _Thread_local time_t second;
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        gmtime_r(&second, &tm);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000000Z ", &tm);
    }
    long micros = now.tv_nsec / 1000;
    for (unsigned i = 25; i >= 20; i--, micros /= 10)
        text[i] = (char)('0' + micros % 10);
    return text;
}

struct writer {
    FILE *file;
    uint64_t first, step, entries;
    pthread_t thread;
};

static void *print_share(void *arg)
{
    const struct writer *writer = arg;

    for (uint64_t n = writer->first; n < writer->entries; n += writer->step)
        fprintf(writer->file, "%s" FORMAT "\n", time_now(), ENTRY(n));
    return NULL;
}

/* `variant` threads and one FILE *, which each call locks. */
static int run_fprintf(const struct bench_contender *self, struct bench_round *round)
{
    struct writer writers[THREADS];
    unsigned count = (unsigned)self->variant;
    FILE *file = fopen(path, "ae");
    int rc = 0;

    if (!file)
        return -errno;
    int64_t began_ns = bench_now();
    for (unsigned i = 0; i < count; i++)
        writers[i] = (struct writer){.file = file, .first = i, .step = count, .entries = round->ops_wanted};
    for (unsigned i = 1; i < count; i++)
        if (pthread_create(&writers[i].thread, NULL, print_share, &writers[i]))
            return -EAGAIN;
    print_share(&writers[0]);
    for (unsigned i = 1; i < count; i++)
        pthread_join(writers[i].thread, NULL);
    if (fclose(file) == EOF)
        rc = -errno;
    round->elapsed_ns = bench_now() - began_ns;
    return finish(round, rc);
}

#ifdef HAVE_SPDLOG
static int run_spdlog(const struct bench_contender *self, struct bench_round *round)
{
    return finish(round,
                  bench_log_spdlog(path, (unsigned)self->variant, round->ops_wanted, &round->elapsed_ns));
}
#else
#define run_spdlog NULL
#endif

/* write(2) and fdatasync(2), or fsync(2), for each entry. */
static int run_write_sync(const struct bench_contender *self, struct bench_round *round)
{
    char line[256];
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -errno : 0;

    int64_t began_ns = bench_now();
    for (uint64_t n = 0; n < round->ops_wanted && rc == 0; n++) {
        int size = snprintf(line, sizeof line, "%s" FORMAT "\n", time_now(), ENTRY(n));
        if (write(fd, line, (size_t)size) != size || (self->variant ? fsync(fd) : fdatasync(fd)) < 0)
            rc = -EIO;
    }
    close(fd);
    round->elapsed_ns = bench_now() - began_ns;
    return finish(round, rc);
}

/* -- cases -- */

static const struct bench_contender unsynced[] = {
    {.name = "nowait uring",
     .how = "nw_log, 1,000 tasks; includes nw_log_close",
     .run = run_nowait_never,
     .depth = TASKS,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_log, 1,000 tasks; includes nw_log_close",
     .run = run_nowait_never,
     .depth = TASKS,
     .variant = NW_BACKEND_EPOLL},
    {.name = "fprintf", .how = "one thread, one FILE *; includes fclose", .run = run_fprintf, .variant = 1},
    {.name = "fprintf, 4 threads", .how = "one FILE * for all", .run = run_fprintf, .variant = THREADS},
    {.name = "spdlog", .how = "async file logger, one thread logs", .run = run_spdlog, .variant = 1},
    {.name = "spdlog, 4 threads", .how = "the same, four log", .run = run_spdlog, .variant = THREADS},
    {0},
};

static const struct bench_contender synced[] = {
    {.name = "nowait uring",
     .how = "nw_log, 1,000 tasks; includes nw_log_close",
     .run = run_nowait_each,
     .depth = TASKS,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = "nw_log, 1,000 tasks; includes nw_log_close",
     .run = run_nowait_each,
     .depth = TASKS,
     .variant = NW_BACKEND_EPOLL},
    {.name = "write + fdatasync", .how = "a plain loop", .run = run_write_sync, .divisor = SYNC_DIVISOR},
    {.name = "write + fsync",
     .how = "a plain loop",
     .run = run_write_sync,
     .variant = 1,
     .divisor = SYNC_DIVISOR},
    {0},
};

static const struct bench_target unsynced_targets[] = {
    {"nowait uring", NULL, BENCH_TIME, 1000}, /* nanoseconds: a million a second */
    {"nowait epoll", NULL, BENCH_TIME, 1000},
    {"nowait uring", "fprintf", BENCH_RATE, 0},
    {"nowait uring", "fprintf, 4 threads", BENCH_RATE, 0},
    {"nowait uring", "spdlog", BENCH_RATE, 0},
    {"nowait uring", "spdlog, 4 threads", BENCH_RATE, 0},
    {0},
};

static const struct bench_target synced_targets[] = {
    {"nowait uring", "write + fdatasync", BENCH_RATE, 20},
    {"nowait epoll", "write + fdatasync", BENCH_RATE, 20},
    {"nowait uring", "write + fsync", BENCH_RATE, 20},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "Entries into one log file from 1,000 tasks, unsynced and each synced.");
    snprintf(path, sizeof path, "%s/nowait-bench-log-%d", bench.dir, (int)getpid());
    struct bench_case never = {
        .id = "log",
        .title = "log entry from 1,000 tasks, not synced",
        .unit = "entry",
        .ops = bench_scaled(&bench, ENTRIES),
        .expected = expected,
        .contenders = unsynced,
        .targets = unsynced_targets,
    };
    struct bench_case each = {
        .id = "log-each",
        .title = "log entry from 1,000 tasks, each on disk",
        .unit = "entry",
        .ops = bench_scaled(&bench, SYNCED),
        .expected = expected,
        .contenders = synced,
        .targets = synced_targets,
    };
    bench_compare(&bench, &never);
    bench_compare(&bench, &each);
    return bench_finish(&bench);
}
