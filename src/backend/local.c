/* SPDX-License-Identifier: MIT */
/*
 * Which folders are local: a table of verdicts by the folder's name, each good for a second, found out
 * through the mount's number and /proc/self/mountinfo. Must not make a call that a file system could answer
 * late.
 *
 * The tables are hints: a folder that is renamed or mounted over within the second costs a stall at worst.
 */
#define _GNU_SOURCE
#include "backend/local.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FOLDERS_MAX     256
#define MOUNTS_MAX      64  /* mounts that are remembered; on others, nothing is done inline */
#define LINES_MAX       512 /* of mountinfo, about a microsecond each, on the loop's thread */
#define NAMES_BITS      4096
#define FOLDER_TICKS    1000 /* how long a verdict is good */
#define MOUNTS_GOOD     10000
#define TICK_BITS       20 /* a tick is a millisecond; ticks wrap around after 17 minutes */
#define TICK_MASK       (((uint64_t)1 << TICK_BITS) - 1)
#define RESOLVE_CACHED_ 0x20 /* linux/openat2.h has it since Linux 5.12 */

#define FACTOR UINT64_C(0x9e3779b97f4a7c15) /* of the hashes */

/* struct open_how of linux/openat2.h, which cannot be included together with fcntl.h everywhere. */
struct open_how_ {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

/* Trusted folders: the upper bits are of the name's hash, the lower ones the tick of the verdict; 0: none. */
static _Atomic uint64_t folders[FOLDERS_MAX];

static pthread_mutex_t mounts_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mount {
    uint64_t number;
    bool local; /* else one of the kernel's own */
} mounts[MOUNTS_MAX];
/*
 * What is mounted in a local folder need not be local. A bit for the last name of each path where something
 * is that is not; a name that happens to share the bit is opened the slow way.
 */
static _Atomic uint64_t mount_names[NAMES_BITS / 64];
struct mounts_found {
    uint64_t names[NAMES_BITS / 64];
};
static size_t mounts_count;
static uint64_t mounts_tick; /* when they were read; 0: never */

/* What has these types keeps its metadata in this machine's memory and on its disks. */
static const char *const local_types[] = {
    "ext4",     "xfs",   "btrfs",    "tmpfs", "overlay", "f2fs", "ext3",  "ext2",  "zfs",
    "bcachefs", "ramfs", "squashfs", "erofs", "iso9660", "vfat", "exfat", "ntfs3",
};

/* What is in these is the kernel's own, and answers at once; but much can happen when it is opened. */
static const char *const kernel_types[] = {"proc", "sysfs", "cgroup2", "cgroup", "tracefs", "debugfs"};

int nw__open_cached(int directory_fd, const char *path, int flags)
{
#ifdef SYS_openat2
    const struct open_how_ how = {.flags = (uint64_t)(unsigned)flags, .resolve = RESOLVE_CACHED_};
    long fd = syscall(SYS_openat2, directory_fd, path, &how, sizeof how);

    if (fd >= 0)
        return (int)fd;
    switch (errno) {
    case ENOSYS: /* before Linux 5.6 */
    case EINVAL: /* before 5.12 */
    case EPERM:  /* a seccomp filter's ENOSYS; as an answer of the open itself it comes again */
    case EINTR:
        return -EAGAIN;
    default:
        return -errno;
    }
#else
    (void)directory_fd, (void)path, (void)flags;
    return -EAGAIN;
#endif
}

static uint64_t tick_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000) & TICK_MASK) | 1; /* never 0 */
}

static bool within(uint64_t tick, uint64_t now, uint64_t ticks)
{
    return ((now - tick) & TICK_MASK) <= ticks;
}

static bool is_one_of(const char *type, const char *const types[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* A letter as mountinfo writes it: white space and backslashes are three octal digits behind a backslash. */
static unsigned char next_letter(const char **text)
{
    const char *t = *text;
    bool escaped = t[0] == '\\' && t[1] && t[2] && t[3];

    *text += escaped ? 4 : 1;
    return (unsigned char)(escaped ? (t[1] - '0') * 64 + (t[2] - '0') * 8 + (t[3] - '0') : t[0]);
}

static unsigned hash_name(const char *name, bool escaped)
{
    uint64_t sum = 0;

    while (*name)
        sum = (sum + (escaped ? next_letter(&name) : (unsigned char)*name++)) * FACTOR;
    return (unsigned)(sum >> 32) % NAMES_BITS;
}

static void note_mount(struct mounts_found *found, uint64_t number, const char *point, const char *type)
{
    const char *name = strrchr(point, '/');
    unsigned bit = name ? hash_name(name + 1, true) : 0;
    bool local = is_one_of(type, local_types, sizeof local_types / sizeof *local_types);
    bool own = is_one_of(type, kernel_types, sizeof kernel_types / sizeof *kernel_types);

    if (!local)
        found->names[bit / 64] |= (uint64_t)1 << bit % 64;
    if ((local || own) && mounts_count < MOUNTS_MAX)
        mounts[mounts_count++] = (struct mount){number, local};
}

/* A line: "36 35 98:0 /root /mount/point options - type source superoptions". */
static void read_mounts(void)
{
    char line[4096], point[1024], type[32];
    struct mounts_found found = {{0}};
    unsigned long long number;
    FILE *file = fopen("/proc/self/mountinfo", "re");

    mounts_count = 0;
    for (int i = 0; file && i < LINES_MAX && fgets(line, sizeof line, file); i++) {
        const char *separator = strstr(line, " - ");
        if (separator && sscanf(line, "%llu %*s %*s %*s %1023s", &number, point) == 2 &&
            sscanf(separator, " - %31s", type) == 1)
            note_mount(&found, number, point, type);
    }
    for (size_t i = 0; i < NAMES_BITS / 64; i++)
        atomic_store_explicit(&mount_names[i], found.names[i], memory_order_relaxed);
    if (file)
        fclose(file);
}

/* `own`: one of the kernel's own does as well. */
static bool mount_is_local(uint64_t number, bool own, uint64_t now)
{
    bool found = false;

    if (pthread_mutex_trylock(&mounts_lock) != 0)
        return false; /* another loop is reading the table: not worth waiting for */
    if (!mounts_tick || !within(mounts_tick, now, MOUNTS_GOOD)) {
        read_mounts();
        mounts_tick = now;
    }
    for (size_t i = 0; i < mounts_count && !found; i++)
        found = mounts[i].number == number && (mounts[i].local || own);
    pthread_mutex_unlock(&mounts_lock);
    return found;
}

bool nw__local_mount(uint64_t mount)
{
    return mount_is_local(mount, false, tick_now());
}

bool nw__pollable_mount(uint64_t mount)
{
    return mount_is_local(mount, true, tick_now());
}

/* Look at the folder without asking its file system for anything that is not in memory. */
static bool find_out(int directory_fd, const char *path, size_t length, uint64_t now)
{
#ifdef STATX_MNT_ID
    char folder[256];
    struct statx status;

    if (length >= sizeof folder)
        return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    int fd = nw__open_cached(directory_fd, length ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool known = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) == 0 &&
                 (status.stx_mask & STATX_MNT_ID);
    close(fd);
    return known && mount_is_local(status.stx_mnt_id, false, now);
#else
    (void)directory_fd, (void)path, (void)length, (void)now;
    return false;
#endif
}

static uint64_t hash(int directory_fd, const char *path, size_t length)
{
    uint64_t sum = (length + ((uint64_t)(unsigned)directory_fd << 32)) * FACTOR;

    for (; length > 0; length -= length < 8 ? length : 8) {
        uint64_t word = 0;
        memcpy(&word, path, length < 8 ? length : 8);
        path += 8;
        sum = (sum ^ word) * FACTOR;
        sum ^= sum >> 29;
    }
    return sum;
}

static bool may_be_mount(const char *name)
{
    unsigned bit = hash_name(name, false);

    return atomic_load_explicit(&mount_names[bit / 64], memory_order_relaxed) >> bit % 64 & 1;
}

bool nw__local_folder(int directory_fd, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0; /* with its slash: "/" is not "" */
    uint64_t sum = hash(directory_fd, path, length), now = tick_now();
    _Atomic uint64_t *place = &folders[sum >> 56];
    uint64_t entry = atomic_load_explicit(place, memory_order_relaxed);

    if (((entry ^ sum) & ~TICK_MASK) == 0 && within(entry & TICK_MASK, now, FOLDER_TICKS))
        return !may_be_mount(path + length);
    if (!find_out(directory_fd, path, length, now))
        return false;
    atomic_store_explicit(place, (sum & ~TICK_MASK) | now, memory_order_relaxed);
    return !may_be_mount(path + length);
}
