/* SPDX-License-Identifier: MIT */
/* mkdir -p: parents as needed, what is there is success, what is in the way is an error; also many at once.
 */
#include "check.h"
#include <nowait.h>

static int make_same(void *arg)
{
    (void)arg;
    return nw_mkdirs("many/tasks/make/the/same", 0755);
}

static int first(void *arg)
{
    char items[50] = "";
    struct stat status;

    (void)arg;
    CHECK_EQ(nw_mkdirs("a/b/c", 0700), 0);
    CHECK_SYS(stat("a/b/c", &status));
    CHECK_EQ(status.st_mode & 0777, 0700);
    CHECK_SYS(stat("a/b", &status));
    CHECK_EQ(status.st_mode & 0777, 0755);
    CHECK_EQ(nw_mkdirs("a/b/c", 0700), 0);
    CHECK_EQ(nw_mkdirs("a//b///d//e//", 0755), 0);
    CHECK_EQ(nw_is_dir("a/b/d/e"), 1);
    CHECK_EQ(nw_mkdirs("./x/../x/y", 0755), 0);
    CHECK_EQ(nw_is_dir("x/y"), 1);
    CHECK_EQ(nw_mkdirs("/", 0755), 0);
    CHECK_EQ(nw_mkdirs(".", 0755), 0);
    CHECK_EQ(nw_mkdirs("to-a/f", 0755), 0); /* through a link */
    CHECK_EQ(nw_is_dir("a/f"), 1);
    CHECK_EQ(nw_mkdirs("", 0755), -ENOENT);
    CHECK_EQ(nw_mkdirs("file", 0755), -EEXIST);
    CHECK_EQ(nw_mkdirs("file/x/y", 0755), -ENOTDIR);
    CHECK_EQ(nw_mkdirs("dangling/x", 0755), -EEXIST);
    CHECK_EQ(nw_mkdirs(NULL, 0755), -EINVAL);
    CHECK_EQ(nw_each(items, sizeof items, 1, 0, make_same), 0);
    CHECK_EQ(nw_is_dir("many/tasks/make/the/same"), 1);
    return 0;
}

int main(void)
{
    umask(022);
    check_enter_folder();
    check_write_file("file", "", 0);
    CHECK_SYS(symlink("a", "to-a"));
    CHECK_SYS(symlink("nowhere", "dangling"));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
