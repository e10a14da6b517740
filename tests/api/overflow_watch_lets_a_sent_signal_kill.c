/* SPDX-License-Identifier: MIT */
/* A SIGSEGV that somebody sends, which no instruction repeats, ends the process as it would without a run. */
#include "../support/runtime.h"

#include <signal.h>
#include <sys/wait.h>

static int send(void *arg)
{
    (void)arg;
    raise(SIGSEGV);
    return 0;
}

int main(void)
{
    int status;
    pid_t child = CHECK_SYS(fork());

    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        nw_run(send, NULL);
        check_end(0);
    }
    CHECK_SYS(waitpid(child, &status, 0));
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
    return 0;
}
