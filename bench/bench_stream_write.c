/* SPDX-License-Identifier: MIT */
/*
 * A file of 1 GiB (at --scale 1) written in pieces of 4 KiB, each time a new one on the same file system,
 * from open to close; as it is, and synced before it is closed. Against stdio as its experts use it: no
 * locks, several buffers.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/run.h>
#include <nowait/stream.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lanes.h"

#define FILE_BYTES   ((uint64_t)1 << 30)
#define PIECE_BYTES  4096
#define ROUNDS       5
#define SYNC_ROUNDS  3
#define CHECKED_EACH 61 /* every so many pieces, one is looked at afterwards */

#define KIB(n) ((n)*1024)

static char path[4096];
static char piece[PIECE_BYTES];
static bool synced; /* in this case */

/* Each piece tells its number. */
static const char *piece_of(uint64_t number)
{
    uint64_t word = bench_mix(number);

    memcpy(piece, &word, sizeof word);
    return piece;
}

static uint64_t expected(uint64_t ops)
{
    uint64_t sum = ops * PIECE_BYTES;

    for (uint64_t i = 0; i < ops; i += CHECKED_EACH)
        sum += bench_mix(i);
    return sum;
}

/* Look at what was written, and remove it: the next one's pages and blocks are as new as these were. */
static int check_and_remove(struct bench_round *round)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    round->checksum = (uint64_t)status.st_size;
    for (uint64_t i = 0; i < round->ops; i += CHECKED_EACH) {
        uint64_t word = 0;

        if (pread(fd, &word, sizeof word, (off_t)(i * PIECE_BYTES)) < 0)
            break;
        round->checksum += word;
    }
    close(fd);
    unlink(path);
    return 0;
}

static int write_stream(void *context, unsigned lane)
{
    struct bench_round *round = context;
    nw_stream *stream;
    int rc = nw_open(path, "w", &stream);

    (void)lane;
    if (rc < 0)
        return rc;
    for (; round->ops < round->ops_wanted && rc >= 0; round->ops++)
        rc = (int)nw_write(stream, piece_of(round->ops), PIECE_BYTES);
    if (rc >= 0 && synced)
        rc = nw_sync(stream);
    int closed = nw_close(stream);
    return rc < 0 ? rc : closed;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    int rc = bench_tasks((enum nw_backend)self->variant, 1, write_stream, round, &round->elapsed_ns);

    return rc < 0 ? rc : check_and_remove(round);
}

/* `variant` is the size of its buffer; 0: as it comes. */
static int write_plain(const struct bench_contender *self, struct bench_round *round)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return -errno;
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    if (self->variant)
        setvbuf(file, NULL, _IOFBF, (size_t)self->variant);
    for (; round->ops < round->ops_wanted; round->ops++) {
        if (fwrite_unlocked(piece_of(round->ops), 1, PIECE_BYTES, file) != PIECE_BYTES)
            break;
    }
    if (synced && (fflush_unlocked(file) != 0 || fsync(fileno(file)) < 0))
        round->ops = 0;
    return fclose(file) != 0 ? -errno : 0;
}

static int run_plain(const struct bench_contender *self, struct bench_round *round)
{
    int64_t began_ns = bench_now();
    int rc = write_plain(self, round);

    round->elapsed_ns = bench_now() - began_ns;
    return rc < 0 ? rc : check_and_remove(round);
}

static const struct bench_contender contenders[] = {
    {.name = "nowait uring", .how = "nw_write", .run = run_nowait, .variant = NW_BACKEND_URING},
    {.name = "nowait epoll", .how = "nw_write", .run = run_nowait, .variant = NW_BACKEND_EPOLL},
    {.name = "fwrite", .how = "fwrite_unlocked, its own buffer", .run = run_plain},
    {.name = "fwrite 64 KiB", .how = "fwrite_unlocked, setvbuf", .run = run_plain, .variant = KIB(64)},
    {.name = "fwrite 1 MiB", .how = "fwrite_unlocked, setvbuf", .run = run_plain, .variant = KIB(1024)},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "fwrite", BENCH_RATE, 1},
    {"nowait uring", "fwrite 64 KiB", BENCH_RATE, 1},
    {"nowait uring", "fwrite 1 MiB", BENCH_RATE, 1},
    {"nowait epoll", "fwrite", BENCH_RATE, 1},
    {"nowait epoll", "fwrite 64 KiB", BENCH_RATE, 1},
    {"nowait epoll", "fwrite 1 MiB", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "A new file of 1 GiB, written in pieces of 4 KiB, from open to close.");
    snprintf(path, sizeof path, "%s/nowait-bench-stream-%d", bench.dir, (int)getpid());
    memset(piece, 'x', sizeof piece);
    struct bench_case plain = {
        .id = "stream-write-4k",
        .title = "stream writes of 4 KiB",
        .unit = "write",
        .ops = bench_scaled(&bench, FILE_BYTES / PIECE_BYTES),
        .rounds = ROUNDS,
        .expected = expected,
        .contenders = contenders,
        .targets = targets,
    };
    bench_compare(&bench, &plain);

    struct bench_case to_disk = plain;
    to_disk.id = "stream-write-4k-sync";
    to_disk.title = "stream writes of 4 KiB, synced";
    to_disk.rounds = SYNC_ROUNDS;
    synced = true;
    bench_compare(&bench, &to_disk);
    unlink(path);
    return bench_finish(&bench);
}
