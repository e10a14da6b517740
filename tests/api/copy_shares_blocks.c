/* SPDX-License-Identifier: MIT */
/*
 * Where the file system can (XFS here, on a loop device, which needs root and mkfs.xfs), a copy shares the
 * blocks of its source: of one file, of a tree, and between two names of other file systems not.
 * ctest: no-qemu no-valgrind
 */
#include "../support/disk.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <nowait.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define IMAGE_BYTES ((off_t)400 << 20)
#define FILE_BYTES  ((size_t)3 << 20)

static char data[FILE_BYTES];

static int command(const char *text)
{
    int status = system(text);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Are all blocks of the file those of another one, too? */
static bool is_shared(const char *path)
{
    struct fiemap *map = calloc(1, sizeof *map + 64 * sizeof map->fm_extents[0]);
    bool shared = true;
    int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));

    CHECK(map);
    map->fm_length = FIEMAP_MAX_OFFSET;
    map->fm_flags = FIEMAP_FLAG_SYNC;
    map->fm_extent_count = 64;
    CHECK_SYS(ioctl(fd, FS_IOC_FIEMAP, map));
    close(fd);
    CHECK(map->fm_mapped_extents > 0);
    for (unsigned i = 0; i < map->fm_mapped_extents; i++)
        shared = shared && (map->fm_extents[i].fe_flags & FIEMAP_EXTENT_SHARED);
    free(map);
    return shared;
}

static uint64_t done_bytes;

static int on_progress(uint64_t done, uint64_t total, void *arg)
{
    (void)total, (void)arg;
    done_bytes = done;
    return 0;
}

static int first(void *arg)
{
    const nw_copy_options options = {.progress = {on_progress, NULL}};

    (void)arg;
    check_write_file("disk/file", data, FILE_BYTES);
    CHECK(!is_shared("disk/file"));
    CHECK_EQ(nw_copy_file("disk/file", "disk/copy", 0), 0);
    check_file_holds("disk/copy", data, FILE_BYTES);
    CHECK(is_shared("disk/copy"));
    CHECK_SYS(mkdir("disk/tree", 0755));
    CHECK_SYS(mkdir("disk/tree/sub", 0755));
    check_write_file("disk/tree/sub/small", data, 5000);
    CHECK_EQ(nw_copy_file("disk/file", "disk/tree/big", 0), 0);
    CHECK_EQ(nw_copy_tree(&options, "disk/tree", "disk/copied"), 0);
    CHECK_EQ(done_bytes, FILE_BYTES + 5000);
    CHECK(is_shared("disk/copied/sub/small"));
    CHECK(is_shared("disk/copied/big"));
    check_file_holds("disk/copied/sub/small", data, 5000);
    CHECK_EQ(nw_copy_file("disk/file", "elsewhere", 0), 0);
    check_file_holds("elsewhere", data, FILE_BYTES);
    CHECK_EQ(nw_copy_file("elsewhere", "disk/back", 0), 0);
    check_file_holds("disk/back", data, FILE_BYTES);
    CHECK(!is_shared("disk/back"));
    CHECK_EQ(nw_move(NULL, "disk/tree", "moved"), 0);
    check_file_holds("moved/sub/small", data, 5000);
    return 0;
}

int main(void)
{
    int fd;

    check_enter_folder();
    memset(data, 'b', sizeof data);
    CHECK_SYS(mkdir("disk", 0700));
    fd = CHECK_SYS(open("image", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK_SYS(ftruncate(fd, IMAGE_BYTES));
    close(fd);
    if (!disk_own_mounts())
        check_skip("no mounts of our own here: %s", strerror(errno));
    if (command("mkfs.xfs -q -m reflink=1 image >/dev/null 2>&1") != 0)
        check_skip("mkfs.xfs is not installed, or makes no file system of this size");
    if (command("mount -o loop image disk >/dev/null 2>&1") != 0)
        check_skip("XFS cannot be mounted here");
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_SYS(umount("disk"));
    return 0;
}
