/* SPDX-License-Identifier: MIT */
/*
 * With no descriptor left, calls that need one fail with -EMFILE, those that do not go on, and nothing leaks.
 * Valgrind has a limit of its own: it truncates a file, and says EMFILE then.
 * ctest: no-valgrind
 */
#include "check.h"
#include <nowait.h>
#include <sys/resource.h>

static int take_all(int *fds, int limit)
{
    int count = 0;

    while (count < limit && (fds[count] = dup(0)) >= 0)
        count++;
    CHECK_EQ(errno, EMFILE);
    return count;
}

static int first(void *arg)
{
    struct rlimit limit;
    int fds[256], count, fd = nw_fd_open("file", O_RDONLY, 0), temporary;
    struct stat status;
    char data[8];
    nw_bytes bytes;

    (void)arg;
    CHECK(fd >= 0);
    CHECK_EQ(nw_stat("file", &status), 0); /* what the library opens once and keeps, it has now */
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 128;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    for (int round = 0; round < 3; round++) {
        count = take_all(fds, 256);
        CHECK_EQ(nw_fd_open("file", O_RDONLY, 0), -EMFILE);
        CHECK_EQ(nw_fd_open("new", O_WRONLY | O_CREAT, 0600), -EMFILE);
        CHECK_EQ(nw_read_file("file", 0, &bytes), -EMFILE);
        CHECK_EQ(nw_write_file("file", "x", 1, 0), -EMFILE);
        CHECK_EQ(nw_write_file("file", "x", 1, NW_ATOMIC), -EMFILE);
        CHECK_EQ(nw_copy_file("file", "copy", 0), -EMFILE);
        CHECK_EQ(nw_remove_tree("folder"), -EMFILE);
        CHECK_EQ(nw_temp_file(".", "x", &bytes, &temporary), -EMFILE);
        CHECK_EQ(nw_temp_unnamed("."), -EMFILE);
        CHECK_EQ(nw_stat("file", &status), 0);
        CHECK_EQ(nw_fd_pread(fd, data, sizeof data, 0), 7);
        while (count > 0)
            close(fds[--count]);
        check_file_holds("file", "content", 7);
        CHECK_EQ(check_count_entries("."), 2);
    }
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("file", "content", 7);
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
