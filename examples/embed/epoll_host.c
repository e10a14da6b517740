/* SPDX-License-Identifier: MIT */
/*
 * A plain epoll program as the host of a nowait loop: epoll_host FILE
 * The host has work of its own, here a timer that ticks, and goes on ticking while a task reads the file.
 * See docs/embedding.md for what a host promises.
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct job {
    const char *path;
    int result;
    bool done;
};

/* The task: everything that the library can do works in it. */
static int read_file(void *arg)
{
    struct job *job = arg;
    nw_bytes bytes;

    job->result = nw_sleep(NW_MS(20));
    if (job->result == 0)
        job->result = nw_read_file(job->path, 0, &bytes);
    if (job->result == 0) {
        printf("%s: %zu bytes\n", job->path, bytes.size);
        nw_bytes_finish(&bytes);
    }
    job->done = true;
    return 0;
}

static void watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

/* epoll_wait() counts in milliseconds: rounded up, since to wake too early would be in vain. */
static int milliseconds(int64_t ns)
{
    if (ns >= NW_SEC(3600))
        return ns == NW_FOREVER ? -1 : 3600 * 1000;
    return (int)((ns + NW_MS(1) - 1) / NW_MS(1));
}

static int run_host(nw_loop *loop, const struct job *job)
{
    const struct itimerspec every_5_ms = {.it_interval.tv_nsec = 5000000, .it_value.tv_nsec = 5000000};
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct epoll_event events[8];
    uint64_t ticks = 0, expired;
    int alive = 0;

    watch(epoll_fd, nw_loop_fd(loop));
    watch(epoll_fd, timer_fd);
    timerfd_settime(timer_fd, 0, &every_5_ms, NULL);
    while (!job->done && alive >= 0) {
        int count = epoll_wait(epoll_fd, events, 8, milliseconds(nw_loop_timeout(loop)));
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == timer_fd && read(timer_fd, &expired, sizeof expired) > 0)
                ticks += expired;
        alive = nw_loop_dispatch(loop); /* also when only the time was over */
    }
    printf("the host ticked %s\n", ticks > 0 ? "meanwhile" : "never");
    close(timer_fd);
    close(epoll_fd);
    return alive < 0 ? alive : job->result;
}

int main(int argc, char **argv)
{
    struct job job = {.path = argc > 1 ? argv[1] : "/etc/hostname"};
    nw_loop *loop;
    int rc = nw_loop_create(NULL, &loop);

    if (rc == 0) {
        rc = nw_loop_call(loop, read_file, &job);
        if (rc == 0)
            rc = run_host(loop, &job);
        nw_loop_destroy(loop);
    }
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", job.path, nw_strerror(rc));
    return rc < 0;
}
