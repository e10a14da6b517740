/* SPDX-License-Identifier: MIT */
/*
 * A small disk of memory for a test, in a world of its own: the mount ends with the process, however that
 * ends.
 */
#ifndef NW_TESTS_DISK_H
#define NW_TESTS_DISK_H

#include <check.h>
#include <sched.h>
#include <sys/mount.h>

/* From here on nobody else sees our mounts. False: that cannot be had here, and errno says why. */
CHECK_UNUSED static bool disk_own_mounts(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}

/* `options` are tmpfs's ("size=1m"). False: as above. */
CHECK_UNUSED static bool disk_mount(const char *folder, const char *options)
{
    return disk_own_mounts() && mount("tmpfs", folder, "tmpfs", 0, options) == 0;
}

/* Or the test is skipped. */
CHECK_UNUSED static void disk_need(const char *folder, const char *options)
{
    if (!disk_mount(folder, options))
        check_skip("a tmpfs cannot be mounted here: %s", strerror(errno));
}

#endif
