/* SPDX-License-Identifier: MIT */
/*
 * Processes that are started, pinned, listened to and ended. Owns nothing beyond a call; whoever starts a
 * process stops it.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NOT_THERE 127

void bench_places_find(struct bench_places *places)
{
    cpu_set_t all;

    CPU_ZERO(&places->first);
    CPU_ZERO(&places->rest);
    if (sched_getaffinity(0, sizeof all, &all) < 0)
        CPU_SET(0, &all);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, CPU_COUNT(&places->first) == 0 ? &places->first : &places->rest);
    }
    if (CPU_COUNT(&places->rest) == 0)
        places->rest = places->first;
}

void bench_pin(const cpu_set_t *set)
{
    if (set && sched_setaffinity(0, sizeof *set, set) < 0)
        perror("sched_setaffinity"); /* then it runs where it likes */
}

/* Between fork and exec, or for good. */
static void become_child(const cpu_set_t *where)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* not SIGKILL: nginx ends its workers */
    bench_pin(where);
}

static _Noreturn void become_program(const char *const *arguments, const cpu_set_t *where, int out_fd)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    become_child(where);
    dup2(nothing, STDIN_FILENO);
    dup2(out_fd < 0 ? nothing : out_fd, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(EXIT_NOT_THERE);
}

int bench_start(const char *const *arguments, const cpu_set_t *where, int out_fd, pid_t *child_out)
{
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child < 0)
        return -errno;
    if (child == 0)
        become_program(arguments, where, out_fd);
    *child_out = child;
    return 0;
}

/* What comes until the end, or the buffer is full; what does not fit is thrown away. */
static void read_all(int fd, char *text, size_t size)
{
    char rest[4096];
    size_t have = 0;

    for (;;) {
        bool fits = text && have + 1 < size;
        ssize_t n = read(fd, fits ? text + have : rest, fits ? size - 1 - have : sizeof rest);
        if (n <= 0)
            break;
        have += fits ? (size_t)n : 0;
    }
    if (text)
        text[have] = '\0';
}

static int result_of(int status)
{
    if (!WIFEXITED(status))
        return -EIO;
    if (WEXITSTATUS(status) == EXIT_NOT_THERE)
        return BENCH_NOT_INSTALLED;
    return WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int bench_execute(const char *const *arguments, const cpu_set_t *where, char *text, size_t size,
                  struct bench_usage *usage_out)
{
    int64_t began_ns = bench_now();
    struct rusage usage;
    int ends[2], status;
    pid_t child = 0;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int rc = bench_start(arguments, where, ends[1], &child);
    close(ends[1]);
    if (rc == 0) {
        read_all(ends[0], text, size);
        if (wait4(child, &status, 0, &usage) < 0)
            rc = -errno;
        else
            rc = result_of(status);
    }
    close(ends[0]);
    if (rc == 0 && usage_out) {
        usage_out->elapsed_ns = bench_now() - began_ns;
        usage_out->rss_kib = usage.ru_maxrss;
    }
    return rc;
}

static bool read_line(int fd, char *text, size_t size)
{
    size_t have = 0;

    while (have + 1 < size && read(fd, text + have, 1) == 1) {
        if (text[have] == '\n') {
            text[have] = '\0';
            return true;
        }
        have++;
    }
    return false;
}

int bench_fork(void (*fn)(void *arg, int fd), void *arg, const cpu_set_t *where, char *text, size_t size,
               pid_t *child_out)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        become_child(where);
        fn(arg, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    bool ready = child > 0 && read_line(ends[0], text, size);
    close(ends[0]);
    if (!ready) {
        bench_stop(child > 0 ? child : 0);
        return -EIO;
    }
    *child_out = child;
    return 0;
}

void bench_stop(pid_t child)
{
    int status;

    if (child <= 0)
        return;
    kill(child, SIGTERM);
    for (int i = 0; i < 200; i++) { /* two seconds, then without asking */
        if (waitpid(child, &status, WNOHANG) != 0)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

int64_t bench_cpu_ns(pid_t process)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) < 0)
        return 0;
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

pid_t bench_child_of(pid_t parent)
{
    char path[64];
    int child = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%d", &child) != 1)
        child = 0;
    fclose(file);
    return child;
}

bool bench_installed(const char *program)
{
    char path[512];
    const char *folders = getenv("PATH");

    for (const char *at = folders; at && *at; at += *at == ':') {
        size_t length = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, at, program);
        if (access(path, X_OK) == 0)
            return true;
        at += length;
    }
    return false;
}

const char *bench_tool(void)
{
    static char tool[512];
    ssize_t n = readlink("/proc/self/exe", tool, sizeof tool - 16);

    tool[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(tool, '/');
        if (slash)
            *slash = '\0';
    }
    strcat(tool, "/nowait");
    return tool;
}
