/* SPDX-License-Identifier: MIT */
/* Every descriptor that the library opens, for itself or for its caller, is close-on-exec. */
#include "../support/runtime.h"

static bool was_open[1024];

/* How many descriptors are new, all of which must be close-on-exec. */
static int check_new_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || was_open[fd])
            continue;
        count++;
        CHECK_EQ(flags & FD_CLOEXEC, FD_CLOEXEC);
    }
    return count;
}

static int first(void *arg)
{
    const int numbers[] = {SIGUSR1};
    nw_signals *signals;

    (void)arg;
    CHECK_EQ(nw_to_thread(task_return_zero, NULL), 0);
    CHECK_EQ(nw_signals_open(numbers, 1, &signals), 0);
    int before = check_new_descriptors();
    CHECK(before > 0);
    int fd = nw_fd_open("/dev/null", O_RDWR, 0);
    CHECK(fd >= 0);
    CHECK_EQ(check_new_descriptors(), before + 1);
    CHECK_EQ(nw_fd_close(fd), 0);
    nw_signals_close(signals);
    return 0;
}

int main(void)
{
    nw_loop *loop = NULL;

    for (int fd = 0; fd < 1024; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    CHECK_EQ(check_new_descriptors(), 0);
    CHECK_EQ(nw_loop_create(NULL, &loop), 0);
    CHECK(check_new_descriptors() > 0);
    nw_loop_destroy(loop);
    CHECK_EQ(check_new_descriptors(), 0);
    return 0;
}
