/* SPDX-License-Identifier: MIT */
/*
 * The standard streams: of each loop its own, made by the first call, flushed when the loop ends, also when
 * it ends by a cancellation; nw_close() flushes and does not close; NULL outside a task.
 */
#include "check.h"
#include <nowait.h>
#include <sys/wait.h>

static const char *file_name;

static int same_each_time(void *arg)
{
    (void)arg;
    CHECK(nw_stdin() && nw_stdout() && nw_stderr());
    CHECK(nw_stdin() == nw_stdin() && nw_stdout() == nw_stdout() && nw_stderr() == nw_stderr());
    CHECK(nw_stdout() != nw_stderr());
    CHECK_EQ(nw_stream_fd(nw_stdin()), 0);
    CHECK_EQ(nw_stream_fd(nw_stdout()), 1);
    CHECK_EQ(nw_stream_fd(nw_stderr()), 2);
    return 0;
}

static int closed_is_flushed(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(nw_stdout(), "closed ", 7), 7);
    check_file_holds(file_name, "", 0);
    CHECK_EQ(nw_close(nw_stdout()), 0);
    check_file_holds(file_name, "closed ", 7);
    CHECK_EQ(nw_write(nw_stdout(), "open", 4), 4);
    return 0;
}

static int writes_and_waits(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(nw_stdout(), "waiting", 7), 7);
    return nw_sleep(NW_FOREVER);
}

/* The task that wrote is cancelled because the run ends. */
static int left_over(void *arg)
{
    (void)arg;
    nw_detach(nw_spawn(writes_and_waits, NULL));
    CHECK_EQ(nw_yield(), 0);
    return 0;
}

/* From the other loop of the run, which has a stream of its own. */
static nw_stream *first_loops;
static nw_event event;

static int print_there(void *arg)
{
    (void)arg;
    CHECK(nw_stdout() && nw_stdout() != first_loops);
    CHECK_EQ(nw_write(first_loops, "x", 1), -EINVAL);
    CHECK_EQ(nw_write(nw_stdout(), "there ", 6), 6);
    CHECK_EQ(nw_flush(nw_stdout()), 0);
    nw_event_set(&event);
    return 0;
}

static int two_loops(void *arg)
{
    (void)arg;
    first_loops = nw_stdout();
    nw_event_init(&event);
    CHECK_EQ(nw_loop_call(nw_loop_at(1), print_there, NULL), 0);
    CHECK_EQ(nw_event_wait(&event), 0);
    nw_event_finish(&event);
    CHECK_EQ(nw_write(nw_stdout(), "here", 4), 4);
    return 0;
}

static int unbuffered(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(nw_stderr(), "at", 2), 2);
    check_file_holds(file_name, "at", 2);
    CHECK_EQ(nw_printf(nw_stderr(), " %s", "once"), 5);
    check_file_holds(file_name, "at once", 7);
    return 0;
}

/* Run it in a process whose standard output, or error, is a file; what is in there at the end. */
static void prints(nw_task_fn *fn, unsigned loops, int number, const char *expected)
{
    nw_run_options options = {.loops = loops};
    pid_t pid;
    int status, fd;

    file_name = "output";
    fd = CHECK_SYS(open(file_name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    pid = CHECK_SYS(fork());
    if (pid == 0) {
        CHECK_SYS(dup2(fd, number));
        _exit(nw_run_with(&options, fn, NULL) == 0 ? 0 : 1);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    check_file_holds(file_name, expected, strlen(expected));
    close(fd);
}

int main(void)
{
    check_enter_folder();
    CHECK(!nw_stdin() && !nw_stdout() && !nw_stderr());
    CHECK_EQ(nw_run(same_each_time, NULL), 0);
    CHECK(!nw_stdin() && !nw_stdout() && !nw_stderr());
    prints(closed_is_flushed, 1, 1, "closed open");
    prints(left_over, 1, 1, "waiting");
    prints(two_loops, 2, 1, "there here");
    prints(unbuffered, 1, 2, "at once");
    return 0;
}
