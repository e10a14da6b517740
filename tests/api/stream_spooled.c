/* SPDX-License-Identifier: MIT */
/*
 * nw_temp_spooled: random reads, writes, seeks and truncations give what they give on an nw_open_memory()
 * stream, at sizes around the limit; the descriptor comes with the file; no name and no descriptor is left,
 * also when the change is cancelled or the folder is not there: then all is in memory as before.
 */
#include "../support/runtime.h"

#define LIMIT    (200 * 1000)
#define SPAN     (500 * 1000)
#define OP_BYTES (60 * 1000)

static char data[OP_BYTES], one[OP_BYTES], other[OP_BYTES];

static void same_result(nw_stream *a, nw_stream *b)
{
    size_t size = random_below(OP_BYTES);
    int64_t at = (int64_t)random_below(SPAN);
    ssize_t n;

    switch (random_below(8)) {
    case 0:
    case 1:
        CHECK_EQ(nw_seek(a, at, SEEK_SET), at);
        CHECK_EQ(nw_seek(b, at, SEEK_SET), at);
        break;
    case 2:
        CHECK_EQ(nw_seek(a, -(int64_t)size, SEEK_END), nw_seek(b, -(int64_t)size, SEEK_END));
        break;
    case 3:
        CHECK_EQ(nw_truncate(a, at), nw_truncate(b, at));
        break;
    case 4:
        CHECK_EQ(nw_flush(a), 0);
        CHECK_EQ(nw_tell(a), nw_tell(b));
        break;
    case 5:
        for (size_t i = 0; i < size; i++)
            data[i] = (char)(size + i);
        CHECK_EQ(nw_write(a, data, size), size);
        CHECK_EQ(nw_write(b, data, size), size);
        break;
    default:
        n = nw_read(a, one, size);
        CHECK_EQ(nw_read(b, other, size), n);
        if (n > 0)
            CHECK_MEM(one, other, (size_t)n);
    }
}

static void same_content(nw_stream *a, nw_stream *b)
{
    nw_bytes x, y;

    CHECK_EQ(nw_seek(a, 0, SEEK_SET), 0);
    CHECK_EQ(nw_seek(b, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read_all(a, 0, &x), 0);
    CHECK_EQ(nw_read_all(b, 0, &y), 0);
    CHECK_EQ(x.size, y.size);
    CHECK_MEM(x.data, y.data, x.size);
    nw_bytes_finish(&x);
    nw_bytes_finish(&y);
}

static void as_memory(void)
{
    for (int round = 0; round < scaled(60); round++) {
        nw_stream *a, *b;
        CHECK_EQ(nw_temp_spooled(".", LIMIT, &a), 0);
        CHECK_EQ(nw_open_memory(0, &b), 0);
        for (int i = 0; i < 40; i++)
            same_result(a, b);
        same_content(a, b);
        CHECK_EQ(nw_close(a), 0);
        CHECK_EQ(nw_close(b), 0);
        CHECK_EQ(check_count_entries("."), 0);
    }
}

static void lines_over_the_change(void)
{
    nw_stream *s;
    nw_slice line;
    int count = 0;

    CHECK_EQ(nw_temp_spooled(NULL, 10, &s), 0);
    CHECK_EQ(nw_stream_fd(s), -EBADF);
    CHECK_EQ(nw_printf(s, "%s\n", "first"), 6);
    CHECK_EQ(nw_flush(s), 0);
    CHECK_EQ(nw_stream_fd(s), -EBADF);
    for (int i = 0; i < 100000; i++)
        CHECK_EQ(nw_write(s, "line\n", 5), 5);
    CHECK_EQ(nw_sync(s), 0);
    CHECK(nw_stream_fd(s) >= 0);
    CHECK_EQ(nw_seek(s, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read_line(s, &line), 6);
    while (nw_read_line(s, &line) == 5)
        count++;
    CHECK_EQ(count, 100000);
    CHECK_EQ(nw_close(s), 0);
}

static void no_folder(void)
{
    nw_stream *s;
    char back[20];

    CHECK_EQ(nw_temp_spooled("none", 10, &s), 0);
    CHECK_EQ(nw_write(s, "0123456789", 10), 10);
    CHECK_EQ(nw_flush(s), 0);
    CHECK_EQ(nw_write(s, "x", 1), 1);
    CHECK_EQ(nw_flush(s), -ENOENT);
    CHECK_SYS(mkdir("none", 0700));
    CHECK_EQ(nw_flush(s), 0); /* nothing was lost */
    CHECK_EQ(nw_seek(s, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(s, back, sizeof back), 11);
    CHECK_MEM(back, "0123456789x", 11);
    CHECK_EQ(nw_close(s), 0);
    CHECK_SYS(rmdir("none"));
    CHECK_EQ(nw_temp_spooled("", 10, &s), -EINVAL);
    CHECK_EQ(nw_temp_spooled(NULL, 10, NULL), -EINVAL);
}

static int write_much(void *arg)
{
    static char much[1000 * 1000];
    int64_t n = nw_write(arg, much, sizeof much);

    return n < 0 ? (int)n : nw_flush(arg);
}

static void cancelled(void)
{
    for (int turns = 0; turns < scaled(40); turns++) {
        nw_stream *s;
        nw_bytes all;
        CHECK_EQ(nw_temp_spooled(".", 1000, &s), 0);
        CHECK_EQ(nw_write(s, "begin", 5), 5);
        CHECK_EQ(nw_flush(s), 0);
        nw_task *task = nw_spawn(write_much, s);
        for (int i = 0; i < turns && !nw_done(task); i++)
            CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
        nw_cancel(task);
        (void)nw_await(task);
        int64_t end = nw_tell(s);
        CHECK_EQ(nw_flush(s), 0);
        CHECK_EQ(nw_seek(s, 0, SEEK_SET), 0);
        CHECK_EQ(nw_read_all(s, 0, &all), 0);
        CHECK_EQ(all.size, end);
        CHECK_MEM(all.data, "begin", 5);
        nw_bytes_finish(&all);
        CHECK_EQ(nw_close(s), 0);
    }
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    as_memory();
    lines_over_the_change();
    no_folder();
    cancelled();
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(check_count_entries("."), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    random_seed();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
