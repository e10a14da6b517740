/* SPDX-License-Identifier: MIT */
/* nw_write_file with each flag: made, replaced, added to, refused; big ones, devices, links. */
#include "check.h"
#include <nowait.h>

#define BIG (9 * 1024 * 1024 + 3)

static void plain(unsigned flags)
{
    struct stat status;

    CHECK_EQ(nw_write_file("new", "first content", 13, flags), 0);
    check_file_holds("new", "first content", 13);
    CHECK_SYS(stat("new", &status));
    CHECK_EQ(status.st_mode & 07777, 0644);
    CHECK_EQ(nw_write_file("new", "second", 6, flags), 0);
    check_file_holds("new", "second", 6);
    CHECK_EQ(nw_write_file("new", NULL, 0, flags), 0);
    check_file_holds("new", "", 0);
    CHECK_EQ(nw_write_file("new", "x", 1, flags | NW_EXCL), -EEXIST);
    CHECK_EQ(nw_unlink("new"), 0);
    CHECK_EQ(nw_write_file("new", "x", 1, flags | NW_EXCL), 0);
    check_file_holds("new", "x", 1);
    CHECK_EQ(nw_unlink("new"), 0);
    CHECK_EQ(nw_write_file("none/new", "x", 1, flags), -ENOENT);
    CHECK_EQ(nw_write_file("folder", "x", 1, flags), -EISDIR);
    CHECK_EQ(nw_write_file("folder/", "x", 1, flags), -EISDIR);
    CHECK_EQ(nw_write_file("", "x", 1, flags), -ENOENT);
    CHECK_EQ(nw_write_file("loop", "x", 1, flags), -ELOOP);
    CHECK_EQ(check_count_entries("."), 2);
}

static void appended(unsigned flags)
{
    CHECK_EQ(nw_write_file("log", "one\n", 4, NW_APPEND | flags), 0);
    CHECK_EQ(nw_write_file("log", "two\n", 4, NW_APPEND | flags), 0);
    check_file_holds("log", "one\ntwo\n", 8);
    CHECK_EQ(nw_unlink("log"), 0);
}

static void big(unsigned flags)
{
    char *data = malloc(BIG);

    CHECK(data);
    for (size_t i = 0; i < BIG; i++)
        data[i] = (char)(i % 241);
    CHECK_EQ(nw_write_file("big", data, BIG, flags), 0);
    check_file_holds("big", data, BIG);
    CHECK_EQ(nw_unlink("big"), 0);
    free(data);
}

/* The link stays; what it leads to, also when that is not there yet, is written. */
static void through_links(unsigned flags)
{
    struct stat status;

    CHECK_SYS(symlink("folder/target", "link"));
    CHECK_EQ(nw_write_file("link", "a", 1, flags), 0);
    check_file_holds("folder/target", "a", 1);
    CHECK_EQ(nw_write_file("link", "bb", 2, flags), 0);
    check_file_holds("folder/target", "bb", 2);
    CHECK_SYS(lstat("link", &status));
    CHECK(S_ISLNK(status.st_mode));
    CHECK_EQ(nw_write_file("link", "c", 1, flags | NW_EXCL), -EEXIST);
    CHECK_EQ(check_count_entries("folder"), 1);
    CHECK_EQ(nw_unlink("link"), 0);
    CHECK_EQ(nw_unlink("folder/target"), 0);
}

static void devices(void)
{
    struct stat status;

    CHECK_EQ(nw_write_file("/dev/null", "x", 1, 0), 0);
    CHECK_EQ(nw_write_file("/dev/null", "x", 1, NW_APPEND), 0);
    CHECK_EQ(nw_write_file("/dev/full", "x", 1, 0), -ENOSPC);
    CHECK_EQ(nw_write_file("/dev/null", "x", 1, NW_ATOMIC), -EINVAL);
    CHECK_SYS(stat("/dev/null", &status));
    CHECK(S_ISCHR(status.st_mode));
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    for (unsigned flags = 0; flags <= (NW_ATOMIC | NW_SYNC); flags += NW_ATOMIC) {
        plain(flags);
        big(flags);
        through_links(flags);
    }
    appended(0);
    appended(NW_SYNC);
    devices();
    CHECK_EQ(nw_write_file("x", "x", 1, NW_APPEND | NW_ATOMIC), -EINVAL);
    CHECK_EQ(nw_write_file("x", "x", 1, NW_APPEND | NW_EXCL), -EINVAL);
    CHECK_EQ(nw_write_file("x", "x", 1, 0x100), -EINVAL);
    CHECK_EQ(nw_write_file("x", NULL, 1, 0), -EINVAL);
    CHECK_EQ(nw_write_file(NULL, "x", 1, 0), -EINVAL);
    CHECK_EQ(check_count_entries("."), 2);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    umask(022);
    check_enter_folder();
    CHECK_SYS(mkdir("folder", 0755));
    CHECK_SYS(symlink("loop", "loop"));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
