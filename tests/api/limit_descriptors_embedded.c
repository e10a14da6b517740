/* SPDX-License-Identifier: MIT */
/* ctest: no-valgrind */
/* nw_loop_create without descriptors gives -EMFILE, touches no output, leaves nothing open. */
#include "../support/runtime.h"
#include <sys/resource.h>

int main(void)
{
    struct rlimit limit, none;
    nw_loop *loop = NULL;
    int fds, rc = -EMFILE;

    (void)close_range(3, ~0U, 0); /* what the caller left open */
    fds = check_open_fds();
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    for (int left = 0; rc < 0; left++) {
        CHECK(left < 20);
        none = limit;
        none.rlim_cur = (rlim_t)(fds + left);
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &none));
        rc = nw_loop_create(NULL, &loop);
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
        if (rc < 0) {
            CHECK_EQ(rc, -EMFILE);
            CHECK(!loop);
            CHECK(!nw_loop_current());
            CHECK_EQ(check_open_fds(), fds);
        }
    }
    CHECK(nw_loop_current() == loop);
    CHECK_EQ(nw_loop_dispatch(loop), 0);
    nw_loop_destroy(loop);
    CHECK(!nw_loop_current());
    CHECK_EQ(check_open_fds(), fds);
    return 0;
}
