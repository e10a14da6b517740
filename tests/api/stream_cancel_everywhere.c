/* SPDX-License-Identifier: MIT */
/*
 * A task that uses a stream is cancelled after k turns of the loop, k = 0, 1, 2, ...; then another goes on
 * with the same stream: no byte was lost and none came twice, in or out.
 *
 * ctest: timeout=120
 */
#include "../support/runtime.h"

#define SIZE (1500 * 1000 + 7)

static char *content, *found;
static size_t found_size;
static nw_stream *stream, *other;
static int errno_before;

static void collect(const char *data, size_t size)
{
    CHECK(found_size + size <= SIZE);
    memcpy(found + found_size, data, size);
    found_size += size;
}

/* Each does its part again and again until the end or an error, which it returns. */
static int read_loop(void *arg)
{
    char data[50000];
    ssize_t n;

    (void)arg;
    while ((n = nw_read(stream, data, sizeof data)) > 0)
        collect(data, (size_t)n);
    return (int)n;
}

static int line_loop(void *arg)
{
    nw_slice line;
    ssize_t n;

    (void)arg;
    while ((n = nw_read_line(stream, &line)) > 0)
        collect(line.data, line.size);
    return (int)n;
}

static int exact_loop(void *arg)
{
    char *data = malloc(333333);
    ssize_t n;

    (void)arg;
    CHECK(data);
    while ((n = nw_read_exactly(stream, data, 333333)) > 0)
        collect(data, (size_t)n);
    memset(data, 0xee, 333333);
    free(data);
    return n == NW_EINCOMPLETE ? read_loop(NULL) : (int)n;
}

static int all_at_once(void *arg)
{
    nw_bytes bytes;
    int rc = nw_read_all(stream, 0, &bytes);

    (void)arg;
    if (rc < 0)
        return rc;
    collect(bytes.data, bytes.size);
    nw_bytes_finish(&bytes);
    return 0;
}

static int peek_and_skip(void *arg)
{
    nw_slice view;
    ssize_t n;

    (void)arg;
    while ((n = nw_peek(stream, 100000, &view)) > 0) {
        size_t size = view.size > 70000 ? 70000 : view.size;
        collect(view.data, size);
        CHECK_EQ(nw_skip(stream, (int64_t)size), size); /* it is in the buffer */
    }
    return (int)n;
}

static int write_loop(void *arg)
{
    (void)arg;
    while (found_size < SIZE) {
        size_t left = SIZE - found_size;
        ssize_t n = nw_write(stream, content + found_size, left < 70001 ? left : 70001);
        if (n < 0)
            return (int)n;
        found_size += (size_t)n;
    }
    return nw_flush(stream);
}

static int printf_loop(void *arg)
{
    (void)arg;
    while (found_size < SIZE) {
        int left = (int)(SIZE - found_size);
        int n = nw_printf(stream, "%.*s", left < 3001 ? left : 3001, content + found_size);
        if (n < 0)
            return n;
        found_size += (size_t)n;
        n = found_size % 7 == 0 ? nw_flush(stream) : 0;
        if (n < 0)
            return n;
    }
    return nw_flush(stream);
}

static int copy_loop(void *arg)
{
    int64_t n;

    (void)arg;
    while ((n = nw_copy(other, stream, 400000, NULL)) > 0) {
    }
    return (int)n;
}

struct scenario {
    const char *name;
    nw_task_fn *fn;
    bool writes;
    bool copies;
    nw_open_options options;
    const char *mode;
};

static const struct scenario scenarios[] = {
    {"read", read_loop, false, false, {.buffer_bytes = 0}, "r"},
    {"read direct", read_loop, false, false, {.direct = true}, "r"},
    {"lines", line_loop, false, false, {.buffer_bytes = 20000}, "r"},
    {"lines direct", line_loop, false, false, {.direct = true, .buffer_bytes = 65536}, "r"},
    {"exactly", exact_loop, false, false, {.direct = true}, "r"},
    {"all", all_at_once, false, false, {.direct = true}, "r"},
    {"peek", peek_and_skip, false, false, {.direct = true}, "r"},
    {"write", write_loop, true, false, {.buffer_bytes = 40000}, "w"},
    {"write direct", write_loop, true, false, {.direct = true, .buffer_bytes = 65536}, "w"},
    {"append", write_loop, true, false, {.buffer_bytes = 40000}, "a"},
    {"printf", printf_loop, true, false, {.buffer_bytes = 2000, .pieces = 2}, "w"},
    {"copy", copy_loop, true, true, {.direct = true, .buffer_bytes = 65536}, "r"},
};

static void open_for(const struct scenario *scenario)
{
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));

    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    found_size = 0;
    unlink("out");
    CHECK_EQ(nw_open_with(&scenario->options, scenario->copies || !scenario->writes ? "file" : "out",
                          scenario->mode, &stream),
             0);
    if (scenario->copies)
        CHECK_EQ(nw_open_with(&scenario->options, "out", "w", &other), 0);
}

static void verify(const struct scenario *scenario)
{
    nw_stream *to = scenario->copies ? other : stream;

    if (scenario->writes) {
        CHECK_EQ(nw_written(to), SIZE);
        CHECK_EQ(nw_tell(to), SIZE);
    } else {
        CHECK_EQ(found_size, SIZE);
        CHECK_MEM(found, content, SIZE);
        CHECK_EQ(nw_tell(stream), SIZE);
    }
    CHECK_EQ(nw_close(stream), 0);
    if (scenario->copies)
        CHECK_EQ(nw_close(other), 0);
    if (scenario->writes)
        check_file_holds("out", content, SIZE);
}

static bool cancel_after(const struct scenario *scenario, int turns)
{
    open_for(scenario);
    nw_task *task = nw_spawn(scenario->fn, NULL);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
    nw_cancel(task);
    int rc = nw_await(task);
    if (rc != 0 && rc != -ECANCELED)
        check_fail(__FILE__, __LINE__, "%s after %d turns: %s", scenario->name, turns, nw_strerror(rc));
    errno = errno_before = turns + 1;
    rc = scenario->fn(NULL) < 0 ? -1 : rc;
    CHECK_EQ(errno, errno_before);
    CHECK(rc != -1);
    verify(scenario);
    return rc == -ECANCELED;
}

/* Closed by the task that was cancelled: it is closed, and a file has all that was written. */
static int write_and_close(void *arg)
{
    int64_t *taken = arg;
    nw_stream *own;
    ssize_t n;

    int rc = nw_open("out", "w", &own);
    *taken = -1;
    if (rc < 0)
        return rc;
    *taken = 0;
    while ((n = nw_write(own, content + *taken, 30000)) > 0 && *taken < SIZE - 60000)
        *taken += n;
    *taken += n > 0 ? n : 0;
    rc = nw_close(own);
    CHECK_EQ(rc, 0);
    return n < 0 ? (int)n : 0;
}

static void close_cancelled(int turns)
{
    int64_t taken;
    int rc;

    unlink("out");
    nw_task *task = nw_spawn(write_and_close, &taken);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(task);
    rc = nw_await(task);
    CHECK(rc == 0 || rc == -ECANCELED);
    if (taken >= 0)
        check_file_holds("out", content, (size_t)taken);
}

static int first(void *arg)
{
    int before;

    (void)arg;
    CHECK_EQ(nw_exists("file"), 1);
    before = check_open_fds();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        int cancelled = 0;
        for (int turns = 0; turns < scaled(30); turns++)
            cancelled += cancel_after(&scenarios[i], turns);
        CHECK(cancelled > 0);
    }
    for (int turns = 0; turns < scaled(40); turns++)
        close_cancelled(turns);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(SIZE);
    found = malloc(SIZE);
    CHECK(content && found);
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i % 61 == 60 && (i < 200000 || i > 600000) ? '\n' : '0' + (i / 61) % 70);
    check_write_file("file", content, SIZE);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(content);
    free(found);
    return 0;
}
