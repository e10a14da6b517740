/* SPDX-License-Identifier: MIT */
/*
 * Files below a directory: see beneath.h. A name is first looked up without being opened (O_PATH), because to
 * open a FIFO or a device is to do something to it; what is a regular file is opened by its name again, and
 * looked at again. Owns nothing.
 *
 * Kernels before 5.6, and containers that forbid openat2(2): the names are walked one by one, and symbolic
 * links are not followed at all.
 */
#include "io/beneath.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <nowait/op.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "backend/hint.h"
#include "backend/local.h"

/* linux/openat2.h, which cannot be included together with fcntl.h everywhere. */
#define RESOLVE_NO_MAGICLINKS_ 0x02
#define RESOLVE_BENEATH_       0x08
#define RESOLVE_CACHED_        0x20
struct open_how_ {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

#define RACES_MAX       64           /* renames beside ".." make the kernel give up: it says to try again */
#define SMALL_BYTES     (128 * 1024) /* see inline_open.c */
#define CONFIGFS_MAGIC_ 0x62656570   /* linux/magic.h does not have it */

#ifdef STATX_MNT_ID
#define MASK (STATX_BASIC_STATS | STATX_MNT_ID)
#else
#define MASK STATX_BASIC_STATS
#endif

struct request {
    int root_fd;
    const char *path;
    unsigned flags;
    bool cached; /* only what is in memory: -EAGAIN otherwise */
    struct nw__beneath found;
};

static bool lacks_openat2(int error)
{
    return error == ENOSYS || error == EPERM || error == EINVAL;
}

/* One name of a path, below a folder; a symbolic link is -ELOOP. */
static int open_name(int folder_fd, const char *name, size_t length, int flags)
{
    char text[NAME_MAX + 1];
    int fd;

    if (length > NAME_MAX)
        return -ENAMETOOLONG;
    memcpy(text, name, length);
    text[length] = '\0';
    if (strcmp(text, "..") == 0)
        return -EXDEV;
    fd = openat(folder_fd, length ? text : ".", flags | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

/* Without openat2(2). A link at the end of an O_PATH is opened itself, and then is no regular file. */
static int open_by_names(int folder_fd, const char *path, int flags)
{
    int fd = folder_fd;

    for (;;) {
        const char *slash = strchr(path, '/');
        int next = open_name(fd, path, slash ? (size_t)(slash - path) : strlen(path),
                             slash ? O_PATH | O_DIRECTORY | O_CLOEXEC : flags);
        if (fd != folder_fd)
            close(fd);
        if (next < 0 || !slash)
            return next;
        fd = next;
        path = slash + 1;
    }
}

static int open_beneath(const struct request *request, int flags)
{
    const char *path = *request->path ? request->path : ".";
    bool leave = request->flags & NW__BENEATH_LEAVE;
    uint64_t resolve = leave ? 0 : RESOLVE_BENEATH_ | RESOLVE_NO_MAGICLINKS_;
    struct open_how_ how = {(uint64_t)(unsigned)flags, 0, resolve | (request->cached ? RESOLVE_CACHED_ : 0)};
    long fd;

    if (*path == '/' && request->root_fd != AT_FDCWD)
        return -EXDEV;
    for (int races = 0; races < RACES_MAX; races++) {
        fd = syscall(SYS_openat2, request->root_fd, path, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        if (request->cached)
            return lacks_openat2(errno) || errno == EINTR ? -EAGAIN : -errno;
        if (lacks_openat2(errno))
            break;
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
    if (leave)
        return (fd = openat(request->root_fd, path, flags)) < 0 ? -errno : (int)fd;
    return open_by_names(request->root_fd, path, flags);
}

/* May what memory says of it be relied on? On a local disk. */
static bool is_current(const struct statx *status)
{
#ifdef STATX_MNT_ID
    return status->stx_mask & STATX_MNT_ID && nw__local_mount(status->stx_mnt_id);
#else
    (void)status;
    return false;
#endif
}

static int look(const struct request *request, int fd, struct statx *status)
{
    int flags = AT_EMPTY_PATH | (request->cached ? AT_STATX_DONT_SYNC : 0);

    if (statx(fd, "", flags, MASK, status) < 0)
        return -errno;
    return request->cached && !is_current(status) ? -EAGAIN : 0;
}

static int find(struct request *request)
{
    int rc, fd = open_beneath(request, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return fd;
    rc = look(request, fd, &request->found.status);
    close(fd); /* an O_PATH descriptor: there is nothing but its number to be given up */
    return rc;
}

/*
 * Of a worker only: on a local disk, where `cached` leads, nothing is generated. Who says how long it is, or
 * is longer than that can be a claim, is believed.
 */
static bool is_generated(const struct request *request, int fd)
{
    static const uint32_t file_systems[] = {
        PROC_SUPER_MAGIC, SYSFS_MAGIC,        DEBUGFS_MAGIC,       TRACEFS_MAGIC,  SECURITYFS_MAGIC,
        SELINUX_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BINFMTFS_MAGIC, CONFIGFS_MAGIC_,
    };
    const struct statx *status = &request->found.status;
    struct statfs on;

    if (request->cached || !nw__size_is_claim(status->stx_size, status->stx_blocks) || fstatfs(fd, &on) < 0)
        return false;
    for (size_t i = 0; i < sizeof file_systems / sizeof *file_systems; i++)
        if ((uint32_t)on.f_type == file_systems[i])
            return true;
    return false;
}

/* A ring would not wait for what is not in memory with O_NONBLOCK; but a reader of what is generated must not
 * wait. What cannot be read twice is no file that could be served. */
static int prepare(struct request *request, int fd)
{
    request->found.generated = is_generated(request, fd);
    if (request->found.generated)
        return lseek(fd, 0, SEEK_CUR) < 0 ? -ENXIO : 0;
    return fcntl(fd, F_SETFL, 0) < 0 ? -errno : 0;
}

/* It was a regular file a moment ago; O_NONBLOCK, should it be a FIFO now. */
static int open_found(struct request *request)
{
    int rc, fd = open_beneath(request, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return fd;
    rc = look(request, fd, &request->found.status);
    if (rc == 0 && !S_ISREG(request->found.status.stx_mode))
        rc = -ENOENT;
    if (rc == 0)
        rc = prepare(request, fd);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    request->found.fd = fd;
    return 0;
}

static int carry_out(struct request *request)
{
    int rc = find(request);

    request->found.fd = -1;
    request->found.generated = false;
    if (rc < 0 || request->flags & NW__BENEATH_LOOK || !S_ISREG(request->found.status.stx_mode))
        return rc;
    return open_found(request);
}

static int step(void *arg)
{
    struct request *request = arg;

    request->cached = false;
    return carry_out(request);
}

/* Only of what was found to be on a local disk is a close quick. */
static void remember(const struct nw__beneath *found)
{
    unsigned small = found->status.stx_size <= SMALL_BYTES ? NW__HINT_SMALL : 0;

    if (found->fd >= 0)
        nw__hint_opened(found->fd, O_RDONLY, is_current(&found->status) ? NW__HINT_PLAIN | small : 0);
}

int nw__beneath_open(int root_fd, const char *path, unsigned flags, struct nw__beneath *found_out)
{
    struct request request = {.root_fd = root_fd, .path = path, .flags = flags, .cached = true};
    int saved_errno = errno;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    rc = carry_out(&request);
    errno = saved_errno;
    if (rc == -EAGAIN)
        rc = nw__io_job("open", step, &request);
    else
        nw__task_spend(self, 0);
    if (rc < 0)
        return rc;
    remember(&request.found);
    errno = saved_errno;
    *found_out = request.found;
    return 0;
}

int nw__beneath_root(const char *path, int *fd_out)
{
    int fd, flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

    if (nw__task_self()) {
        fd = nw_fd_open(path, flags, 0);
    } else { /* there is no loop that could be held up */
        int saved_errno = errno;
        fd = open(path, flags);
        if (fd < 0)
            fd = -errno;
        errno = saved_errno;
    }
    if (fd < 0)
        return fd;
    *fd_out = fd;
    return 0;
}

void nw__beneath_close(int fd)
{
    int saved_errno = errno;

    if (fd < 0)
        return;
    if (nw__task_self())
        (void)nw_fd_close(fd); /* was only read */
    else
        close(fd);
    errno = saved_errno;
}

ssize_t nw__beneath_read(int fd, void *data, size_t size_bytes)
{
    return nw__try_read(fd, data, size_bytes, 0);
}

struct generated_read {
    int fd;
    void *data;
    size_t size_bytes;
    int64_t offset;
};

static int read_generated(void *arg)
{
    const struct generated_read *r = arg;
    ssize_t n;

    do {
        n = pread(r->fd, r->data, r->size_bytes, r->offset);
    } while (n < 0 && errno == EINTR);
    return n >= 0 ? (int)n : errno == EAGAIN ? 0 : -errno;
}

ssize_t nw__beneath_read_generated(int fd, void *data, size_t size_bytes, int64_t offset)
{
    struct generated_read r = {fd, data, size_bytes < INT_MAX ? size_bytes : INT_MAX, offset};

    return nw__work_await("read", read_generated, &r);
}
