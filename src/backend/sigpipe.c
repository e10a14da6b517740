/* SPDX-License-Identifier: MIT */
/*
 * No SIGPIPE: by a flag of each write since Linux 6.18, else by blocking the signal on the loop's thread for
 * as long as the engine lives. Owns nothing. Must not touch the signal's action: that is the program's.
 */
#define _GNU_SOURCE
#include "backend/sigpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RWF_NOSIGNAL_ 0x100

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int flag;

/* A pipe without a reader tells: EPIPE by a kernel that knows the flag, EOPNOTSUPP, before writing, by
 * others. */
static void probe(void)
{
    char byte = 0;
    const struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    close(fds[0]);
    if (pwritev2(fds[1], &vector, 1, -1, RWF_NOSIGNAL_) < 0 && errno == EPIPE)
        flag = RWF_NOSIGNAL_;
    close(fds[1]);
}

int nw__sigpipe_flag(void)
{
    pthread_once(&once, probe);
    return flag;
}

static sigset_t only_sigpipe(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

bool nw__sigpipe_block(void)
{
    const sigset_t set = only_sigpipe();
    sigset_t before;

    if (nw__sigpipe_flag())
        return false;
    pthread_sigmask(SIG_BLOCK, &set, &before);
    return !sigismember(&before, SIGPIPE);
}

void nw__sigpipe_unblock(void)
{
    const sigset_t set = only_sigpipe();
    const struct timespec now = {0};

    while (sigtimedwait(&set, NULL, &now) > 0) {
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
