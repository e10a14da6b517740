/* SPDX-License-Identifier: MIT */
/*
 * The slow file system of slowfs.h: FUSE without a library, over a tmpfs. This file holds the mount, the
 * queue of requests that are not answered yet, and the watch on the loop's thread; slowfs_ops.c answers.
 * Owns the child process, the mounts and the page that both processes share.
 */
#include "slowfs.h"

#include <check.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "slowfs_ops.h"

#define PROOF_NS INT64_C(3000000000) /* so long a thread that has something to do does not sleep */

/* Shared by the two processes. */
struct slowfs {
    _Atomic int64_t delay_ns;
    _Atomic unsigned quick; /* requests until here are answered at once */
    _Atomic int remember;
    _Atomic int thread;
    _Atomic int often; /* that thread has something to do every millisecond */
    _Atomic unsigned requests;
    _Atomic int blamed; /* `blame` is complete */
    char blame[120];
    pid_t test, server;
    char path[PATH_MAX], store[PATH_MAX];
};

/* How often a thread has fallen asleep, and whether it is asleep now. */
struct sleep {
    bool asleep;
    unsigned long count;
};

struct held {
    struct held *next;
    int64_t half_ns, due_ns, half_delay_ns;
    bool halfway;
    struct sleep seen; /* halfway */
    struct slowfs_request request;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* -- the watch -- */

static const char *opcode_name(unsigned opcode)
{
    static const char *const names[] = {
        [FUSE_LOOKUP] = "lookup",     [FUSE_GETATTR] = "getattr",
        [FUSE_SETATTR] = "setattr",   [FUSE_READLINK] = "readlink",
        [FUSE_SYMLINK] = "symlink",   [FUSE_MKNOD] = "mknod",
        [FUSE_MKDIR] = "mkdir",       [FUSE_UNLINK] = "unlink",
        [FUSE_RMDIR] = "rmdir",       [FUSE_RENAME] = "rename",
        [FUSE_LINK] = "link",         [FUSE_OPEN] = "open",
        [FUSE_READ] = "read",         [FUSE_WRITE] = "write",
        [FUSE_STATFS] = "statfs",     [FUSE_FSYNC] = "fsync",
        [FUSE_SETXATTR] = "setxattr", [FUSE_GETXATTR] = "getxattr",
        [FUSE_FLUSH] = "flush",       [FUSE_OPENDIR] = "opendir",
        [FUSE_READDIR] = "readdir",   [FUSE_FSYNCDIR] = "fsyncdir",
        [FUSE_ACCESS] = "access",     [FUSE_CREATE] = "create",
        [FUSE_POLL] = "poll",         [FUSE_FALLOCATE] = "fallocate",
        [FUSE_RENAME2] = "rename2",   [FUSE_LISTXATTR] = "listxattr",
        [FUSE_LSEEK] = "lseek",       [FUSE_COPY_FILE_RANGE] = "copy_file_range",
    };
    const char *name = opcode < sizeof names / sizeof *names ? names[opcode] : NULL;

    return name ? name : "?";
}

/* Requests for whose answer nobody waits. */
static bool nobody_waits(unsigned opcode)
{
    return opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR;
}

static void blame(struct slowfs *fs, const char *format, unsigned opcode)
{
    if (fs->blamed)
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(fs->blame, sizeof fs->blame, format, opcode_name(opcode), opcode);
#pragma GCC diagnostic pop
    fs->blamed = 1;
}

static struct sleep look_at_thread(const struct slowfs *fs)
{
    char path[80], line[128], state = '?';
    struct sleep found = {false, 0};
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)fs->test, fs->thread);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "voluntary_ctxt_switches: %lu", &found.count);
    }
    if (file)
        fclose(file);
    found.asleep = state == 'S' || state == 'D';
    return found;
}

static void note_request(struct slowfs *fs, const struct held *held)
{
    unsigned opcode = held->request.header.opcode;

    if (fs->thread && (int)held->request.header.pid == fs->thread && !nobody_waits(opcode))
        blame(fs, "asked for \"%s\" (%u) itself", opcode);
    fs->requests++;
}

/* The other half begins when we have looked, not when we should have: this process may have been late. */
static void note_half(struct slowfs *fs, struct held *held)
{
    held->halfway = true;
    held->due_ns = now_ns() + held->half_delay_ns;
    if (fs->thread && fs->often)
        held->seen = look_at_thread(fs);
}

/*
 * Has the thread slept through the second half? That may be chance: it waits for a lock whose owner waits for
 * a processor. So the request stays held until the thread has run, which it will, or cannot be waited for any
 * more: then it is this request that it waits for. Returns: hold it.
 */
static bool note_due(struct slowfs *fs, struct held *held)
{
    struct sleep now;

    if (!fs->thread || !held->seen.asleep || fs->blamed)
        return false;
    now = look_at_thread(fs);
    if (!now.asleep || now.count != held->seen.count)
        return false;
    if (now_ns() < held->half_ns + PROOF_NS) {
        held->due_ns = now_ns() + held->half_delay_ns;
        return true;
    }
    blame(fs, "waits for somebody else's \"%s\" (%u) to be answered", held->request.header.opcode);
    return false;
}

/* -- the queue -- */

struct server {
    struct slowfs *fs;
    struct slowfs_store *store;
    struct held *oldest, **end;
};

/* The device's next request goes to the end of the queue; one that is not for holding is dealt with. */
static bool receive(struct server *server)
{
    static char buffer[SLOWFS_MESSAGE_BYTES];
    ssize_t n = read(server->store->device, buffer, sizeof buffer);
    struct held *held;

    if (n < 0)
        return errno == EINTR || errno == EAGAIN || errno == ENOENT; /* ENOENT: it was interrupted */
    held = calloc(1, sizeof *held + (size_t)n + 1);
    if (!held || (size_t)n < sizeof held->request.header)
        return false;
    memcpy(&held->request.header, buffer, sizeof held->request.header);
    held->request.size_bytes = (size_t)n - sizeof held->request.header;
    memcpy(held->request.body, buffer + sizeof held->request.header, held->request.size_bytes);
    if (slowfs_answers_at_once(held->request.header.opcode)) {
        slowfs_answer(server->store, &held->request);
        free(held);
        return true;
    }
    held->half_delay_ns = server->fs->requests < server->fs->quick ? 0 : server->fs->delay_ns / 2;
    held->half_ns = now_ns() + held->half_delay_ns;
    note_request(server->fs, held);
    *server->end = held;
    server->end = &held->next;
    return true;
}

/* What is due is answered. Returns: when to come again; -1: never. */
static int64_t proceed(struct server *server)
{
    int64_t next_ns = -1, now = now_ns();
    struct held *held;

    for (held = server->oldest; held; held = held->next)
        if (!held->halfway && held->half_ns <= now)
            note_half(server->fs, held);
    while ((held = server->oldest) && held->halfway && held->due_ns <= now_ns()) {
        if (note_due(server->fs, held))
            break;
        server->store->remember = server->fs->remember;
        slowfs_answer(server->store, &held->request);
        server->oldest = held->next;
        if (!server->oldest)
            server->end = &server->oldest;
        free(held);
    }
    for (; held; held = held->next) {
        int64_t at_ns = held->halfway ? held->due_ns : held->half_ns;
        if (next_ns < 0 || at_ns < next_ns)
            next_ns = at_ns;
    }
    return next_ns;
}

static void serve(struct server *server)
{
    struct pollfd entry = {.fd = server->store->device, .events = POLLIN};
    struct timespec limit;

    do {
        int64_t next_ns = proceed(server), left_ns = next_ns - now_ns();
        left_ns = left_ns > 0 ? left_ns : 0;
        limit = (struct timespec){left_ns / 1000000000, left_ns % 1000000000};
        if (ppoll(&entry, 1, next_ns < 0 ? NULL : &limit, NULL) < 0 && errno != EINTR)
            break;
    } while (!(entry.revents & POLLIN) || receive(server));
}

/* -- the mount -- */

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        check_skip("%s: %s", path, strerror(errno));
    close(fd);
}

/* Mounts of our own; where that takes root, we are root in a user namespace of our own. */
static void enter_namespace(void)
{
    char map[32];

    if (unshare(CLONE_NEWNS) < 0) {
        snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
            check_skip("there are no mount namespaces here: %s", strerror(errno));
        write_text("/proc/self/uid_map", map);
    }
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
        check_skip("mounts cannot be made private: %s", strerror(errno));
}

static int mount_device(const char *path)
{
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[80];

    if (device < 0)
        check_skip("/dev/fuse: %s", strerror(errno));
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
    if (mount("slowfs", path, "fuse.slowfs", MS_NOSUID | MS_NODEV, options) < 0)
        check_skip("a FUSE file system cannot be mounted: %s", strerror(errno));
    return device;
}

__attribute__((noreturn)) static void be_server(struct slowfs *fs, int device)
{
    struct server server = {.fs = fs, .end = &server.oldest};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == fs->test) {
        server.store = slowfs_store_open(fs->store, device);
        if (server.store)
            serve(&server);
    }
    _exit(0);
}

struct slowfs *slowfs_mount(const char *path)
{
    struct slowfs *fs = mmap(NULL, sizeof *fs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t server;
    int device;

    CHECK(fs != MAP_FAILED);
    enter_namespace();
    CHECK(realpath(path, fs->path));
    CHECK((size_t)snprintf(fs->store, sizeof fs->store, "%.*s.store", PATH_MAX - 16, fs->path) < PATH_MAX);
    CHECK_SYS(mkdir(fs->store, 0700));
    if (mount("tmpfs", fs->store, "tmpfs", 0, NULL) < 0)
        check_skip("a tmpfs cannot be mounted: %s", strerror(errno));
    device = mount_device(fs->path);
    fs->test = getpid();
    fflush(NULL);
    server = CHECK_SYS(fork());
    if (server == 0)
        be_server(fs, device);
    fs->server = server;
    close(device);
    return fs;
}

void slowfs_unmount(struct slowfs *fs)
{
    int status;

    CHECK_SYS(umount2(fs->path, MNT_DETACH));
    CHECK_SYS(kill(fs->server, SIGKILL));
    CHECK_EQ(waitpid(fs->server, &status, 0), fs->server);
    CHECK_SYS(umount2(fs->store, MNT_DETACH));
    CHECK_SYS(rmdir(fs->store));
    munmap(fs, sizeof *fs);
}

void slowfs_delay(struct slowfs *fs, unsigned quick, int64_t delay_ns)
{
    fs->quick = fs->requests + quick;
    fs->delay_ns = delay_ns;
}

void slowfs_remember(struct slowfs *fs, int yes)
{
    fs->remember = yes;
}

void slowfs_watch(struct slowfs *fs, int thread, int often)
{
    fs->thread = 0;
    fs->blamed = 0;
    fs->often = often;
    fs->thread = thread;
}

const char *slowfs_blame(const struct slowfs *fs)
{
    return fs->blamed ? fs->blame : NULL;
}

unsigned slowfs_requests(const struct slowfs *fs)
{
    return fs->requests;
}
