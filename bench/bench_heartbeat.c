/* SPDX-License-Identifier: MIT */
/*
 * The longest stall of a task that wakes every millisecond, while cold files are read, written anew and
 * synced: by calls of nowait, and by the same calls made blocking. Beside it, in the same run, the heartbeat
 * of an idle loop and that of a thread that does nothing else: what the machine itself adds.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/fs.h>
#include <nowait/run.h>
#include <nowait/task.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define WORK_BYTES  ((uint64_t)1 << 30) /* at scale 1 */
#define FILES       16
#define AT_A_TIME   4
#define PIECE_BYTES ((size_t)256 << 10)
#define ROUNDS      3
#define BEAT_NS     NW_MS(1)
#define IDLE_NS     NW_SEC(2)
#define BEATS_MAX   200000
#define P999        0.999

struct beats {
    double late_ms[BEATS_MAX];
    size_t count;
    atomic_bool stop;
};

struct job {
    int from_fd;
    int to_fd;
    uint64_t bytes;
    bool blocking;
    uint64_t sum; /* of the first word of each piece */
};

/* One way of doing the work, and how the hearts beat meanwhile. */
struct phase {
    bool idle;
    bool blocking;
    double longest_ms;
    double p999_ms;
    double thread_longest_ms;
    double thread_p999_ms;
    double seconds;
};

static struct beats beats;
static struct beats thread_beats;
static struct job jobs[FILES];

static void record(struct beats *into, int64_t since_ns)
{
    if (into->count < BEATS_MAX)
        into->late_ms[into->count++] = (double)(bench_now() - since_ns - BEAT_NS) / 1e6;
}

static int heart(void *arg)
{
    struct beats *into = arg;

    while (!into->stop) {
        int64_t since_ns = bench_now();
        int rc = nw_sleep(BEAT_NS);
        if (rc < 0)
            return rc;
        record(into, since_ns);
    }
    return 0;
}

static void *heart_of_thread(void *arg)
{
    struct beats *into = arg;
    struct timespec beat = {.tv_nsec = BEAT_NS};

    while (!into->stop) {
        int64_t since_ns = bench_now();
        clock_nanosleep(CLOCK_MONOTONIC, 0, &beat, NULL);
        record(into, since_ns);
    }
    return NULL;
}

static ssize_t read_piece(const struct job *job, char *data, int64_t at)
{
    if (!job->blocking)
        return nw_fd_pread(job->from_fd, data, PIECE_BYTES, at);
    ssize_t n = pread(job->from_fd, data, PIECE_BYTES, at);
    return n < 0 ? -errno : n;
}

static ssize_t write_piece(const struct job *job, const char *data, size_t size, int64_t at)
{
    if (!job->blocking)
        return nw_fd_pwrite(job->to_fd, data, size, at);
    ssize_t n = pwrite(job->to_fd, data, size, at);
    return n < 0 ? -errno : n;
}

static int sync_all(const struct job *job)
{
    if (!job->blocking)
        return nw_fd_sync(job->to_fd);
    return fsync(job->to_fd) < 0 ? -errno : 0;
}

static int copy_pieces(struct job *job, char *data)
{
    for (uint64_t at = 0; at < job->bytes;) {
        uint64_t word;
        ssize_t n = read_piece(job, data, (int64_t)at);
        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        ssize_t written = write_piece(job, data, (size_t)n, (int64_t)at);
        if (written != n)
            return written < 0 ? (int)written : -EIO;
        memcpy(&word, data, sizeof word);
        job->sum += word;
        at += (uint64_t)n;
    }
    return sync_all(job);
}

static int do_job(void *arg)
{
    struct job *job = arg;
    char *data = malloc(PIECE_BYTES);

    if (!data)
        return -ENOMEM;
    int rc = copy_pieces(job, data);
    free(data);
    return rc;
}

static int run_phase(void *arg)
{
    struct phase *phase = arg;
    nw_task *heartbeat = nw_spawn(heart, &beats);
    int64_t began_ns = bench_now();
    int rc = phase->idle ? nw_sleep(IDLE_NS) : nw_each(jobs, FILES, sizeof *jobs, AT_A_TIME, do_job);

    phase->seconds = (double)(bench_now() - began_ns) / 1e9;
    int slept = nw_sleep(2 * BEAT_NS); /* a beat that is due now must be counted */
    beats.stop = true;
    int ended = nw_await(heartbeat);
    return rc < 0 ? rc : slept < 0 ? slept : ended;
}

/* Sources out of the page cache, targets empty. */
static int make_cold(bool blocking)
{
    for (unsigned i = 0; i < FILES; i++) {
        jobs[i].blocking = blocking;
        jobs[i].sum = 0;
        posix_fadvise(jobs[i].from_fd, 0, 0, POSIX_FADV_DONTNEED);
        if (ftruncate(jobs[i].to_fd, 0) < 0)
            return -errno;
    }
    return 0;
}

static void summarize(struct phase *phase)
{
    phase->longest_ms = bench_quantile(beats.late_ms, beats.count, 1);
    phase->p999_ms = bench_quantile(beats.late_ms, beats.count, P999);
    phase->thread_longest_ms = bench_quantile(thread_beats.late_ms, thread_beats.count, 1);
    phase->thread_p999_ms = bench_quantile(thread_beats.late_ms, thread_beats.count, P999);
}

static int measure_phase(enum nw_backend backend, struct phase *phase)
{
    nw_run_options options = {.backend = backend};
    pthread_t thread;
    int rc = make_cold(phase->blocking);

    if (rc < 0)
        return rc;
    beats.count = thread_beats.count = 0;
    beats.stop = thread_beats.stop = false;
    rc = pthread_create(&thread, NULL, heart_of_thread, &thread_beats);
    if (rc)
        return -rc;
    rc = nw_run_with(&options, run_phase, phase);
    thread_beats.stop = true;
    pthread_join(thread, NULL);
    if (rc == 0)
        summarize(phase);
    return rc;
}

static uint64_t word_of(unsigned file, uint64_t piece)
{
    return bench_mix((uint64_t)file << 32 | piece);
}

static bool did_the_work(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        uint64_t sum = 0;
        for (uint64_t piece = 0; piece < jobs[i].bytes / PIECE_BYTES; piece++)
            sum += word_of(i, piece);
        if (sum != jobs[i].sum)
            return false;
    }
    return true;
}

static int nameless_file(const char *dir)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/nowait-bench-XXXXXX", dir);
    int fd = mkstemp(path);
    if (fd < 0)
        return -errno;
    unlink(path);
    return fd;
}

static int fill_source(unsigned file, char *data)
{
    for (uint64_t at = 0; at < jobs[file].bytes; at += PIECE_BYTES) {
        uint64_t word = word_of(file, at / PIECE_BYTES);
        memcpy(data, &word, sizeof word);
        if (pwrite(jobs[file].from_fd, data, PIECE_BYTES, (off_t)at) != (ssize_t)PIECE_BYTES)
            return errno ? -errno : -EIO;
    }
    return fsync(jobs[file].from_fd) < 0 ? -errno : 0;
}

static int make_jobs(const struct bench *bench)
{
    uint64_t bytes = bench_scaled(bench, WORK_BYTES) / FILES / PIECE_BYTES * PIECE_BYTES;
    char *data = malloc(PIECE_BYTES);
    int rc = data ? 0 : -ENOMEM;

    if (data)
        memset(data, 'x', PIECE_BYTES);
    for (unsigned i = 0; i < FILES && rc == 0; i++) {
        jobs[i] = (struct job){.bytes = bytes ? bytes : PIECE_BYTES};
        jobs[i].from_fd = nameless_file(bench->dir);
        jobs[i].to_fd = nameless_file(bench->dir);
        rc = jobs[i].from_fd < 0 ? jobs[i].from_fd : jobs[i].to_fd < 0 ? jobs[i].to_fd : fill_source(i, data);
    }
    free(data);
    return rc;
}

enum {
    STALL_RATIO,
    P999_BEYOND_IDLE,
    P999_BEYOND_THREAD,
    LONGEST_ASYNC,
    LONGEST_THREAD,
    LONGEST_BLOCKING,
    TIME_RATIO,
    FIGURES
};

static const struct bench_figure uring_figures[FIGURES] = {
    {.id = "heartbeat-stall",
     .title = "longest stall, nowait uring / blocking",
     .unit = "ratio",
     .limit = 0.01},
    {.id = "heartbeat-p999",
     .title = "p99.9 lateness beyond the idle loop's, uring",
     .unit = "ms",
     .limit = 1},
    {.id = "heartbeat-p999-thread", .title = "p99.9 lateness beyond a thread's, uring", .unit = "ms"},
    {.id = "heartbeat-longest", .title = "longest stall, nowait uring", .unit = "ms"},
    {.id = "heartbeat-longest-thread", .title = "longest stall of a thread meanwhile, uring", .unit = "ms"},
    {.id = "heartbeat-longest-blocking", .title = "longest stall, blocking calls, uring", .unit = "ms"},
    {.id = "heartbeat-work", .title = "time of the work, nowait uring / blocking", .unit = "ratio"},
};

static const struct bench_figure epoll_figures[FIGURES] = {
    {.id = "heartbeat-epoll-stall",
     .title = "longest stall, nowait epoll / blocking",
     .unit = "ratio",
     .limit = 0.01},
    {.id = "heartbeat-epoll-p999",
     .title = "p99.9 lateness beyond the idle loop's, epoll",
     .unit = "ms",
     .limit = 1},
    {.id = "heartbeat-epoll-p999-thread", .title = "p99.9 lateness beyond a thread's, epoll", .unit = "ms"},
    {.id = "heartbeat-epoll-longest", .title = "longest stall, nowait epoll", .unit = "ms"},
    {.id = "heartbeat-epoll-longest-thread",
     .title = "longest stall of a thread meanwhile, epoll",
     .unit = "ms"},
    {.id = "heartbeat-epoll-longest-blocking", .title = "longest stall, blocking calls, epoll", .unit = "ms"},
    {.id = "heartbeat-epoll-work", .title = "time of the work, nowait epoll / blocking", .unit = "ratio"},
};

/* One round: idle, by nowait, blocking. */
static int measure_round(struct bench *bench, enum nw_backend backend, double figures[FIGURES])
{
    struct phase idle = {.idle = true};
    struct phase async = {0};
    struct phase blocking = {.blocking = true};
    int rc = measure_phase(backend, &idle);

    if (rc == 0)
        rc = measure_phase(backend, &async);
    if (rc == 0 && !did_the_work())
        bench->wrong_work = true;
    if (rc == 0)
        rc = measure_phase(backend, &blocking);
    if (rc == 0 && !did_the_work())
        bench->wrong_work = true;
    figures[STALL_RATIO] = async.longest_ms / blocking.longest_ms;
    figures[P999_BEYOND_IDLE] = async.p999_ms - idle.p999_ms;
    figures[P999_BEYOND_THREAD] = async.p999_ms - async.thread_p999_ms;
    figures[LONGEST_ASYNC] = async.longest_ms;
    figures[LONGEST_THREAD] = async.thread_longest_ms;
    figures[LONGEST_BLOCKING] = blocking.longest_ms;
    figures[TIME_RATIO] = async.seconds / blocking.seconds;
    return rc;
}

static void measure_backend(struct bench *bench, enum nw_backend backend, const struct bench_figure *figures)
{
    size_t rounds = bench->quick ? 1 : ROUNDS;
    double samples[FIGURES][ROUNDS];

    if (!bench_wanted(bench, figures[STALL_RATIO].id))
        return;
    for (size_t round = 0; round < rounds; round++) {
        double values[FIGURES];
        int rc = measure_round(bench, backend, values);
        if (rc < 0) {
            bench_report_missing(bench, &figures[STALL_RATIO], strerror(-rc));
            return;
        }
        for (size_t i = 0; i < FIGURES; i++)
            samples[i][round] = values[i];
    }
    for (size_t i = 0; i < FIGURES; i++)
        bench_report_figure(bench, &figures[i], samples[i], rounds, NULL);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv,
                "The longest stall of a 1 ms heartbeat while 1 GiB (at --scale 1) of cold files is copied "
                "and synced.");
    int rc = make_jobs(&bench);
    if (rc < 0)
        return bench_cannot_make(&bench, "files", rc);
    printf("\nheartbeat of 1 ms while %d cold files of %.0f MiB are copied and synced, %d at a time\n", FILES,
           (double)jobs[0].bytes / (1 << 20), AT_A_TIME);
    measure_backend(&bench, NW_BACKEND_URING, uring_figures);
    measure_backend(&bench, NW_BACKEND_EPOLL, epoll_figures);
    if (bench.wrong_work)
        fprintf(stderr, "%s: the copies are not what was to be copied\n", bench.program);
    return bench_finish(&bench);
}
