/* SPDX-License-Identifier: MIT */
/*
 * What a system call has answered, in the library's terms: what it returned, or its error as a negative
 * number. An int has room for it: Linux transfers at most 0x7ffff000 bytes a call (read(2)). Not for lseek().
 */
#ifndef NW_BASE_SYSCALL_H
#define NW_BASE_SYSCALL_H

#include <errno.h>
#include <sys/types.h>

/* On a worker, whose errno is nobody's. */
static inline int nw__syscall_result(ssize_t rc)
{
    return rc < 0 ? -errno : (int)rc;
}

/* On a loop's thread, whose errno is the running task's: it is as it was before the call, `saved_errno`. */
static inline int nw__syscall_result_restoring(ssize_t rc, int saved_errno)
{
    int result = nw__syscall_result(rc);

    errno = saved_errno;
    return result;
}

#endif
