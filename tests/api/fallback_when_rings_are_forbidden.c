/* SPDX-License-Identifier: MIT */
/*
 * Where io_uring_setup fails with EPERM, ENOSYS, ENOMEM or EMFILE, or no memory may be locked, the same work
 * is done by the other engine, without a word on stderr; demanded by name, io_uring is refused with that
 * error.
 */
/* ctest: backend=uring */
#include "../support/runtime.h"
#include "../support/seccomp.h"
#include <sys/resource.h>

static const char *expected_backend;

static int write_later(void *arg)
{
    int rc = nw_sleep(NW_MS(1));

    return rc < 0 ? rc : (int)nw_fd_write(*(int *)arg, "pipe", 4);
}

static void use_pipe(void)
{
    int pipes[2];
    char data[8];

    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    nw_task *writer = nw_spawn(write_later, &pipes[1]);
    CHECK_EQ(nw_fd_read(pipes[0], data, sizeof data), 4);
    CHECK_MEM(data, "pipe", 4);
    CHECK_EQ(nw_await(writer), 4);
    nw_task *reader = nw_spawn(write_later, &pipes[0]); /* a read end: EBADF */
    CHECK_EQ(nw_await(reader), -EBADF);
    CHECK_EQ(nw_fd_close(pipes[0]), 0);
    CHECK_EQ(nw_fd_close(pipes[1]), 0);
}

static void use_files(void)
{
    nw_bytes bytes = {0};
    struct stat status;

    CHECK_EQ(nw_write_file("a", "hello", 5, NW_ATOMIC), 0);
    CHECK_EQ(nw_rename("a", "b"), 0);
    CHECK_EQ(nw_read_file("b", 0, &bytes), 0);
    CHECK_STR(bytes.data, "hello");
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_stat("b", &status), 0);
    CHECK_EQ(status.st_size, 5);
    CHECK_EQ(nw_mkdirs("c/d/e", 0777), 0);
    CHECK_EQ(nw_remove_tree("c"), 0);
    CHECK_EQ(nw_exists("c"), 0);
    CHECK_EQ(nw_remove("b"), 0);
}

static int work(void *arg)
{
    int seven = 7;

    (void)arg;
    CHECK_EQ(nw_loop_count(), 2);
    if (expected_backend)
        CHECK_STR(nw_loop_backend(nw_loop_current()), expected_backend);
    use_pipe();
    use_files();
    CHECK_EQ(nw_to_thread(task_return_number, &seven), 7);
    CHECK_EQ(nw_timeout(NW_MS(1), task_sleep_forever, NULL), -ETIMEDOUT);
    return 0;
}

static int run_without_rings(void *arg)
{
    int error = *(int *)arg;
    nw_run_options demand = {.backend = NW_BACKEND_URING};

    if (seccomp_forbid_uring(error) < 0)
        return CHECK_SKIPPED;
    expected_backend = "epoll";
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, work, NULL), 0);
    CHECK_EQ(nw_run_with(&demand, task_return_zero, NULL), -error);
    return 0;
}

static int run_without_locked_memory(void *arg)
{
    struct rlimit none = {0, 0};

    (void)arg;
    CHECK_SYS(setrlimit(RLIMIT_MEMLOCK, &none));
    if (geteuid() == 0) { /* root may lock all the same */
        CHECK_SYS(fchmod(open(".", O_RDONLY | O_CLOEXEC), 0777));
        CHECK_SYS(setresgid(65534, 65534, 65534));
        CHECK_SYS(setresuid(65534, 65534, 65534));
    }
    expected_backend = NULL; /* newer kernels do not count a ring's memory */
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, work, NULL), 0);
    return 0;
}

static void run_silently(int (*body)(void *arg), int error)
{
    struct child child;

    run_child(body, &error, &child);
    if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == CHECK_SKIPPED)
        check_skip("no seccomp filters here");
    CHECK_STR(child.said, "");
    CHECK_EQ(child.status, 0);
}

int main(void)
{
    const int errors[] = {EPERM, ENOSYS, ENOMEM, EMFILE};

    check_enter_folder();
    CHECK_SYS(unsetenv("NOWAIT_BACKEND"));
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        run_silently(run_without_rings, errors[i]);
    run_silently(run_without_locked_memory, 0);
    return 0;
}
