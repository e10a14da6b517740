/* SPDX-License-Identifier: MIT */
/*
 * Which way an operation should go: each kind as a plain system call, through the ring and through the pool,
 * one at a time and 32 at a time. The numbers behind the table in ARCHITECTURE.md.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/engine.h"
#include "base/clock.h"
#ifdef NW__HAVE_URING
#include "backend/uring_prep.h"
#endif

#define FILES     3200
#define DEPTH_MAX 32

static char folder[] = "/var/tmp/nowait-bench-XXXXXX";
static char paths[FILES][64];
static int fds[FILES];
static nw_op ops[FILES];
static struct statx status;
static char bytes[4096];

static void check(long rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, nw_strerror((int)rc));
    exit(1);
}

static void prepare_stat(int i)
{
    nw_op_statx(&ops[i], AT_FDCWD, paths[i], 0, STATX_BASIC_STATS, &status);
}

static void prepare_open(int i)
{
    nw_op_open(&ops[i], AT_FDCWD, paths[i], O_RDONLY, 0);
}

static void prepare_close(int i)
{
    nw_op_close(&ops[i], fds[i]);
}

static void prepare_read(int i)
{
    nw_op_read(&ops[i], fds[0], bytes, sizeof bytes, 0);
}

static void prepare_unlink(int i)
{
    nw_op_unlink(&ops[i], AT_FDCWD, paths[i], 0);
}

static void prepare_create(int i)
{
    nw_op_open(&ops[i], AT_FDCWD, paths[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static void prepare_write(int i)
{
    nw_op_write(&ops[i], fds[i], bytes, sizeof bytes, 0);
}

static void prepare_sync(int i)
{
    nw_op_sync(&ops[i], fds[i], false);
}

static const struct row {
    const char *name;
    void (*prepare)(int i);
    int count;
} rows[] = {
    {"create", prepare_create, FILES},   {"write 4 KiB", prepare_write, FILES},
    {"fsync", prepare_sync, 320},        {"close", prepare_close, FILES},
    {"statx", prepare_stat, FILES},      {"open", prepare_open, FILES},
    {"read 4 KiB", prepare_read, FILES}, {"close", prepare_close, FILES},
    {"unlink", prepare_unlink, FILES},
};

static void keep(int i)
{
    check(ops[i].result, "operation");
    if (ops[i].kind == NW__OP_OPEN)
        fds[i] = ops[i].result;
}

static void run_plain(const struct row *row, int depth)
{
    (void)depth;
    for (int i = 0; i < row->count; i++) {
        ops[i].result = nw__op_perform(&ops[i]);
        keep(i);
    }
}

static struct nw__backend *backend;

static void run_pool(const struct row *row, int depth)
{
    for (int i = 0; i < row->count; i += depth) {
        for (int k = i; k < i + depth; k++) {
            ops[k].state = NW__OP_SUBMITTED;
            backend->in_flight++;
            nw__engine_to_pool(backend, &ops[k]);
        }
        while (backend->in_flight > 0)
            check(backend->vtable->wait(backend, -1), "wait");
        for (int k = i; k < i + depth; k++)
            keep(k);
    }
}

#ifdef NW__HAVE_URING
static struct io_uring ring;

static void run_ring(const struct row *row, int depth)
{
    struct io_uring_cqe *cqe;

    for (int i = 0; i < row->count; i += depth) {
        for (int k = i; k < i + depth; k++)
            nw__uring_prep(io_uring_get_sqe(&ring), &ops[k]);
        check(io_uring_submit_and_wait(&ring, (unsigned)depth), "ring");
        for (int k = i; k < i + depth; k++) {
            check(io_uring_wait_cqe(&ring, &cqe), "ring");
            nw_op *op = io_uring_cqe_get_data(cqe);
            op->result = cqe->res;
            keep((int)(op - ops));
            io_uring_cqe_seen(&ring, cqe);
        }
    }
}
#endif

/* Microseconds for one operation. */
static double measure(const struct row *row, void (*run)(const struct row *row, int depth), int depth)
{
    for (int i = 0; i < row->count; i++)
        row->prepare(i);
    int64_t begin_ns = nw__clock_ns();
    run(row, depth);
    return (double)(nw__clock_ns() - begin_ns) / 1e3 / row->count;
}

static const struct way {
    const char *name;
    void (*run)(const struct row *row, int depth);
    int depth;
} ways[] = {
    {"plain", run_plain, 1},
    {"pool", run_pool, 1},
    {"pool x32", run_pool, DEPTH_MAX},
#ifdef NW__HAVE_URING
    {"ring", run_ring, 1},
    {"ring x32", run_ring, DEPTH_MAX},
#endif
};

int main(void)
{
    enum { WAYS = sizeof ways / sizeof *ways, ROWS = sizeof rows / sizeof *rows };
    struct nw__pool *pool;
    double us[ROWS][WAYS];

    check(mkdtemp(folder) ? 0 : -errno, folder);
    for (int i = 0; i < FILES; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%d", folder, i);
    check(nw__pool_create(4, &pool), "pool");
    const struct nw__backend_options options = {.kind = NW_BACKEND_EPOLL, .pool = pool};
    check(nw__backend_create(&options, &backend), "engine");
#ifdef NW__HAVE_URING
    check(io_uring_queue_init(64, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN), "ring");
#endif
    for (int way = 0; way < WAYS; way++)
        for (int row = 0; row < ROWS; row++)
            us[row][way] = measure(&rows[row], ways[way].run, ways[way].depth);
    printf("%-14s", "us each");
    for (int way = 0; way < WAYS; way++)
        printf("%10s", ways[way].name);
    for (int row = 0; row < ROWS; row++) {
        printf("\n%-14s", rows[row].name);
        for (int way = 0; way < WAYS; way++)
            printf("%10.2f", us[row][way]);
    }
    putchar('\n');
#ifdef NW__HAVE_URING
    io_uring_queue_exit(&ring);
#endif
    backend->vtable->destroy(backend, false);
    nw__pool_release(pool);
    return rmdir(folder);
}
