/* SPDX-License-Identifier: MIT */
/*
 * Connections that wait hold no buffers: 2,000 of them, each with a task at both ends that waits for a line,
 * take a bounded amount of memory, also after all of them have read and written.
 *
 * ctest: no-valgrind no-sanitizer
 */
#include <malloc.h>
#include <sys/resource.h>

#include "../support/runtime.h"

#define CONNECTIONS 2000
#define ENDS        (2 * CONNECTIONS)

/*
 * For each end: its stream and transport from the heap, and its task, of which the stack takes two pages.
 * Without an end's share of what the loop keeps at hand: 32 buffers and what the engine has.
 */
#define HEAP_BYTES_AN_END     1024
#define RESIDENT_BYTES_AN_END (8 * 1024)

static nw_stream *ends[ENDS];
static size_t lines;

static int read_lines(void *arg)
{
    nw_slice line;
    ssize_t n;

    while ((n = nw_read_line(arg, &line)) > 0)
        lines++;
    return n == -ECANCELED ? 0 : (int)n;
}

static size_t resident_bytes(void)
{
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "re");

    CHECK(file);
    CHECK_EQ(fscanf(file, "%ld %ld", &ignored, &pages), 2);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static size_t heap_bytes(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static int accept_all(void *arg)
{
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK_EQ(nw_accept(arg, &ends[2 * i]), 0);
    return 0;
}

static void check_bound(const char *what, size_t bytes, size_t bound_an_end)
{
    printf("%s: %zu bytes an end\n", what, bytes / ENDS);
    if (bytes / ENDS > bound_an_end)
        check_fail(__FILE__, __LINE__, "%s: %zu bytes for each end", what, bytes / ENDS);
}

static int first(void *arg)
{
    static nw_task *tasks[ENDS];
    char place[64];
    nw_address address;
    nw_listener *listener;

    (void)arg;
    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    size_t heap = heap_bytes(), resident = resident_bytes();
    nw_task *acceptor = nw_spawn(accept_all, listener);
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK_EQ(nw_connect(place, &ends[2 * i + 1]), 0);
    CHECK_EQ(nw_await(acceptor), 0);
    for (int i = 0; i < ENDS; i++)
        CHECK((tasks[i] = nw_spawn(read_lines, ends[i])));
    yield_all();
    check_bound("heap, before", heap_bytes() - heap, HEAP_BYTES_AN_END);
    for (int i = 0; i < ENDS; i++) {
        CHECK_EQ(nw_write(ends[i], "a line of text\n", 15), 15);
        CHECK_EQ(nw_flush(ends[i]), 0);
    }
    while (lines < ENDS)
        CHECK_EQ(nw_yield(), 0);
    yield_all();
    check_bound("heap, after", heap_bytes() - heap, HEAP_BYTES_AN_END + 32 * 70 * 1024 / ENDS);
    check_bound("resident", resident_bytes() - resident, RESIDENT_BYTES_AN_END);
    for (int i = 0; i < ENDS; i++)
        nw_cancel(tasks[i]);
    for (int i = 0; i < ENDS; i++)
        CHECK_EQ(nw_await(tasks[i]), 0);
    for (int i = 0; i < ENDS; i++)
        CHECK_EQ(nw_close(ends[i]), 0);
    nw_listener_close(listener);
    return 0;
}

int main(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur < ENDS + 64)
        check_skip("only %ju descriptors", (uintmax_t)limit.rlim_cur);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
