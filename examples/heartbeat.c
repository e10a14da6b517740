/* SPDX-License-Identifier: MIT */
/*
 * A big file is read while a heart beats: the ordinary way, which freezes every task, and with nowait.
 * The stall detector names the task that kept the loop, and prints where it was.
 *
 *     heartbeat FILE [ordinary|nowait]       without a way: one after the other
 */
#include <nowait.h>
#include <stdio.h>
#include <string.h>

#define BEAT_NS     NW_MS(1)
#define PIECE_BYTES ((size_t)1024 * 1024)

struct reading {
    const char *path;
    nw_task_fn *way;
    char *piece;
    int64_t size_bytes;
};

struct heart {
    unsigned beats;
    int64_t longest_stall_ns;
};

/* The wrong way: correct C, and nothing else runs on this thread until it is through. */
int read_ordinarily(void *arg); /* not static, so that the stall detector finds its name */
int read_ordinarily(void *arg)
{
    struct reading *reading = arg;
    FILE *file = fopen(reading->path, "re");
    size_t n;

    if (!file)
        return -errno;
    while ((n = fread(reading->piece, 1, PIECE_BYTES, file)) > 0)
        reading->size_bytes += (int64_t)n;
    int rc = ferror(file) ? -EIO : 0;
    fclose(file);
    return rc;
}

/* The right way: the same lines, but where they wait, only this task waits. */
static int read_with_nowait(void *arg)
{
    struct reading *reading = arg;
    nw_stream *file;
    ssize_t n;

    int rc = nw_open(reading->path, "r", &file);
    if (rc < 0)
        return rc;
    while ((n = nw_read(file, reading->piece, PIECE_BYTES)) > 0)
        reading->size_bytes += n;
    nw_close(file);
    return (int)n;
}

/* Wants to run every millisecond, until it is cancelled. */
static int beat(void *arg)
{
    struct heart *heart = arg;
    int rc = 0;

    while (rc == 0) {
        int64_t due_ns = nw_now() + BEAT_NS;
        rc = nw_sleep(BEAT_NS);
        if (nw_now() - due_ns > heart->longest_stall_ns)
            heart->longest_stall_ns = nw_now() - due_ns;
        heart->beats += rc == 0;
    }
    return rc;
}

static int run(void *arg)
{
    struct reading *reading = arg;
    struct heart heart = {0};

    nw_task *beating = nw_spawn(beat, &heart);
    int rc = nw_await(nw_spawn_with(&(nw_spawn_options){.name = "reader"}, reading->way, reading));
    nw_cancel(beating);
    nw_await(beating);
    if (rc == 0)
        printf("%-8s  %lld bytes; %u heartbeats meanwhile, the longest stall %.1f ms\n",
               reading->way == read_ordinarily ? "ordinary" : "nowait", (long long)reading->size_bytes,
               heart.beats, (double)heart.longest_stall_ns / 1e6);
    return rc;
}

static int read_in(nw_task_fn *way, const char *path)
{
    static char piece[PIECE_BYTES]; /* too big for a task's stack */
    const nw_run_options options = {.stall_limit_ns = NW_MS(20)};
    struct reading reading = {.path = path, .way = way, .piece = piece};

    int rc = nw_run_with(&options, run, &reading);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", path, nw_strerror(rc));
    return rc;
}

int main(int argc, char **argv)
{
    const char *way = argc == 3 ? argv[2] : "both";
    int rc = 0;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: heartbeat FILE [ordinary|nowait]\n");
        return 2;
    }
    if (strcmp(way, "nowait") != 0)
        rc = read_in(read_ordinarily, argv[1]);
    if (strcmp(way, "ordinary") != 0 && rc == 0)
        rc = read_in(read_with_nowait, argv[1]);
    return rc < 0;
}
