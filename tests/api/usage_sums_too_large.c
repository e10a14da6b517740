/* SPDX-License-Identifier: MIT */
/* Sizes whose sum is too large for its type, as those of sparse files can be, come to the largest it holds.
 */
#include "../support/runtime.h"

#define FILES 3

static char directory[] = "/dev/shm/nowait.XXXXXX"; /* ext4 allows 16 TiB a file, tmpfs whatever there is */

static void make_files(bool make)
{
    char path[64];

    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%d", directory, i);
        int fd = make ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
        if (make && (fd < 0 || ftruncate(fd, INT64_MAX) < 0)) {
            make_files(false);
            check_skip("no file can be that large here");
        }
        if (make)
            close(fd);
        else
            unlink(path);
    }
    if (!make)
        rmdir(directory);
}

static int measure(void *arg)
{
    return nw_disk_usage(NULL, directory, arg);
}

int main(void)
{
    nw_usage usage = {0};

    if (!mkdtemp(directory))
        check_skip("no /dev/shm");
    make_files(true);
    int rc = nw_run(measure, &usage);
    make_files(false);
    CHECK_EQ(rc, 0);
    CHECK_EQ(usage.files, FILES);
    CHECK_EQ(usage.apparent_bytes, INT64_MAX);
    return 0;
}
