/* SPDX-License-Identifier: MIT */
/*
 * A file of somebody else in a folder like /tmp is overwritten by who may write to it, as cp does: also where
 * fs.protected_regular forbids to open it as if it had to be made. Needs root, and that setting to show more
 * than that it works.
 */
#include "check.h"
#include <nowait.h>

static int copy(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_copy_file("from", "sticky/to", 0), 0);
    CHECK_EQ(nw_copy_file("from", "dangling", 0), 0);
    CHECK_EQ(nw_copy_file("from", "sticky/to", NW_EXCL), -EEXIST);
    return 0;
}

int main(void)
{
    struct stat status;

    check_enter_folder();
    CHECK_SYS(mkdir("sticky", 0777));
    CHECK_SYS(chmod("sticky", 01777));
    check_write_file("from", "content", 7);
    check_write_file("sticky/to", "what was there", 14);
    CHECK_SYS(symlink("sticky/new", "dangling"));
    if (chown("sticky/to", 1234, 1234) < 0)
        check_skip("not root");
    CHECK_SYS(chmod("sticky/to", 0666));
    CHECK_EQ(nw_run(copy, NULL), 0);
    check_file_holds("sticky/to", "content", 7);
    check_file_holds("sticky/new", "content", 7);
    CHECK_SYS(lstat("sticky/to", &status));
    CHECK_EQ(status.st_uid, 1234);
    return 0;
}
