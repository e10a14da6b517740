/* SPDX-License-Identifier: MIT */
/*
 * 10,000 small files, each opened, read and closed: one after the other, and 32 at a time. The files are in
 * the page cache, so that what is measured is the way there and back.
 */
#include <errno.h>
#include <fcntl.h>
#include <nowait/fs.h>
#include <nowait/run.h>
#include <string.h>
#include <unistd.h>

#include "lanes.h"
#include "tree.h"

#define FILES       10000
#define BUFFER_SIZE 16384
#define LANES       32
#define UV_DIVISOR  10

static struct tree tree;

struct walk {
    struct bench_round *round;
    uint64_t next;
};

static const char *next_path(struct walk *walk)
{
    return walk->next < walk->round->ops_wanted ? tree.paths[walk->next++] : NULL;
}

static int seen(struct walk *walk, const char *data, int64_t size)
{
    if (size < 0)
        return (int)size;
    walk->round->checksum += tree_read_sum(data, size);
    walk->round->ops++;
    return 0;
}

static uint64_t expected(uint64_t ops)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < ops; i++)
        sum += tree_file_sum(i);
    return sum;
}

static int read_in_task(void *context, unsigned lane)
{
    struct walk *walk = context;
    char data[BUFFER_SIZE];
    const char *path;
    int rc = 0;

    (void)lane;
    while (rc == 0 && (path = next_path(walk))) {
        int fd = nw_fd_open(path, O_RDONLY, 0);
        if (fd < 0)
            return fd;
        rc = seen(walk, data, nw_fd_read(fd, data, sizeof data));
        nw_fd_close(fd);
    }
    return rc;
}

static int run_nowait(const struct bench_contender *self, struct bench_round *round)
{
    struct walk walk = {.round = round};

    return bench_tasks((enum nw_backend)self->variant, self->depth, read_in_task, &walk, &round->elapsed_ns);
}

static int read_whole_in_task(void *context, unsigned lane)
{
    struct walk *walk = context;
    const char *path;
    int rc = 0;

    (void)lane;
    while (rc == 0 && (path = next_path(walk))) {
        nw_bytes bytes;
        rc = nw_read_file(path, 0, &bytes);
        if (rc < 0)
            return rc;
        rc = seen(walk, bytes.data, (int64_t)bytes.size);
        nw_bytes_finish(&bytes);
    }
    return rc;
}

static int run_nowait_whole(const struct bench_contender *self, struct bench_round *round)
{
    struct walk walk = {.round = round};

    return bench_tasks((enum nw_backend)self->variant, self->depth, read_whole_in_task, &walk,
                       &round->elapsed_ns);
}

static int run_plain(const struct bench_contender *self, struct bench_round *round)
{
    struct walk walk = {.round = round};
    char data[BUFFER_SIZE];
    const char *path;
    int rc = 0;

    (void)self;
    int64_t began_ns = bench_now();
    while (rc == 0 && (path = next_path(&walk))) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return -errno;
        ssize_t n = read(fd, data, sizeof data);
        rc = seen(&walk, data, n < 0 ? -errno : n);
        close(fd);
    }
    round->elapsed_ns = bench_now() - began_ns;
    return rc;
}

#ifdef HAVE_LIBUV
struct uv_walk {
    struct walk walk;
    int error;
    struct uv_lane {
        uv_fs_t request;
        struct uv_walk *all;
        int fd;
        char data[BUFFER_SIZE];
    } lanes[LANES];
};

static void uv_open_next(uv_loop_t *loop, struct uv_lane *lane);

/* Take the result of the request that has ended; false ends the lane. */
static bool uv_take(uv_fs_t *request, int64_t *result_out)
{
    struct uv_lane *lane = request->data;

    *result_out = request->result;
    uv_fs_req_cleanup(request);
    if (*result_out < 0)
        lane->all->error = (int)*result_out;
    return !lane->all->error;
}

static void uv_closed(uv_fs_t *request)
{
    uv_loop_t *loop = request->loop;
    int64_t result;

    if (uv_take(request, &result))
        uv_open_next(loop, request->data);
}

static void uv_was_read(uv_fs_t *request)
{
    struct uv_lane *lane = request->data;
    uv_loop_t *loop = request->loop;
    int64_t size;

    if (uv_take(request, &size))
        lane->all->error = seen(&lane->all->walk, lane->data, size);
    uv_fs_close(loop, request, lane->fd, uv_closed);
}

static void uv_opened(uv_fs_t *request)
{
    struct uv_lane *lane = request->data;
    uv_loop_t *loop = request->loop;
    uv_buf_t buffer = uv_buf_init(lane->data, sizeof lane->data);
    int64_t fd;

    if (!uv_take(request, &fd))
        return;
    lane->fd = (int)fd;
    uv_fs_read(loop, request, lane->fd, &buffer, 1, -1, uv_was_read);
}

static void uv_open_next(uv_loop_t *loop, struct uv_lane *lane)
{
    const char *path = next_path(&lane->all->walk);

    if (!path)
        return;
    lane->request.data = lane;
    uv_fs_open(loop, &lane->request, path, O_RDONLY, 0, uv_opened);
}

static void uv_start(uv_loop_t *loop, void *context, unsigned index)
{
    struct uv_walk *all = context;

    all->lanes[index].all = all;
    uv_open_next(loop, &all->lanes[index]);
}

static int run_uv(const struct bench_contender *self, struct bench_round *round)
{
    static struct uv_walk all;

    all.walk = (struct walk){.round = round};
    all.error = 0;
    int rc = bench_uv(self->depth, uv_start, &all, &round->elapsed_ns);
    return rc < 0 ? rc : all.error;
}
#else
#define run_uv NULL
#endif

#define CALLS_HOW "nw_fd_open, nw_fd_read, nw_fd_close"
#define UV_HOW    "uv_fs_open, uv_fs_read, uv_fs_close, each from the callback of the one before; " BENCH_UV_HOW

static const struct bench_contender one_at_a_time[] = {
    {.name = "nowait uring",
     .how = CALLS_HOW ", one task",
     .run = run_nowait,
     .depth = 1,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = CALLS_HOW ", one task",
     .run = run_nowait,
     .depth = 1,
     .variant = NW_BACKEND_EPOLL},
    {.name = "nw_read_file uring",
     .how = "one call a file, which allocates",
     .run = run_nowait_whole,
     .depth = 1,
     .variant = NW_BACKEND_URING},
    {.name = "plain loop", .how = "open, read, close", .run = run_plain},
    {.name = "libuv", .how = UV_HOW, .run = run_uv, .depth = 1, .divisor = UV_DIVISOR},
    {0},
};

static const struct bench_contender concurrent[] = {
    {.name = "nowait uring",
     .how = CALLS_HOW ", 32 tasks",
     .run = run_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_URING},
    {.name = "nowait epoll",
     .how = CALLS_HOW ", 32 tasks",
     .run = run_nowait,
     .depth = LANES,
     .variant = NW_BACKEND_EPOLL},
    {.name = "nw_read_file uring",
     .how = "one call a file, which allocates",
     .run = run_nowait_whole,
     .depth = LANES,
     .variant = NW_BACKEND_URING},
    {.name = "plain loop", .how = "open, read, close", .run = run_plain},
    {.name = "libuv", .how = UV_HOW ", 32 chains", .run = run_uv, .depth = LANES},
    {0},
};

static const struct bench_target targets[] = {
    {"nowait uring", "plain loop", BENCH_TIME, 1.3},
    {"nowait uring", "libuv", BENCH_RATE, 10},
    {"nw_read_file uring", "plain loop", BENCH_TIME, 0},
    {"nowait epoll", "plain loop", BENCH_TIME, 0},
    {"nowait epoll", "libuv", BENCH_RATE, 1},
    {0},
};

int main(int argc, char **argv)
{
    struct bench bench;

    bench_begin(&bench, argc, argv, "10,000 small files in the page cache, each opened, read and closed.");
    uint64_t files = bench_scaled(&bench, FILES);
    int rc = tree_make(&tree, &bench, files);
    if (rc < 0)
        return bench_cannot_make(&bench, "files", rc);
    const struct bench_case c = {
        .unit = "file",
        .ops = files,
        .expected = expected,
        .targets = targets,
    };
    const struct bench_variation variations[] = {
        {"small-files-1", "small files open+read+close, one task", one_at_a_time},
        {"small-files-32", "small files open+read+close, 32 tasks", concurrent},
        {0},
    };
    bench_vary(&bench, &c, variations);
    tree_remove(&tree);
    return bench_finish(&bench);
}
