/* SPDX-License-Identifier: MIT */
/*
 * Ten thousand connections that are idle and a thousand that are busy, on one loop: all are served, and an
 * idle one costs no more than it says. The clients are plain sockets of another process.
 *
 * ctest: serial timeout=240 no-valgrind no-tsan no-ucontext (whose contexts are large)
 */
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../support/web.h"

#define IDLE       10000
#define BUSY       1000
#define LOOKS      1000       /* a fiftieth of a second apart; 200 sweeps, of which 20 should do */
#define IDLE_BYTES (6 * 1024) /* of memory that is resident, for each idle connection */

static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a test of many connections\r\n\r\n";

/* Calls as deep as a handler may. */
static int reply(nw_http_exchange *exchange, void *context)
{
    char text[64 * 1024];

    (void)context;
    memset(text, ' ', sizeof text);
    snprintf(text, sizeof text, "%1000d", 7);
    return nw_http_reply_text(exchange, 200, "%s", text);
}

/* -- the clients -- */

static int connect_one(unsigned port, int i)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)i / 5000);
    CHECK_SYS(connect(fd, (struct sockaddr *)&to, sizeof to));
    return fd;
}

static void ask(int fd)
{
    CHECK_EQ(write(fd, request, sizeof request - 1), sizeof request - 1);
}

static void hear(int fd)
{
    char text[2048];
    size_t size = 0;

    while (size < 1000 || !memmem(text, size, "      7", 7)) {
        ssize_t n = read(fd, text + size, sizeof text - size);
        if (n <= 0)
            check_fail(__FILE__, __LINE__, "a connection ended: %s", n < 0 ? strerror(errno) : "closed");
        size += (size_t)n;
    }
    CHECK_MEM(text, "HTTP/1.1 200 OK", 15);
}

static void tell(int to)
{
    CHECK_EQ(write(to, "x", 1), 1);
}

static void await(int from)
{
    char c;

    CHECK_EQ(read(from, &c, 1), 1);
}

/* Each says a request and hears the reply; then a thousand do so at a time, again and again. */
static int be_clients(unsigned port, int idle, int from, int to)
{
    int *fds = calloc((size_t)idle, sizeof *fds);
    int busy = idle < BUSY ? idle : BUSY;

    CHECK(fds);
    for (int i = 0; i < idle; i++) {
        fds[i] = connect_one(port, i);
        ask(fds[i]);
        hear(fds[i]);
    }
    tell(to);
    await(from);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < busy; i++)
            ask(fds[(i * 7 + round) % idle]);
        for (int i = 0; i < busy; i++)
            hear(fds[(i * 7 + round) % idle]);
    }
    tell(to);
    await(from);
    return 0;
}

/* -- the server -- */

static size_t resident_bytes(void)
{
    size_t pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    CHECK(file && fscanf(file, "%zu %zu", &pages, &resident) == 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

struct plan {
    int from;
    int to; /* to the clients: the port first */
    int idle;
};

static void await_clients(const struct plan *plan)
{
    char c;

    CHECK_EQ(nw_fd_read(plan->from, &c, 1), 1);
}

/* Soon: they go to sleep a few hundred at a time, by the same clock as we. */
static void expect_little(size_t before, int idle)
{
    size_t each = SIZE_MAX;

    for (int looks = 0; looks < LOOKS && each > IDLE_BYTES; looks++) {
        CHECK_EQ(nw_sleep(NW_MS(20)), 0);
        size_t now = resident_bytes();
        each = now > before ? (now - before) / (size_t)idle : 0;
        if (RUNTIME_SLOWER != 1)
            break; /* a checker has memory of its own */
    }
    if (RUNTIME_SLOWER == 1 && each > IDLE_BYTES)
        check_fail(__FILE__, __LINE__, "an idle connection has %zu bytes, and never as few as %d", each,
                   IDLE_BYTES);
    printf("%zu bytes for an idle connection\n", each);
}

static int test(void *arg)
{
    const struct plan *plan = arg;
    struct web web = {.options = {.where = "tcp://0.0.0.0:0", .header_timeout_ns = NW_MS(400)}};
    size_t before;

    web_start(&web, reply, NULL); /* the shortest limit is how often connections go to sleep */
    before = resident_bytes();
    unsigned port = (unsigned)atoi(strrchr(web.where, ':') + 1);
    CHECK_EQ(write(plan->to, &port, sizeof port), sizeof port);
    await_clients(plan);
    CHECK_EQ(tasks_alive(), (uint64_t)plan->idle + 2);
    expect_little(before, plan->idle);
    tell(plan->to);
    await_clients(plan);
    expect_little(before, plan->idle);
    web_stop(&web);
    tell(plan->to);
    return 0;
}

/* As many as the system lets us, on both sides. */
static int possible(void)
{
    struct rlimit limit;

    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max < IDLE + 100 ? limit.rlim_max : IDLE + 100;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    return scaled((int)limit.rlim_cur - 100);
}

int main(void)
{
    int there[2], back[2];
    unsigned port;

    CHECK_SYS(pipe2(there, O_CLOEXEC));
    CHECK_SYS(pipe2(back, O_CLOEXEC));
    struct plan plan = {back[0], there[1], possible()};
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        CHECK_EQ(read(there[0], &port, sizeof port), sizeof port);
        _exit(be_clients(port, plan.idle, there[0], back[1]));
    }
    CHECK_EQ(nw_run(test, &plan), 0);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return 0;
}
