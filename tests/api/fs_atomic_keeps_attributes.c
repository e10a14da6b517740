/* SPDX-License-Identifier: MIT */
/* NW_ATOMIC keeps mode and, for root, owner; an open descriptor and another hard link keep the old content.
 */
#include "check.h"
#include <nowait.h>

static int first(void *arg)
{
    static const mode_t modes[] = {0600, 0644, 0755, 0444, 0000, 04711, 02755};
    struct stat status;
    char data[8];
    int fd;

    (void)arg;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        CHECK_SYS(chmod("file", modes[i]));
        CHECK_EQ(nw_write_file("file", "new", 3, NW_ATOMIC), 0);
        CHECK_SYS(stat("file", &status));
        CHECK_EQ(status.st_mode & 07777, modes[i]);
    }
    CHECK_SYS(chmod("file", 0640));
    CHECK_SYS(link("file", "other"));
    fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(nw_write_file("file", "newer", 5, NW_ATOMIC), 0);
    check_file_holds("file", "newer", 5);
    check_file_holds("other", "new", 3);
    CHECK_EQ(read(fd, data, sizeof data), 3);
    close(fd);
    if (geteuid() == 0) {
        CHECK_SYS(chown("file", 12345, 23456));
        CHECK_SYS(chmod("file", 06755));
        CHECK_EQ(nw_write_file("file", "owned", 5, NW_ATOMIC), 0);
        CHECK_SYS(stat("file", &status));
        CHECK_EQ(status.st_uid, 12345);
        CHECK_EQ(status.st_gid, 23456);
        CHECK_EQ(status.st_mode & 07777, 06755);
    }
    CHECK_EQ(check_count_entries("."), 2);
    return 0;
}

int main(void)
{
    check_enter_folder();
    check_write_file("file", "old", 3);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
