/* SPDX-License-Identifier: MIT */
/*
 * Random 4 KiB reads of one file, by everybody: tasks of nowait, a plain loop, raw liburing, libuv.
 * All read the same sequence of blocks; each block tells its number, so that the sum of what was read shows
 * whether each was read once. The file has no name: it is gone when the program ends, however it ends.
 */
#ifndef BENCH_RANDOM_READ_H
#define BENCH_RANDOM_READ_H

#include "bench.h"

#define READ_BYTES 4096

/* Make the file in bench->dir. `direct`: opened with O_DIRECT, not in the page cache afterwards. */
int random_read_make(const struct bench *bench, uint64_t size_bytes, bool direct);
void random_read_remove(void);
/* The path under which another program can open the file. */
const char *random_read_path(void);

/* bench_case.expected */
uint64_t random_read_expected(uint64_t ops);

/* Contenders. nowait: variant is the backend. */
int random_read_nowait(const struct bench_contender *self, struct bench_round *round);
/* The same by operations with callbacks instead of tasks. */
int random_read_ops(const struct bench_contender *self, struct bench_round *round);
int random_read_plain(const struct bench_contender *self, struct bench_round *round);
#ifdef HAVE_LIBURING
int random_read_uring(const struct bench_contender *self, struct bench_round *round);
#else
#define random_read_uring NULL
#endif
#ifdef HAVE_LIBUV
int random_read_uv(const struct bench_contender *self, struct bench_round *round);
#else
#define random_read_uv NULL
#endif

/* Two contenders: that many tasks of nowait, on either backend. */
#define RANDOM_READ_TASKS(count, words)                                                                      \
    {.name = "nowait uring",                                                                                 \
     .how = (words),                                                                                         \
     .run = random_read_nowait,                                                                              \
     .depth = (count),                                                                                       \
     .variant = NW_BACKEND_URING},                                                                           \
    {                                                                                                        \
        .name = "nowait epoll", .how = (words), .run = random_read_nowait, .depth = (count),                 \
        .variant = NW_BACKEND_EPOLL                                                                          \
    }

/* Variants of random_read_uring. */
#define RANDOM_READ_ANY_FILE   0
#define RANDOM_READ_REGISTERED 1

#define RANDOM_READ_URING_HOW                                                                                \
    "SINGLE_ISSUER|DEFER_TASKRUN|COOP_TASKRUN, registered ring; one enter submits what completed and waits " \
    "for one"
#define RANDOM_READ_REGISTERED_HOW "the same with the file and the buffers registered beforehand"

/* -- for those who read -- */

/* What is left to do, and what was seen. One thread at a time. */
struct random_reads {
    int fd;
    struct bench_round *round;
    uint64_t next;
    char *buffers; /* READ_BYTES for each lane, aligned for O_DIRECT */
};

int random_reads_begin(struct random_reads *reads, struct bench_round *round, unsigned lanes);
void random_reads_end(struct random_reads *reads);
static inline char *random_reads_buffer(const struct random_reads *reads, unsigned lane)
{
    return reads->buffers + (size_t)lane * READ_BYTES;
}
/* The next offset to read; false when enough was read. */
bool random_reads_next(struct random_reads *reads, int64_t *offset_out);
/* Count one read into `data`. 0, or an error when it was not a whole block. */
int random_reads_seen(struct random_reads *reads, const char *data, int64_t result);

#endif
