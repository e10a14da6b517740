/* SPDX-License-Identifier: MIT */
/* stat and its relatives say what the system calls say; what is set by path is set. */
#include "check.h"
#include <nowait.h>

static void same(const struct stat *a, const struct stat *b)
{
    CHECK_EQ(a->st_dev, b->st_dev);
    CHECK_EQ(a->st_ino, b->st_ino);
    CHECK_EQ(a->st_mode, b->st_mode);
    CHECK_EQ(a->st_nlink, b->st_nlink);
    CHECK_EQ(a->st_uid, b->st_uid);
    CHECK_EQ(a->st_gid, b->st_gid);
    CHECK_EQ(a->st_rdev, b->st_rdev);
    CHECK_EQ(a->st_size, b->st_size);
    CHECK_EQ(a->st_blksize, b->st_blksize);
    CHECK_EQ(a->st_blocks, b->st_blocks);
    CHECK_EQ(a->st_mtim.tv_sec, b->st_mtim.tv_sec);
    CHECK_EQ(a->st_mtim.tv_nsec, b->st_mtim.tv_nsec);
    CHECK_EQ(a->st_ctim.tv_nsec, b->st_ctim.tv_nsec);
}

static void stats(const char *path)
{
    struct stat expected, found;

    CHECK_SYS(stat(path, &expected));
    CHECK_EQ(nw_stat(path, &found), 0);
    same(&found, &expected);
    CHECK_SYS(lstat(path, &expected));
    CHECK_EQ(nw_lstat(path, &found), 0);
    same(&found, &expected);
}

static void questions(void)
{
    CHECK_EQ(nw_exists("file"), 1);
    CHECK_EQ(nw_exists("folder"), 1);
    CHECK_EQ(nw_exists("none"), 0);
    CHECK_EQ(nw_exists("dangling"), 0);
    CHECK_EQ(nw_is_file("file"), 1);
    CHECK_EQ(nw_is_file("link"), 1);
    CHECK_EQ(nw_is_file("folder"), 0);
    CHECK_EQ(nw_is_file("none"), 0);
    CHECK_EQ(nw_is_dir("folder"), 1);
    CHECK_EQ(nw_is_dir("file"), 0);
    CHECK_EQ(nw_is_dir("/dev/null"), 0);
    CHECK_EQ(nw_file_size("file"), 7);
    CHECK_EQ(nw_file_size("none"), -ENOENT);
    CHECK_EQ(nw_access("file", R_OK | W_OK), 0);
}

static void settings(void)
{
    struct timespec times[2] = {{1000, 1}, {2000, 2}};
    struct statvfs expected, room;
    struct stat status;

    CHECK_EQ(nw_chmod("file", 0604), 0);
    CHECK_EQ(nw_chown("file", (uid_t)-1, getegid()), 0);
    CHECK_EQ(nw_truncate_path("file", 5), 0);
    CHECK_EQ(nw_utime("file", times), 0);
    CHECK_SYS(stat("file", &status));
    CHECK_EQ(status.st_mode & 07777, 0604);
    CHECK_EQ(status.st_size, 5);
    CHECK_EQ(status.st_atim.tv_sec, 1000);
    CHECK_EQ(status.st_mtim.tv_nsec, 2);
    CHECK_EQ(nw_utime("file", NULL), 0);
    CHECK_EQ(nw_stat("file", &status), 0);
    CHECK(status.st_mtim.tv_sec > 2000);
    CHECK_SYS(statvfs(".", &expected));
    CHECK_EQ(nw_statvfs(".", &room), 0);
    CHECK_EQ(room.f_blocks, expected.f_blocks);
    CHECK_EQ(room.f_fsid, expected.f_fsid);
}

static int first(void *arg)
{
    (void)arg;
    for (int round = 0; round < 3; round++) { /* the first may go the slow way, the next inline */
        stats("file");
        stats("folder");
        stats("link");
        stats("/dev/null");
        stats("/proc/self/status");
        stats("/");
        questions();
    }
    settings();
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("file", "content", 7);
    CHECK_SYS(mkdir("folder", 0755));
    CHECK_SYS(symlink("file", "link"));
    CHECK_SYS(symlink("none", "dangling"));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
