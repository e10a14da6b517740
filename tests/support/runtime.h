/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the runtime share: counts that fit the checker in use, random numbers that can be had
 * again, children whose end and whose words are looked at. Public headers and the C library only.
 */
#ifndef NW_TESTS_RUNTIME_H
#define NW_TESTS_RUNTIME_H

#include <check.h>
#include <dirent.h>
#include <nowait.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RUNTIME_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define RUNTIME_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define RUNTIME_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define RUNTIME_TSAN 1
#endif

#if defined(RUNTIME_TSAN)
#define RUNTIME_SLOWER 20
#elif defined(RUNTIME_ASAN)
#define RUNTIME_SLOWER 4
#else
#define RUNTIME_SLOWER 1
#endif

CHECK_UNUSED static bool runtime_emulated(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "vgpreload");
}

/* So many repetitions as the checker in use leaves time for, `count` when there is none. */
CHECK_UNUSED static int scaled(int count)
{
    int scaled_count = count / (runtime_emulated() ? 50 : RUNTIME_SLOWER);

    return scaled_count > 0 ? scaled_count : 1;
}

/*
 * So many tasks at a time as there can be, `count` if possible: before Linux 6.13 a stack's guard takes two
 * of the process's mappings, of which vm.max_map_count allows 65,530 by default.
 */
CHECK_UNUSED static int tasks_at_once(int count)
{
    enum { GUARD_INSTALL = 102, WITH_MAPPINGS = 20000 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *probe = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(probe != MAP_FAILED);
    bool without_mappings = madvise(probe, page, GUARD_INSTALL) == 0;
    CHECK_SYS(munmap(probe, page));
    return without_mappings || count < WITH_MAPPINGS ? count : WITH_MAPPINGS;
}

/* -- fork -- */

CHECK_UNUSED static bool thread_runs(const char *thread)
{
    char path[300], text[256] = "";
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
    file = fopen(path, "re");
    if (!file)
        return false; /* it has ended meanwhile */
    (void)!fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *end = strrchr(text, ')');
    return end && strchr("RD", end[2]);
}

CHECK_UNUSED static bool others_run(void)
{
    DIR *threads = opendir("/proc/self/task");
    struct dirent *entry;
    bool found = false;

    CHECK(threads);
    while (!found && (entry = readdir(threads)))
        found = entry->d_name[0] != '.' && atoi(entry->d_name) != gettid() && thread_runs(entry->d_name);
    closedir(threads);
    return found;
}

/*
 * When no other thread runs. One that was in malloc() would leave it locked in the child: the C library sees
 * to that, the sanitizers of GCC 12 do not.
 */
CHECK_UNUSED static pid_t fork_at_rest(void)
{
    while (others_run())
        sched_yield();
    fflush(NULL);
    return CHECK_SYS(fork());
}

/* -- random numbers: a failing run can be repeated with SEED=number -- */

CHECK_UNUSED static uint64_t random_state;

CHECK_UNUSED static void random_seed(void)
{
    const char *text = getenv("SEED");

    random_state = text ? strtoull(text, NULL, 0) : (uint64_t)nw_now() ^ (uint64_t)getpid() << 32;
    random_state |= 1;
    printf("SEED=%" PRIu64 "\n", random_state);
    fflush(stdout);
}

/* 0 <= result < limit. xorshift64*. */
CHECK_UNUSED static unsigned random_below(unsigned limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * UINT64_C(2685821657736338717)) >> 33) % limit;
}

/* -- tasks that do one thing -- */

/* Waits until it is cancelled, and says how it was woken. */
CHECK_UNUSED static int task_sleep_forever(void *arg)
{
    (void)arg;
    return nw_sleep(NW_FOREVER);
}

CHECK_UNUSED static int task_return_zero(void *arg)
{
    (void)arg;
    return 0;
}

/* The result is the number at `arg`. */
CHECK_UNUSED static int task_return_number(void *arg)
{
    return *(int *)arg;
}

CHECK_UNUSED static int task_count(void *arg)
{
    ++*(int *)arg;
    return 0;
}

CHECK_UNUSED static int keep_worker(void *arg)
{
    char byte;

    return read(*(int *)arg, &byte, 1) == 1 ? 0 : -EIO;
}

/* Keeps a worker until a byte comes from the descriptor at `arg`. */
CHECK_UNUSED static int task_keep_worker(void *arg)
{
    return nw_to_thread(keep_worker, arg);
}

/* Let everybody else run until they wait. */
CHECK_UNUSED static void yield_all(void)
{
    for (int i = 0; i < 8; i++)
        CHECK_EQ(nw_yield(), 0);
}

CHECK_UNUSED static uint64_t tasks_alive(void)
{
    nw_counters counters;

    CHECK_EQ(nw_stats(NULL, &counters), 0);
    return counters.tasks_alive;
}

/* -- ops, one at a time -- */

/* Submit the op, wait until it is done, and return its result: what reading in a task comes down to. */
CHECK_UNUSED static int await_op(nw_op *op)
{
    nw_op *ops[] = {op};
    int rc = nw_interrupted();

    if (rc < 0)
        return rc;
    CHECK_EQ(nw_op_submit(NULL, op), 0);
    rc = nw_wait_all(ops, 1);
    CHECK_EQ(nw_op_done(op), true);
    return rc < 0 && op->result == -ECANCELED ? rc : op->result;
}

CHECK_UNUSED static int read_fd(int fd, void *data, size_t size_bytes)
{
    nw_op op;

    nw_op_read(&op, fd, data, size_bytes, -1);
    return await_op(&op);
}

/* -- children -- */

struct child {
    int status; /* of waitpid(2) */
    char said[8192];
};

/* Run body(arg) in a forked child, collect what it writes to stderr, and wait for its end. */
CHECK_UNUSED static void run_child(int (*body)(void *arg), void *arg, struct child *child_out)
{
    int pipes[2];
    size_t size = 0;
    ssize_t n;

    CHECK_SYS(pipe(pipes));
    fflush(NULL);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        CHECK_SYS(dup2(pipes[1], STDERR_FILENO));
        close(pipes[0]);
        close(pipes[1]);
        int status = body(arg);
        fflush(NULL);
        _exit(status);
    }
    close(pipes[1]);
    while (size < sizeof child_out->said - 1 &&
           (n = read(pipes[0], child_out->said + size, sizeof child_out->said - 1 - size)) > 0)
        size += (size_t)n;
    child_out->said[size] = '\0';
    close(pipes[0]);
    CHECK_EQ(waitpid(pid, &child_out->status, 0), pid);
}

/*
 * body(arg) is a caller's mistake: it returns true when it saw the documented error. In builds with
 * assertions the mistake may end the process instead; and a sanitizer may be the one who ends it.
 */
CHECK_UNUSED static int mistake_status(void *arg)
{
    bool (*body)(void) = *(bool (**)(void))arg;

    return body() ? 0 : 42;
}

CHECK_UNUSED static void check_mistake(const char *name, bool (*body)(void))
{
    struct child child;

    run_child(mistake_status, &body, &child);
    if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0)
        return;
    if (WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGABRT && strstr(child.said, "Assertion"))
        return;
    if (strstr(child.said, "AddressSanitizer"))
        return;
    check_fail(__FILE__, __LINE__, "%s: status 0x%x, said: %s", name, (unsigned)child.status, child.said);
}

#endif
