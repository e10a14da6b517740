/* SPDX-License-Identifier: MIT */
/*
 * Does this kernel let us make a ring? Status 0: yes; 77: no, and the tests of that backend are skipped.
 * Asks the kernel, not the library: a library that fails to use a ring that it could have must fail its
 * tests.
 */
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct io_uring_params params;
    long fd;

    memset(&params, 0, sizeof params);
    fd = syscall(__NR_io_uring_setup, 8, &params);
    if (fd < 0) {
        perror("io_uring_setup");
        return 77;
    }
    close((int)fd);
    return 0;
}
