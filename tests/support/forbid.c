/* SPDX-License-Identifier: MIT */
/*
 * forbid REASON COMMAND...: run a command where io_uring cannot be used, as in a container or on an old
 * kernel. REASON is the error of io_uring_setup(2): EPERM, ENOSYS or ENOMEM; or MEMLOCK: no memory may be
 * locked. Status 77 when this process may not do that to itself, 2 for other words.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "seccomp.h"

#define MADV_GUARD_INSTALL_ 102 /* sys/mman.h has it since glibc 2.41 */

static int forbid(const char *reason)
{
    const struct rlimit none = {0, 0};

    if (strcmp(reason, "EPERM") == 0)
        return seccomp_forbid_uring(EPERM);
    if (strcmp(reason, "ENOSYS") == 0)
        return seccomp_forbid_uring(ENOSYS);
    if (strcmp(reason, "ENOMEM") == 0)
        return seccomp_forbid_uring(ENOMEM);
    if (strcmp(reason, "MEMLOCK") == 0)
        return setrlimit(RLIMIT_MEMLOCK, &none);
    if (strcmp(reason, "GUARDS") == 0)
        return seccomp_forbid_third(__NR_madvise, MADV_GUARD_INSTALL_, EINVAL);
    return 2;
}

int main(int argc, char **argv)
{
    int rc = argc > 2 ? forbid(argv[1]) : 2;

    if (rc != 0)
        return rc == 2 ? 2 : 77;
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 2;
}
