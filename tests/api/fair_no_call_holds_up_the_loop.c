/* SPDX-License-Identifier: MIT */
/*
 * A task that makes one kind of call over and over, each of which ends at once, cannot keep the others from a
 * timer, from a thread's result, from another thread's call, or from a completion: all of them happen while
 * it goes on, long before it has made the number of calls that would take it seconds.
 */
#include "../support/runtime.h"

static int file_fd, null_fd, zero_fd, busy_pipe[2];
static nw_mutex mutex;
static nw_semaphore semaphore;
static nw_event set_event;
static nw_channel *channel;
static char *big;

#define BIG_BYTES (1 << 20)

static int step_yield(void)
{
    return nw_yield();
}

static int step_read(void)
{
    char data[4096];

    return nw_fd_pread(file_fd, data, sizeof data, 0) == sizeof data ? 0 : -EIO;
}

static int step_read_big(void)
{
    return nw_fd_pread(file_fd, big, BIG_BYTES, 0) == BIG_BYTES ? 0 : -EIO;
}

static int step_read_zero(void)
{
    char data[64];

    return nw_fd_read(zero_fd, data, sizeof data) == sizeof data ? 0 : -EIO;
}

static int step_write_null(void)
{
    return nw_fd_write(null_fd, "x", 1) == 1 ? 0 : -EIO;
}

static int step_pipe(void)
{
    char byte;
    ssize_t n = nw_fd_write(busy_pipe[1], "x", 1);

    return n == 1 && nw_fd_read(busy_pipe[0], &byte, 1) == 1 ? 0 : -EIO;
}

static int step_bad_fd(void)
{
    char byte;

    return nw_fd_read(-1, &byte, 1) == -EBADF ? 0 : -EIO;
}

static int step_bad_close(void)
{
    return nw_fd_close(-1) == -EBADF ? 0 : -EIO;
}

static int step_fd_stat(void)
{
    struct stat status;

    return nw_fd_stat(file_fd, &status);
}

static int step_no_such_file(void)
{
    return nw_fd_open("no such file", O_RDONLY, 0) == -ENOENT ? 0 : -EIO;
}

static int step_poll(void)
{
    return nw_fd_poll(busy_pipe[1], POLLOUT) == POLLOUT ? 0 : -EIO;
}

static int step_stat(void)
{
    struct stat status;

    return nw_stat("file", &status);
}

static int step_open_close(void)
{
    int fd = nw_fd_open("file", O_RDONLY, 0);

    return fd < 0 ? fd : nw_fd_close(fd);
}

static int step_exists(void)
{
    return nw_exists("no such file");
}

static int step_mutex(void)
{
    int rc = nw_mutex_lock(&mutex);

    if (rc == 0)
        nw_mutex_unlock(&mutex);
    return rc;
}

static int step_semaphore(void)
{
    int rc = nw_semaphore_wait(&semaphore);

    nw_semaphore_post(&semaphore);
    return rc;
}

static int step_event(void)
{
    return nw_event_wait(&set_event);
}

static int step_channel(void)
{
    int item = 1, rc = nw_channel_send(channel, &item);

    return rc < 0 ? rc : nw_channel_receive(channel, &item);
}

static int step_await(void)
{
    return nw_await(nw_spawn(task_return_zero, NULL));
}

static int step_group(void)
{
    nw_group group;
    int rc;

    nw_group_init(&group, 1);
    for (int i = 0; i < 10; i++)
        if ((rc = nw_group_spawn(&group, task_return_zero, NULL)) < 0)
            return rc;
    return nw_group_finish(&group);
}

static const struct kind {
    const char *name;
    int (*step)(void);
    int steps_max; /* seconds of work */
} kinds[] = {
    {"yield", step_yield, 30000000},
    {"read", step_read, 5000000},
    {"read of 1 MiB", step_read_big, 50000},
    {"read of zeros", step_read_zero, 5000000},
    {"write", step_write_null, 5000000},
    {"pipe", step_pipe, 3000000},
    {"error", step_bad_fd, 10000000},
    {"close of nothing", step_bad_close, 10000000},
    {"fd_stat", step_fd_stat, 5000000},
    {"no such file", step_no_such_file, 3000000},

    {"poll", step_poll, 3000000},
    {"stat", step_stat, 2000000},
    {"open and close", step_open_close, 1000000},
    {"exists", step_exists, 2000000},
    {"mutex", step_mutex, 30000000},
    {"semaphore", step_semaphore, 30000000},
    {"event", step_event, 50000000},
    {"channel", step_channel, 30000000},
    {"await", step_await, 10000000},
    {"group", step_group, 1000000},
};

static int witnesses, pipes[2];

static int see_timer(void *arg)
{
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    return task_count(arg);
}

static int see_thread(void *arg)
{
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0);
    return task_count(arg);
}

static int call_from_thread(void *arg)
{
    return nw_loop_call(arg, task_count, &witnesses);
}

static int see_call(void *arg)
{
    return nw_to_thread(call_from_thread, arg);
}

static int write_from_thread(void *arg)
{
    return (int)write(*(int *)arg, "w", 1);
}

static int see_completion(void *arg)
{
    char byte;

    CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
    return task_count(arg);
}

static int write_later(void *arg)
{
    return nw_to_thread(write_from_thread, arg);
}

static int hog(void *arg)
{
    const struct kind *kind = arg;

    for (int steps = 0; steps < kind->steps_max; steps++) {
        if (witnesses == 4)
            return 0;
        CHECK_EQ(kind->step(), 0);
    }
    check_fail(__FILE__, __LINE__, "%s: only %d of 4 others got through", kind->name, witnesses);
}

static void try_kind(const struct kind *kind)
{
    nw_group group;

    witnesses = 0;
    nw_group_init(&group, 0);
    CHECK_EQ(nw_group_spawn(&group, see_timer, &witnesses), 0);
    CHECK_EQ(nw_group_spawn(&group, see_thread, &witnesses), 0);
    CHECK_EQ(nw_group_spawn(&group, see_call, nw_loop_current()), 0);
    CHECK_EQ(nw_group_spawn(&group, see_completion, &witnesses), 0);
    CHECK_EQ(nw_group_spawn(&group, write_later, &pipes[1]), 0);
    struct kind copy = *kind;
    CHECK_EQ(hog(&copy), 0); /* in this task: it does not wait before */
    CHECK_EQ(nw_group_finish(&group), 0);
}

static void prepare(void)
{
    big = calloc(1, BIG_BYTES);
    CHECK(big);
    check_enter_folder();
    check_write_file("file", big, BIG_BYTES);
    file_fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    null_fd = CHECK_SYS(open("/dev/null", O_WRONLY | O_CLOEXEC));
    zero_fd = CHECK_SYS(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_SYS(pipe2(busy_pipe, O_CLOEXEC));
}

static int first(void *arg)
{
    int item = 0;

    (void)arg;
    nw_mutex_init(&mutex);
    nw_semaphore_init(&semaphore, 1);
    nw_event_init(&set_event);
    nw_event_set(&set_event);
    CHECK_EQ(nw_channel_create(sizeof item, 2, &channel), 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        try_kind(&kinds[i]);
    nw_channel_destroy(channel);
    return 0;
}

int main(void)
{
    prepare();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
