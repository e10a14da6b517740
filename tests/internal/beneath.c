/* SPDX-License-Identifier: MIT */
/*
 * Files below a directory: whatever a name says, nothing outside is reached and nothing but a regular file is
 * opened; with openat2(2), without it, and where links may lead out.
 *
 * ctest: no-valgrind no-qemu (which lack openat2, so that links are not followed)
 */
#include <check.h>
#include <nowait.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../support/seccomp.h"
#include "io/beneath.h"

#define OPENED 1 /* and it holds "inside" */
#define FOLDER 2
#define OTHER  3 /* it is there, and is no file */

static bool by_names; /* there is no openat2(2) */

struct expectation {
    const char *name;
    int strict; /* links may not lead out */
    int leave;  /* they may */
    int named;  /* strict, and no openat2(2): no links at all */
};

static const struct expectation expectations[] = {
    {"file", OPENED, OPENED, OPENED},
    {"dir/file", OPENED, OPENED, OPENED},
    {"dir//file", OPENED, OPENED, OPENED},
    {"./dir/./file", OPENED, OPENED, OPENED},
    {"", FOLDER, FOLDER, FOLDER},
    {"dir", FOLDER, FOLDER, FOLDER},
    {"dir/", FOLDER, FOLDER, FOLDER},
    {"absent", -ENOENT, -ENOENT, -ENOENT},
    {"dir/absent", -ENOENT, -ENOENT, -ENOENT},
    {"file/", -ENOTDIR, -ENOTDIR, -ENOTDIR},
    {"file/x", -ENOTDIR, -ENOTDIR, -ENOTDIR},
    {"..", -EXDEV, FOLDER, -EXDEV},
    {"../outside", -EXDEV, OPENED, -EXDEV},
    {"dir/../../outside", -EXDEV, OPENED, -EXDEV},
    {"link", OPENED, OPENED, OTHER},
    {"dirlink/file", OPENED, OPENED, -ENOTDIR},
    {"dir/uplink", OPENED, OPENED, OTHER},
    {"out", -EXDEV, OPENED, OTHER},
    {"outdir/outside", -EXDEV, OPENED, -ENOTDIR},
    {"absolute", -EXDEV, FOLDER, OTHER},
    {"loop", -ELOOP, -ELOOP, OTHER},
    {"dangling", -ENOENT, -ENOENT, OTHER},
    {"fifo", OTHER, OTHER, OTHER},
    {"socket", OTHER, OTHER, OTHER},
    {"\\..\\outside", -ENOENT, -ENOENT, -ENOENT},
    {"%2e%2e/outside", -ENOENT, -ENOENT, -ENOENT},
    {"...", -ENOENT, -ENOENT, -ENOENT},
};

static void prepare(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "root/socket"};

    CHECK_SYS(mkdir("root", 0700));
    CHECK_SYS(mkdir("root/dir", 0700));
    check_write_file("outside", "inside", 6); /* so that the same content is looked for */
    check_write_file("root/file", "inside", 6);
    check_write_file("root/dir/file", "inside", 6);
    CHECK_SYS(symlink("dir/file", "root/link"));
    CHECK_SYS(symlink("dir", "root/dirlink"));
    CHECK_SYS(symlink("../file", "root/dir/uplink"));
    CHECK_SYS(symlink("../outside", "root/out"));
    CHECK_SYS(symlink("..", "root/outdir"));
    CHECK_SYS(symlink("/", "root/absolute"));
    CHECK_SYS(symlink("loop", "root/loop"));
    CHECK_SYS(symlink("nowhere", "root/dangling"));
    CHECK_SYS(mkfifo("root/fifo", 0600));
    CHECK_SYS(bind(CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&address, sizeof address));
}

static int kind_of(const struct nw__beneath *found)
{
    mode_t type = found->status.stx_mode & S_IFMT;

    if (found->fd >= 0)
        return OPENED;
    return type == S_IFDIR ? FOLDER : OTHER;
}

static void check_opened(int fd, const char *name)
{
    char data[8];

    if (pread(fd, data, sizeof data, 0) != 6 || memcmp(data, "inside", 6) != 0)
        check_fail(__FILE__, __LINE__, "\"%s\" is another file", name);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_RDONLY);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    nw__beneath_close(fd);
}

static void check_one(int root, const char *name, unsigned flags, int expected)
{
    struct nw__beneath found;
    int rc = nw__beneath_open(root, name, flags, &found);
    int got = rc < 0 ? rc : kind_of(&found);

    if (flags & NW__BENEATH_LOOK && expected == OPENED)
        expected = got == OTHER && S_ISREG(found.status.stx_mode) ? OTHER : OPENED;
    if (got != expected)
        check_fail(__FILE__, __LINE__, "\"%s\", flags %u: %d, not %d", name, flags, got, expected);
    if (rc == 0 && found.fd >= 0)
        check_opened(found.fd, name);
}

static int look_at_all(void *arg)
{
    int root, open_before = check_open_fds();

    (void)arg;
    errno = 77;
    CHECK_EQ(nw__beneath_root("root", &root), 0);
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *e = &expectations[i];
        int strict = by_names ? e->named : e->strict;

        check_one(root, e->name, 0, strict);
        check_one(root, e->name, NW__BENEATH_LOOK, strict);
        check_one(root, e->name, NW__BENEATH_LEAVE, e->leave);
        check_one(root, e->name, NW__BENEATH_LEAVE | NW__BENEATH_LOOK, e->leave);
    }
    check_one(root, "/etc/passwd", 0, -EXDEV);
    check_one(root, "//etc/passwd", 0, -EXDEV);
    nw__beneath_close(root);
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(nw__beneath_root("root/file", &root), -ENOTDIR);
    CHECK_EQ(nw__beneath_root("root/absent", &root), -ENOENT);
    return 0;
}

/* A name is swapped between a folder and a link that leads out, as fast as that goes, until both were met: no
 * file outside is opened. */
static int look_while_it_is_swapped(void *arg)
{
    int root, seen = 0, refused = 0;
    pid_t child = CHECK_SYS(fork());

    (void)arg;
    if (child == 0)
        for (;;)
            syscall(SYS_renameat2, AT_FDCWD, "root/swap", AT_FDCWD, "root/swapped", 2 /* RENAME_EXCHANGE */);
    CHECK_EQ(nw__beneath_root("root", &root), 0);
    for (int i = 0; i < 5000 || seen == 0 || refused == 0; i++) {
        struct nw__beneath found;
        int rc = nw__beneath_open(root, "swap/outside", 0, &found);

        if (rc == 0) {
            char data[8];
            CHECK_EQ(pread(found.fd, data, sizeof data, 0), 3); /* "mud", and not "inside" */
            nw__beneath_close(found.fd);
            seen++;
        } else if (rc == -EXDEV || rc == -EAGAIN || rc == -ENOTDIR || rc == -ELOOP)
            refused++;
        else
            check_fail(__FILE__, __LINE__, "%s", nw_strerror(rc));
    }
    nw__beneath_close(root);
    CHECK_SYS(kill(child, SIGKILL));
    CHECK_SYS(waitpid(child, NULL, 0));
    return 0;
}

static void run_without_openat2(int error)
{
    int status;
    pid_t child = CHECK_SYS(fork());

    if (child == 0) {
        if (seccomp_forbid(SYS_openat2, error) != 0)
            _exit(77);
        by_names = true;
        CHECK_EQ(nw_run(look_at_all, NULL), 0);
        CHECK_EQ(nw_run(look_while_it_is_swapped, NULL), 0);
        _exit(0);
    }
    CHECK_SYS(waitpid(child, &status, 0));
    CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

/* Behind the last message, a reader of /dev/kmsg waits: every one of them sees all, so nobody loses any. */
static int read_to_where_it_waits(void *arg)
{
    char data[8192];
    ssize_t n;
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    (void)arg;
    if (fd < 0)
        return 0; /* not here, or not for us */
    CHECK_SYS(lseek(fd, 0, SEEK_END));
    do {
        n = nw__beneath_read_generated(fd, data, sizeof data, 0);
    } while (n > 0 || n == -EPIPE); /* there was one in between; or very many */
    CHECK_EQ(n, 0);
    close(fd);
    return 0;
}

int main(void)
{
    check_enter_folder();
    prepare();
    CHECK_SYS(mkdir("root/swap", 0700));
    check_write_file("root/swap/outside", "mud", 3);
    CHECK_SYS(symlink("..", "root/swapped"));
    CHECK_EQ(nw_run(look_at_all, NULL), 0);
    CHECK_EQ(nw_run(look_while_it_is_swapped, NULL), 0);
    CHECK_EQ(nw_run(read_to_where_it_waits, NULL), 0);
    run_without_openat2(ENOSYS);
    run_without_openat2(EPERM);
    return 0;
}
