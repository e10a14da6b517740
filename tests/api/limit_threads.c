/* SPDX-License-Identifier: MIT */
/* Where no thread can be made, calls that need one fail at once, and what is closed is closed anyhow. */
/* ctest: no-sanitizer no-qemu */ /* the leak checker and the emulator make threads, too */
#include "check.h"

#include "../support/seccomp.h"
#include <nowait.h>

static int first(void *arg)
{
    int fd = *(int *)arg;

    CHECK_EQ(nw_write_file("other", "data", 4, 0), -ENOMEM);
    CHECK_EQ(nw_mkdirs("a/b", 0700), -ENOMEM);
    CHECK_EQ(nw_fd_pwrite(fd, "data", 4, 0), -ENOMEM);
    CHECK_EQ(nw_fd_close(fd), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), -1);
    return 0;
}

int main(void)
{
    int fd;

    check_enter_folder();
    fd = CHECK_SYS(open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (seccomp_forbid(__NR_clone3, EAGAIN) < 0 || seccomp_forbid(__NR_clone, EAGAIN) < 0)
        check_skip("no seccomp filters here");
    CHECK_EQ(nw_run(first, &fd), 0);
    return 0;
}
