/* SPDX-License-Identifier: MIT */
/*
 * A SIGTERM in the middle of a thousand downloads, over plain sockets of another process. With clients that
 * go on reading, each download ends whole, and new connections are refused; with clients that have stopped,
 * each fails so that they know, within the time that the server has for it. Either way its process ends with
 * status 0. The same with four loops.
 *
 * ctest: cost=9 timeout=180 no-valgrind
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../support/web.h"

#define DOWNLOADS 1000
#define MIB       (1024 * 1024)

/* -- the server's process -- */

struct plan {
    int64_t drain_ns;
    const char *root; /* NULL: a handler that writes to a stream */
    unsigned loops;
    int to; /* the port first; at the end, how long it took, in milliseconds */
};

static char content[65536];
static int file_bytes; /* more than sockets hold, where clients do not read */

static int stream_content(nw_http_exchange *exchange, void *context)
{
    nw_stream *out;
    int64_t size = strcmp(nw_http_path(exchange), "/chunks") == 0 ? -1 : file_bytes;
    int rc = nw_http_reply_stream(exchange, 200, NULL, size, &out);

    (void)context;
    for (int sent = 0; rc >= 0 && sent < file_bytes; sent += (int)sizeof content) {
        ssize_t n = nw_write(out, content, sizeof content);
        rc = n < 0 ? (int)n : 0;
    }
    return rc;
}

static int terminated(void *arg)
{
    const struct plan *plan = arg;
    struct web web = {.options = {.drain_ns = plan->drain_ns, .all_loops = plan->loops > 1}};
    nw_http_files *files = NULL;
    nw_signals *signals;
    unsigned port;

    CHECK_EQ(nw_signals_open((const int[]){SIGTERM}, 1, &signals), 0);
    if (plan->root)
        CHECK_EQ(nw_http_files_create(NULL, plan->root, &files), 0);
    web_start(&web, files ? nw_http_files_serve : stream_content, files);
    port = (unsigned)atoi(strrchr(web.where, ':') + 1);
    CHECK_EQ(write(plan->to, &port, sizeof port), sizeof port);
    CHECK_EQ(nw_signals_next(signals), SIGTERM);
    int64_t began = nw_now();
    web_stop(&web);
    int took_ms = (int)((nw_now() - began) / NW_MS(1));
    CHECK_EQ(write(plan->to, &took_ms, sizeof took_ms), sizeof took_ms);
    CHECK_EQ(tasks_alive(), 1);
    nw_signals_close(signals);
    nw_http_files_destroy(files);
    return 0;
}

/* -- the clients -- */

static int connect_to(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    /* Most of a download is still with the server, and not in its socket: which has room for some segments,
     * of 64 KiB if nothing is said. A thousand such sockets make the kernel drop what others receive. */
    int small = 4096, segment = 3200;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_SYS(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
    CHECK_SYS(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment));
    CHECK_SYS(connect(fd, (struct sockaddr *)&to, sizeof to));
    return fd;
}

static void ask(int fd, const char *method, const char *path)
{
    char request[128];
    int size = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, path);

    CHECK_EQ(write(fd, request, (size_t)size), size);
}

/* Up to the end of the head, byte by byte: nothing behind it is taken. */
static void read_head(int fd)
{
    char head[1024];
    size_t size = 0;

    do
        CHECK_EQ(read(fd, head + size++, 1), 1);
    while (size < 4 || memcmp(head + size - 4, "\r\n\r\n", 4) != 0);
    CHECK_MEM(head, "HTTP/1.1 200 OK\r\n", 17);
}

/* All of them are open, and have been of use, before the first download begins. */
static void begin_downloads(int *fds, int count, unsigned port, const char *path)
{
    for (int i = 0; i < count; i++) {
        fds[i] = connect_to(port);
        ask(fds[i], "HEAD", path);
    }
    for (int i = 0; i < count; i++)
        read_head(fds[i]);
    for (int i = 0; i < count; i++)
        ask(fds[i], "GET", path);
    for (int i = 0; i < count; i++)
        read_head(fds[i]);
}

/* What is left of it, and what then comes: the end, or an error that tells that it is not whole. */
static int64_t read_rest(int fd, bool *clean_out)
{
    static char data[1 << 18];
    int64_t size = 0;
    ssize_t n;

    while ((n = read(fd, data, sizeof data)) > 0)
        size += n;
    *clean_out = n == 0;
    CHECK(n == 0 || errno == ECONNRESET);
    return size;
}

/* They read in turn, a piece each, so that all go on side by side; and now as fast as they can. */
static void read_all_whole(int *fds, int count)
{
    int64_t *sizes = calloc((size_t)count, sizeof *sizes);
    static char data[1 << 16];

    CHECK(sizes);
    for (int i = 0; i < count; i++)
        CHECK_SYS(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &(int){1 << 20}, sizeof(int)));
    for (int left = count; left > 0;)
        for (int i = 0; i < count; i++) {
            if (sizes[i] == file_bytes)
                continue;
            ssize_t n = CHECK_SYS(read(fds[i], data, sizeof data));
            CHECK(n > 0 && sizes[i] + n <= file_bytes);
            sizes[i] += n;
            if (sizes[i] == file_bytes) {
                CHECK_EQ(read(fds[i], data, 1), 0);
                left--;
            }
        }
    free(sizes);
}

/* The address is no longer taken: what is refused, or closed before a byte, is asked for elsewhere. */
static void check_nothing_new(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int rc;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        rc = connect(fd, (struct sockaddr *)&to, sizeof to);
        close(fd);
    } while (rc == 0);                                   /* it has not yet heard of the signal */
    CHECK(errno == ECONNREFUSED || errno == ECONNRESET); /* just when the listener was closed */
}

static void terminate(const struct plan *plan, const char *path, int count, bool reading)
{
    int *fds = calloc((size_t)count, sizeof *fds);
    int pipes[2], status, took_ms, whole = 0;
    struct plan mine = *plan;
    unsigned port;

    CHECK(fds);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    mine.to = pipes[1];
    fflush(NULL);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(nw_run_with(&(nw_run_options){.loops = plan->loops}, terminated, &mine) == 0 ? 0 : 1);
    CHECK_EQ(read(pipes[0], &port, sizeof port), sizeof port);
    begin_downloads(fds, count, port, path);
    CHECK_SYS(kill(pid, SIGTERM));
    check_nothing_new(port);
    if (reading)
        read_all_whole(fds, count);
    CHECK_EQ(read(pipes[0], &took_ms, sizeof took_ms), sizeof took_ms);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    for (int i = 0; i < count && !reading; i++) {
        bool clean;
        int64_t size = read_rest(fds[i], &clean);
        if (strcmp(path, "/chunks") == 0)
            CHECK_EQ(clean, false); /* the last chunk did not come, nor does an end that looks like one */
        whole += size == file_bytes;
    }
    if (!reading)
        CHECK_EQ(whole, 0);
    printf("%s: %d downloads from %u loops, %s: it took %d ms\n", path, count, plan->loops,
           reading ? "read" : "not read", took_ms);
    for (int i = 0; i < count; i++)
        close(fds[i]);
    close(pipes[0]);
    close(pipes[1]);
    free(fds);
}

static int possible(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max < DOWNLOADS + 100 ? limit.rlim_max : DOWNLOADS + 100;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    return scaled((int)limit.rlim_cur - 100);
}

static void make_file(int size)
{
    char *file = calloc(1, (size_t)size);

    CHECK(file);
    check_write_file("root/file", file, (size_t)size);
    free(file);
    file_bytes = size;
}

int main(void)
{
    int count = possible();

    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    for (unsigned loops = 1; loops <= 4; loops += 3) {
        make_file(MIB / 4);
        terminate(&(struct plan){NW_SEC(100), "root", loops, -1}, "/file", count, true);
        terminate(&(struct plan){NW_SEC(100), NULL, loops, -1}, "/stream", count, true);
        make_file(5 * MIB);
        terminate(&(struct plan){NW_MS(300), "root", loops, -1}, "/file", count, false);
        terminate(&(struct plan){NW_MS(300), NULL, loops, -1}, "/stream", count, false);
        terminate(&(struct plan){-1, NULL, loops, -1}, "/chunks", count, false);
    }
    return 0;
}
