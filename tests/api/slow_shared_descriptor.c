/* SPDX-License-Identifier: MIT */
/*
 * While one task's read or write of a slow file is under way, the kernel has its position and its content
 * locked: whoever comes to the same descriptor then does not make the loop wait for the lock. See
 * support/slow.h.
 *
 * ctest: timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

/* A count is no error, and what came before a cancellation may be less. */
static int counted(ssize_t n)
{
    return n < 0 ? (int)n : 0;
}

static int shared_fd;

static int member_read(void *arg)
{
    char data[100];

    (void)arg;
    return counted(nw_fd_read(shared_fd, data, sizeof data));
}

static int member_write(void *arg)
{
    (void)arg;
    return counted(nw_fd_write(shared_fd, "abc", 3));
}

static int member_pwrite(void *arg)
{
    (void)arg;
    return counted(nw_fd_pwrite(shared_fd, "abc", 3, 10));
}

static int member_pread(void *arg)
{
    char data[100];

    (void)arg;
    return counted(nw_fd_pread(shared_fd, data, sizeof data, 200000));
}

static int member_stat(void *arg)
{
    struct stat status;

    (void)arg;
    return nw_fd_stat(shared_fd, &status);
}

static int member_truncate(void *arg)
{
    (void)arg;
    return nw_fd_truncate(shared_fd, 100);
}

static int member_sync(void *arg)
{
    (void)arg;
    return nw_fd_sync(shared_fd);
}

static int member_close(void *arg)
{
    int fd = dup(shared_fd);

    (void)arg;
    CHECK(fd >= 0);
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

static nw_task_fn *holder_fn;
static bool holder_done;

static int hold(void *arg)
{
    int rc = holder_fn(arg);

    holder_done = true;
    return rc;
}

/* One of them is in the kernel, and has its locks, when the others come. */
static int behind(nw_task_fn *holder)
{
    static nw_task_fn *const members[] = {member_read,     member_write, member_pread, member_pwrite,
                                          member_truncate, member_stat,  member_sync,  member_close};
    unsigned before = slowfs_requests(slow_fs);
    nw_group group;
    int rc;

    nw_group_init(&group, 0);
    holder_fn = holder;
    holder_done = false;
    rc = nw_group_spawn(&group, hold, NULL);
    while (rc == 0 && !holder_done && slowfs_requests(slow_fs) == before)
        rc = nw_sleep(NW_US(100));
    for (size_t i = 0; rc == 0 && i < sizeof members / sizeof *members; i++)
        rc = nw_group_spawn(&group, members[i], NULL);
    return nw_group_finish(&group);
}

/* Open, have `holder` and the others use it, close: what went wrong first. */
static int share(nw_task_fn *holder)
{
    int rc, fd = nw_fd_open("slow/file", O_RDWR, 0);

    if (fd < 0)
        return fd;
    shared_fd = fd;
    rc = behind(holder);
    CHECK_EQ(nw_fd_close(fd), 0);
    return rc;
}

static int call_read(void)
{
    return share(member_read);
}

static int call_write(void)
{
    return share(member_write);
}

static int call_truncate(void)
{
    return share(member_truncate);
}

static const struct slow_call calls[] = {
    {"anything behind nw_fd_read", call_read},
    {"anything behind nw_fd_write", call_write},
    {"anything behind nw_fd_truncate", call_truncate},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
