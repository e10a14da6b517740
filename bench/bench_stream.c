/* SPDX-License-Identifier: MIT */
/*
 * A text file of 1 GiB (at --scale 1) read from one end to the other: line by line, in pieces of 4 KiB and of
 * 64 KiB; from the page cache, and from the disk. Against stdio as its experts use it: no locks, several
 * buffers.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/run.h>
#include <nowait/stream.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lanes.h"

#define FILE_BYTES     ((uint64_t)1 << 30)
#define LINE_BYTES_MAX 160 /* lines have 1 to that many bytes, with their newline */
#define ROUNDS         5
#define COLD_ROUNDS    3

#define SMALL 4096
#define LARGE 65536

#define KIB(n) ((n)*1024)

/* What everybody reads, and what each must have seen. The file has no name: it is gone with the program. */
static struct text {
    int fd;
    char path[64];
    uint64_t lines, line_sum;
    uint64_t bytes, small_sum, large_sum;
} text;

/* Everybody reads into this: how fast bytes are copied depends on where they go. */
static _Alignas(SMALL) char data[LARGE];

static bool cold;    /* this case begins without the file in the page cache */
static size_t asked; /* this case's size of a read */

/* What a line, or a piece, adds to the sum: cheap, but it has to have been there. */
static uint64_t sum_of(const char *seen, size_t size)
{
    return size + (unsigned char)seen[0];
}

static uint64_t expected_lines(uint64_t ops)
{
    return ops == text.lines ? text.line_sum : 0;
}

static uint64_t expected_pieces(uint64_t ops)
{
    (void)ops;
    return asked == SMALL ? text.small_sum : text.large_sum;
}

static void begin_round(void)
{
    if (cold)
        posix_fadvise(text.fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void see(struct bench_round *round, const char *seen, size_t size)
{
    round->checksum += sum_of(seen, size);
    round->ops++;
}

/* -- nowait -- */

static int read_lines(void *context, unsigned lane)
{
    struct bench_round *round = context;
    nw_stream *stream;
    nw_slice line;
    ssize_t size;
    int rc = nw_open(text.path, "r", &stream);

    (void)lane;
    if (rc < 0)
        return rc;
    while ((size = nw_read_line(stream, &line)) > 0)
        see(round, line.data, line.size);
    rc = nw_close(stream);
    return size < 0 ? (int)size : rc;
}

static int read_pieces(void *context, unsigned lane)
{
    struct bench_round *round = context;
    nw_stream *stream;
    ssize_t size;
    int rc = nw_open(text.path, "r", &stream);

    (void)lane;
    if (rc < 0)
        return rc;
    while ((size = nw_read(stream, data, asked)) > 0)
        see(round, data, (size_t)size);
    rc = nw_close(stream);
    return size < 0 ? (int)size : rc;
}

static int lines_nowait(const struct bench_contender *self, struct bench_round *round)
{
    begin_round();
    return bench_tasks((enum nw_backend)self->variant, 1, read_lines, round, &round->elapsed_ns);
}

static int pieces_nowait(const struct bench_contender *self, struct bench_round *round)
{
    begin_round();
    return bench_tasks((enum nw_backend)self->variant, 1, read_pieces, round, &round->elapsed_ns);
}

/* -- stdio: `variant` is the size of its buffer; 0: as it comes -- */

static FILE *open_plain(const struct bench_contender *self)
{
    FILE *file = fopen(text.path, "re");

    if (!file)
        return NULL;
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    if (self->variant) {
        setvbuf(file, NULL, _IOFBF, (size_t)self->variant);
        posix_fadvise(fileno(file), 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return file;
}

static void getline_all(FILE *file, struct bench_round *round)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    while ((size = getline(&line, &room, file)) > 0)
        see(round, line, (size_t)size);
    free(line);
}

static void fgets_all(FILE *file, struct bench_round *round)
{
    char line[LINE_BYTES_MAX + 1];

    while (fgets_unlocked(line, sizeof line, file))
        see(round, line, strlen(line));
}

static void fread_all(FILE *file, struct bench_round *round)
{
    size_t size;

    while ((size = (fread_unlocked)(data, 1, asked, file)) > 0)
        see(round, data, size);
}

static int run_plain(const struct bench_contender *self, struct bench_round *round,
                     void (*fn)(FILE *, struct bench_round *))
{
    begin_round();
    int64_t began_ns = bench_now();
    FILE *file = open_plain(self);
    if (!file)
        return -errno;
    fn(file, round);
    fclose(file);
    round->elapsed_ns = bench_now() - began_ns;
    return 0;
}

static int lines_getline(const struct bench_contender *self, struct bench_round *round)
{
    return run_plain(self, round, getline_all);
}

static int lines_fgets(const struct bench_contender *self, struct bench_round *round)
{
    return run_plain(self, round, fgets_all);
}

static int pieces_fread(const struct bench_contender *self, struct bench_round *round)
{
    return run_plain(self, round, fread_all);
}

/* -- libuv: no buffer, so that only the large pieces are asked of it -- */

#ifdef HAVE_LIBUV
struct uv_reads {
    struct bench_round *round;
    int64_t at;
    bool ended;
};

static int uv_start(uv_loop_t *loop, uv_fs_t *request, void *context, unsigned lane, uv_fs_cb done)
{
    struct uv_reads *reads = context;
    uv_buf_t buffer = uv_buf_init(data, (unsigned)asked);

    (void)lane;
    return reads->ended ? 1 : uv_fs_read(loop, request, text.fd, &buffer, 1, reads->at, done);
}

static int uv_finish(const uv_fs_t *request, void *context, unsigned lane)
{
    struct uv_reads *reads = context;

    (void)lane;
    if (request->result > 0)
        see(reads->round, data, (size_t)request->result);
    reads->ended = request->result <= 0;
    reads->at += request->result;
    return request->result < 0 ? (int)request->result : 0;
}

static int pieces_uv(const struct bench_contender *self, struct bench_round *round)
{
    static const struct bench_uv_requests requests = {uv_start, uv_finish};
    struct uv_reads reads = {.round = round};

    (void)self;
    begin_round();
    return bench_uv_fs(1, &requests, &reads, &round->elapsed_ns);
}
#else
#define pieces_uv NULL
#endif

/* -- the file -- */

/* A line of its own length and beginning. Returns: its size. */
static size_t make_line(uint64_t number, char *line)
{
    uint64_t random = bench_mix(number);
    size_t size = 1 + random % LINE_BYTES_MAX;

    memset(line, (int)('a' + (random >> 16) % 26), size - 1);
    line[size - 1] = '\n';
    return size;
}

static int write_text(FILE *file, uint64_t size_bytes)
{
    char line[LINE_BYTES_MAX];

    while (text.bytes < size_bytes) {
        size_t size = make_line(text.lines, line);
        if (size > size_bytes - text.bytes) {
            size = size_bytes - text.bytes;
            line[size - 1] = '\n';
        }
        text.line_sum += sum_of(line, size);
        text.lines++;
        text.bytes += size;
        if (fwrite_unlocked(line, 1, size, file) != size)
            return -errno;
    }
    return fflush(file) != 0 || fsync(fileno(file)) < 0 ? -errno : 0;
}

/* Read once as a whole, for the sums; it is in the page cache then. The size is a multiple of the pieces'. */
static int sum_text(void)
{
    for (uint64_t at = 0; at < text.bytes; at += LARGE) {
        if (pread(text.fd, data, LARGE, (off_t)at) != LARGE)
            return -EIO;
        text.large_sum += sum_of(data, LARGE);
        for (size_t i = 0; i < LARGE; i += SMALL)
            text.small_sum += sum_of(data + i, SMALL);
    }
    return 0;
}

static int make_text(const struct bench *bench)
{
    char path[4096];
    FILE *file;
    int rc;

    snprintf(path, sizeof path, "%s/nowait-bench-XXXXXX", bench->dir);
    text.fd = mkstemp(path);
    if (text.fd < 0)
        return -errno;
    unlink(path);
    snprintf(text.path, sizeof text.path, "/proc/%d/fd/%d", (int)getpid(), text.fd);
    file = fopen(text.path, "we");
    if (!file)
        return -errno;
    setvbuf(file, NULL, _IOFBF, KIB(1024));
    rc = write_text(file, bench_scaled(bench, FILE_BYTES) / LARGE * LARGE);
    fclose(file);
    return rc < 0 ? rc : sum_text();
}

/* -- the cases -- */

#define NOWAIT(call, fn)                                                                                     \
    {.name = "nowait uring", .how = call, .run = fn, .variant = NW_BACKEND_URING},                           \
    {                                                                                                        \
        .name = "nowait epoll", .how = call, .run = fn, .variant = NW_BACKEND_EPOLL                          \
    }

#define UNLOCKED "FSETLOCKING_BYCALLER"

static const struct bench_contender line_contenders[] = {
    NOWAIT("nw_read_line", lines_nowait),
    {.name = "getline", .how = UNLOCKED ", its own buffer", .run = lines_getline},
    {.name = "getline 64 KiB",
     .how = UNLOCKED ", setvbuf, POSIX_FADV_SEQUENTIAL",
     .run = lines_getline,
     .variant = KIB(64)},
    {.name = "getline 1 MiB",
     .how = UNLOCKED ", setvbuf, POSIX_FADV_SEQUENTIAL",
     .run = lines_getline,
     .variant = KIB(1024)},
    {.name = "fgets",
     .how = "fgets_unlocked and strlen, setvbuf 64 KiB",
     .run = lines_fgets,
     .variant = KIB(64)},
    {0},
};

static const struct bench_target line_targets[] = {
    {"nowait uring", "getline", BENCH_RATE, 1},       {"nowait uring", "getline 64 KiB", BENCH_RATE, 1},
    {"nowait uring", "getline 1 MiB", BENCH_RATE, 1}, {"nowait uring", "fgets", BENCH_RATE, 0},
    {"nowait epoll", "getline", BENCH_RATE, 1},       {"nowait epoll", "getline 64 KiB", BENCH_RATE, 1},
    {"nowait epoll", "getline 1 MiB", BENCH_RATE, 1}, {0},
};

/* libuv first: it is left out of the small pieces, where each would be a round trip through a thread. */
static const struct bench_contender piece_contenders[] = {
    {.name = "libuv", .how = "uv_fs_read, the next from the callback; " BENCH_UV_HOW, .run = pieces_uv},
    NOWAIT("nw_read", pieces_nowait),
    {.name = "fread", .how = "fread_unlocked, its own buffer", .run = pieces_fread},
    {.name = "fread 64 KiB",
     .how = "fread_unlocked, setvbuf, POSIX_FADV_SEQUENTIAL",
     .run = pieces_fread,
     .variant = KIB(64)},
    {.name = "fread 1 MiB",
     .how = "fread_unlocked, setvbuf, POSIX_FADV_SEQUENTIAL",
     .run = pieces_fread,
     .variant = KIB(1024)},
    {0},
};

static const struct bench_target piece_targets[] = {
    {"nowait uring", "libuv", BENCH_RATE, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {"nowait uring", "fread", BENCH_RATE, 1},
    {"nowait uring", "fread 64 KiB", BENCH_RATE, 1},
    {"nowait uring", "fread 1 MiB", BENCH_RATE, 1},
    {"nowait epoll", "fread", BENCH_RATE, 1},
    {"nowait epoll", "fread 64 KiB", BENCH_RATE, 1},
    {"nowait epoll", "fread 1 MiB", BENCH_RATE, 1},
    {0},
};

#define LIBUV_CONTENDERS 1
#define LIBUV_TARGETS    2

static void compare_lines(struct bench *bench, const char *id, const char *title)
{
    struct bench_case lines = {
        .id = id,
        .title = title,
        .unit = "line",
        .ops = text.lines,
        .rounds = cold ? COLD_ROUNDS : ROUNDS,
        .expected = expected_lines,
        .contenders = line_contenders,
        .targets = line_targets,
    };

    bench_compare(bench, &lines);
}

static void compare_pieces(struct bench *bench, size_t size, const char *id, const char *title)
{
    struct bench_case pieces = {
        .id = id,
        .title = title,
        .unit = "read",
        .ops = text.bytes / size,
        .rounds = cold ? COLD_ROUNDS : ROUNDS,
        .expected = expected_pieces,
        .contenders = piece_contenders + (size == SMALL ? LIBUV_CONTENDERS : 0),
        .targets = piece_targets + (size == SMALL ? LIBUV_TARGETS : 0),
    };

    asked = size;
    bench_compare(bench, &pieces);
}

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "A text file of 1 GiB, read by line and by piece, cached and cold.");
    int rc = make_text(&bench);
    if (rc < 0)
        return bench_cannot_make(&bench, "a file", rc);
    compare_lines(&bench, "stream-lines", "lines of a text file, cached");
    compare_pieces(&bench, SMALL, "stream-read-4k", "stream reads of 4 KiB, cached");
    compare_pieces(&bench, LARGE, "stream-read-64k", "stream reads of 64 KiB, cached");
    cold = true;
    compare_lines(&bench, "stream-cold-lines", "lines of a text file, cold");
    compare_pieces(&bench, SMALL, "stream-cold-read-4k", "stream reads of 4 KiB, cold");
    compare_pieces(&bench, LARGE, "stream-cold-read-64k", "stream reads of 64 KiB, cold");
    close(text.fd);
    return bench_finish(&bench);
}
