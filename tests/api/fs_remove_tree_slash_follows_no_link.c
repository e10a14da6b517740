/* SPDX-License-Identifier: MIT */
/*
 * A slash behind a tree's name does not make its removal follow a link: somebody exchanges the tree for a
 * link all the time, and nothing behind the link is touched.
 */
#define _GNU_SOURCE
#include "../support/runtime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define ROUNDS scaled(3000)

static atomic_bool done;

static void *exchange(void *arg)
{
    while (!atomic_load(&done)) /* there may be no tree just now */
        syscall(SYS_renameat2, AT_FDCWD, "tree", AT_FDCWD, "link", 2 /* RENAME_EXCHANGE */);
    return arg;
}

static int first(void *arg)
{
    (void)arg;
    for (int i = ROUNDS; i > 0; i--) {
        int rc = nw_remove_tree("tree/");
        CHECK(rc == 0 || rc == -ENOTDIR || rc == -ENOENT || rc == -EBUSY);
        check_file_holds("elsewhere/file", "kept", 4);
        if (rc == 0 && mkdir("tree", 0700) < 0 && errno == EEXIST)
            mkdir("link", 0700); /* it had this name, and the link has the other */
    }
    return 0;
}

int main(void)
{
    pthread_t thread;

    check_enter_folder();
    CHECK_SYS(mkdir("elsewhere", 0700));
    check_write_file("elsewhere/file", "kept", 4);
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(symlink("elsewhere", "link"));
    CHECK_EQ(pthread_create(&thread, NULL, exchange, NULL), 0);
    CHECK_EQ(nw_run(first, NULL), 0);
    atomic_store(&done, true);
    pthread_join(thread, NULL);
    return 0;
}
