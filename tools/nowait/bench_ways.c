/* SPDX-License-Identifier: MIT */
/*
 * Four ways of reading the same files, and a heartbeat that shows how long each keeps the loop.
 * Owns the buffers of one measurement.
 * Must not be clever: each way is what a user would write.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEAT_NS NW_MS(1)
#define IDLE_NS NW_MS(50)

/* -- one file -- */

struct tally {
    uint64_t files;
    uint64_t bytes;
    uint64_t failed;
};

static void count_file(struct tally *tally, uint64_t bytes, bool read_whole)
{
    tally->files++;
    tally->bytes += bytes;
    tally->failed += !read_whole;
}

static void read_blocking(const char *path, char *buffer, struct tally *tally)
{
    uint64_t bytes = 0;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        while ((got = read(fd, buffer, BENCH_READ_BYTES)) > 0)
            bytes += (uint64_t)got;
        close(fd);
    }
    count_file(tally, bytes, got == 0);
}

static int read_async(const char *path, char *buffer, struct tally *tally)
{
    uint64_t bytes = 0;
    ssize_t got = -1;
    int fd = nw_fd_open(path, O_RDONLY, 0);
    if (fd >= 0) {
        while ((got = nw_fd_read(fd, buffer, BENCH_READ_BYTES)) > 0)
            bytes += (uint64_t)got;
        nw_fd_close(fd);
    }
    count_file(tally, bytes, got == 0);
    return nw_interrupted();
}

/* -- the ways -- */

/* One worker task takes file after file; so many workers, so many files at a time. */
struct worker {
    const struct bench *bench;
    size_t *next; /* shared by all workers */
    const char *path;
    struct tally tally;
    char buffer[BENCH_READ_BYTES];
};

static bool take_file(struct worker *worker)
{
    if (*worker->next == worker->bench->count)
        return false;
    worker->path = worker->bench->paths[(*worker->next)++];
    return true;
}

static int work_blocking(void *arg)
{
    struct worker *worker = arg;
    while (take_file(worker))
        read_blocking(worker->path, worker->buffer, &worker->tally);
    return nw_interrupted();
}

static int work_async(void *arg)
{
    struct worker *worker = arg;
    int rc = 0;
    while (rc == 0 && take_file(worker))
        rc = read_async(worker->path, worker->buffer, &worker->tally);
    return rc;
}

static int read_in_thread(void *arg)
{
    struct worker *worker = arg;
    read_blocking(worker->path, worker->buffer, &worker->tally);
    return 0;
}

static int work_in_threads(void *arg)
{
    struct worker *worker = arg;
    int rc = 0;
    while (rc == 0 && take_file(worker))
        rc = nw_to_thread(read_in_thread, worker);
    return rc;
}

static int work_idle(void *arg)
{
    (void)arg;
    return nw_sleep(IDLE_NS);
}

static const struct {
    const char *name;
    nw_task_fn *work;
    bool concurrent;
} ways[WAY_ALL] = {
    [WAY_BLOCKING] = {"blocking", work_blocking, false},
    [WAY_ONE] = {"async, one at a time", work_async, false},
    [WAY_MANY] = {"async, concurrent", work_async, true},
    [WAY_THREADS] = {"thread pool", work_in_threads, true},
    [WAY_IDLE] = {"idle", work_idle, false},
};

const char *bench_way_name(enum bench_way way)
{
    return ways[way].name;
}

/* -- measuring -- */

struct heart {
    int64_t worst_ns;
};

static int beat(void *arg)
{
    struct heart *heart = arg;
    int rc;
    do {
        int64_t due_ns = nw_now() + BEAT_NS;
        rc = nw_sleep(BEAT_NS);
        int64_t late_ns = nw_now() - due_ns; /* also of the beat that the end of the work cancels */
        if (late_ns > heart->worst_ns)
            heart->worst_ns = late_ns;
    } while (rc == 0);
    return 0;
}

static struct bench_run summed(const struct worker *workers, unsigned count)
{
    struct bench_run run = {0};
    for (unsigned i = 0; i < count; i++) {
        run.files += workers[i].tally.files;
        run.bytes += workers[i].tally.bytes;
        run.failed += workers[i].tally.failed;
    }
    return run;
}

/* Run the workers while the heart beats. */
static int time_workers(enum bench_way way, struct worker *workers, unsigned count, struct bench_run *run_out)
{
    struct heart heart = {0};
    nw_task *beating = nw_spawn(beat, &heart);
    int rc = nw_yield(); /* the heart begins to beat */

    int64_t began_ns = nw_now();
    if (rc == 0)
        rc = nw_each(workers, count, sizeof *workers, 0, ways[way].work);
    int64_t ended_ns = nw_now();

    nw_cancel(beating);
    int beaten = nw_await(beating);
    if (rc < 0 || beaten < 0)
        return rc < 0 ? rc : beaten;
    *run_out = summed(workers, count);
    run_out->seconds = (double)(ended_ns - began_ns) / 1e9;
    run_out->stall_ns = (double)heart.worst_ns;
    return 0;
}

int bench_measure(const struct bench *bench, enum bench_way way, struct bench_run *run_out)
{
    unsigned count = ways[way].concurrent ? bench->concurrency : 1;
    size_t next = 0;
    struct worker *workers = calloc(count, sizeof *workers);
    if (!workers)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++) {
        workers[i].bench = bench;
        workers[i].next = &next;
        memset(workers[i].buffer, 1, sizeof workers[i].buffer); /* its page faults are not part of the race */
    }
    int rc = time_workers(way, workers, count, run_out);
    free(workers);
    return rc;
}
