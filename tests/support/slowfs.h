/* SPDX-License-Identifier: MIT */
/*
 * A file system on which every look-up, open, read, write, flush, ... takes as long as the test likes, and
 * that knows who waited for it. A child process serves it, in a mount namespace of the test's own; both end
 * with the test, however that ends.
 */
#ifndef NW_TESTS_SLOWFS_H
#define NW_TESTS_SLOWFS_H

#include <stdint.h>

struct slowfs;

/*
 * Mount an empty one at `path`, an existing folder; before the process has other threads. Ends the test as
 * skipped where this cannot be.
 */
struct slowfs *slowfs_mount(const char *path);

/* From now on each request is answered after so long, but for the next `quick` ones: those at once. */
void slowfs_delay(struct slowfs *fs, unsigned quick, int64_t delay_ns);

/* May the kernel remember names and attributes? Without, which is how it begins, it asks each time. */
void slowfs_remember(struct slowfs *fs, int yes);

/*
 * The thread that must never ask this file system for anything itself; and with `often`, as something makes
 * it run every millisecond, that must not sleep until somebody else's request has been answered: a request
 * through whose second half it slept stays held until it runs, for some seconds at most. 0: none. Forgets
 * what was seen.
 */
void slowfs_watch(struct slowfs *fs, int thread, int often);

/* What the thread did that it must not, as text; NULL: nothing. Good until the next slowfs_watch(). */
const char *slowfs_blame(const struct slowfs *fs);

/* Requests that came in since the mount and are or were held. */
unsigned slowfs_requests(const struct slowfs *fs);

/* Unmount, and end the child. */
void slowfs_unmount(struct slowfs *fs);

#endif
