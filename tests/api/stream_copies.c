/* SPDX-License-Identifier: MIT */
/*
 * nw_copy(): all of it or up to a limit, from where the one is to where the other is; progress after each 8
 * MiB; between two peers at once what there is; an error leaves what was not copied where it was.
 */
#include <sys/socket.h>

#include "../support/runtime.h"

#define SIZE (20 * 1024 * 1024 + 5)

static char *content;

struct told {
    uint64_t done[8];
    uint64_t total;
    int count;
    int fail_at;
    nw_stream *stream;
};

static int note(uint64_t done_bytes, uint64_t total_bytes, void *arg)
{
    struct told *told = arg;

    CHECK(told->count < 8);
    told->done[told->count++] = done_bytes;
    told->total = total_bytes;
    CHECK_EQ(nw_tell(told->stream), -EDEADLK); /* it is in use: by this task */
    CHECK_EQ(nw_yield(), 0);
    return told->count == told->fail_at ? -ENOTRECOVERABLE : 0;
}

static void files(const nw_open_options *options)
{
    nw_stream *from, *to;
    struct told told = {.fail_at = 0};
    nw_progress progress = {note, &told};

    CHECK_EQ(nw_open_with(options, "file", "r", &from), 0);
    CHECK_EQ(nw_open_with(options, "copy", "w", &to), 0);
    told.stream = from;
    CHECK_EQ(nw_copy(to, from, 0, &progress), SIZE);
    CHECK_EQ(nw_written(to), SIZE);
    check_file_holds("copy", content, SIZE);
    CHECK_EQ(told.count, 3);
    CHECK_EQ(told.done[0], 8 * 1024 * 1024);
    CHECK_EQ(told.done[1], 16 * 1024 * 1024);
    CHECK_EQ(told.done[2], SIZE);
    CHECK_EQ(told.total, SIZE);
    CHECK_EQ(nw_copy(to, from, 0, NULL), 0);

    CHECK_EQ(nw_seek(from, 10, SEEK_SET), 10);
    CHECK_EQ(nw_seek(to, 0, SEEK_SET), 0);
    CHECK_EQ(nw_copy(to, from, 1000, &progress), 1000);
    CHECK_EQ(told.total, 1000);
    CHECK_EQ(nw_tell(from), 1010);
    CHECK_EQ(nw_tell(to), 1000);
    told.count = 0;
    told.fail_at = 2;
    CHECK_EQ(nw_copy(to, from, 0, &progress), -ENOTRECOVERABLE);
    CHECK_EQ(nw_tell(from), 1010 + 16 * 1024 * 1024);
    CHECK_EQ(nw_tell(to), 1000 + 16 * 1024 * 1024);
    CHECK_EQ(nw_copy(to, from, 0, NULL), SIZE - 1010 - 16 * 1024 * 1024);
    CHECK_EQ(nw_truncate(to, -1), SIZE - 10);
    CHECK_EQ(nw_copy(from, to, 0, NULL), -EBADF);
    CHECK_EQ(nw_copy(from, from, 0, NULL), -EINVAL);
    CHECK_EQ(nw_copy(NULL, from, 0, NULL), -EINVAL);
    CHECK_EQ(nw_copy(to, from, -1, NULL), -EINVAL);
    CHECK_EQ(nw_close(from), 0);
    CHECK_EQ(nw_close(to), 0);
    check_file_holds("copy", content + 10, SIZE - 10);
}

static int echo(void *arg)
{
    int64_t n = nw_copy(arg, arg, 0, NULL); /* both directions of one socket */

    return n < 0 ? (int)n : nw_close(arg);
}

static void peers(void)
{
    nw_stream *near, *far;
    nw_slice line;
    int fds[2];

    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    CHECK_EQ(nw_open_fd(fds[0], "r+", &near), 0);
    CHECK_EQ(nw_open_fd(fds[1], "r+", &far), 0);
    nw_task *task = nw_spawn(echo, far);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(nw_write(near, "ping\n", 5), 5);
        CHECK_EQ(nw_flush(near), 0);
        CHECK_EQ(nw_read_line(near, &line), 5);
    }
    CHECK_SYS(shutdown(fds[0], SHUT_WR));
    CHECK_EQ(nw_await(task), 0);
    CHECK_EQ(nw_read_line(near, &line), 0);
    CHECK_EQ(nw_close(near), 0);
}

static int first(void *arg)
{
    static const nw_open_options small = {.buffer_bytes = 10000}, direct = {.direct = true};

    (void)arg;
    files(NULL);
    files(&small);
    files(&direct);
    peers();
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(SIZE);
    CHECK(content);
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i * 31 + (i >> 11));
    check_write_file("file", content, SIZE);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(content);
    return 0;
}
