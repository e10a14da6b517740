/* SPDX-License-Identifier: MIT */
/* nw_copy_file: content, mode and holes; over an existing target; what it refuses; /proc; no partial target.
 */
#include "check.h"
#include <nowait.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

#define BIG (20 * 1024 * 1024 + 11)

static void content_and_mode(void)
{
    char *data = malloc(BIG);
    struct stat status;

    CHECK(data);
    for (size_t i = 0; i < BIG; i++)
        data[i] = (char)(i % 239);
    check_write_file("big", data, BIG);
    CHECK_SYS(chmod("big", 0751));
    CHECK_EQ(nw_copy_file("big", "copy", 0), 0);
    check_file_holds("copy", data, BIG);
    CHECK_SYS(stat("copy", &status));
    CHECK_EQ(status.st_mode & 07777, 0751);
    check_write_file("copy", data, BIG); /* a longer one is there */
    check_write_file("small", "small", 5);
    CHECK_EQ(nw_copy_file("small", "copy", 0), 0);
    check_file_holds("copy", "small", 5);
    CHECK_EQ(nw_copy_file("small", "copy", NW_EXCL), -EEXIST);
    check_write_file("empty", "", 0);
    CHECK_EQ(nw_copy_file("empty", "copy", 0), 0);
    check_file_holds("copy", "", 0);
    CHECK_SYS(unlink("copy"));
    free(data);
}

static void holes(void)
{
    int fd = CHECK_SYS(open("sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    struct stat from, to;
    char data[4];

    CHECK_EQ(pwrite(fd, "mid", 3, 1 << 30), 3);
    CHECK_SYS(ftruncate(fd, (off_t)5 << 30));
    CHECK_EQ(nw_copy_file("sparse", "copy", 0), 0);
    CHECK_SYS(fstat(fd, &from));
    CHECK_SYS(stat("copy", &to));
    CHECK_EQ(to.st_size, (off_t)5 << 30);
    CHECK(to.st_blocks <= from.st_blocks + 64);
    close(fd);
    fd = CHECK_SYS(open("copy", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(pread(fd, data, 3, 1 << 30), 3);
    CHECK_MEM(data, "mid", 3);
    close(fd);
    CHECK_SYS(unlink("sparse"));
    CHECK_SYS(unlink("copy"));
}

static void refused(void)
{
    CHECK_EQ(nw_copy_file("small", "small", 0), -EINVAL);
    CHECK_SYS(link("small", "same"));
    CHECK_EQ(nw_copy_file("small", "same", 0), -EINVAL);
    check_file_holds("small", "small", 5);
    CHECK_EQ(nw_copy_file("folder", "copy", 0), -EISDIR);
    CHECK_EQ(nw_copy_file("small", "folder", 0), -EISDIR);
    CHECK_EQ(nw_copy_file("/dev/zero", "copy", 0), -EINVAL);
    CHECK_EQ(nw_copy_file("fifo", "copy", 0), -EINVAL);
    CHECK_EQ(nw_copy_file("small", "/dev/null", 0), -EINVAL);
    CHECK_EQ(nw_copy_file("small", "none/copy", 0), -ENOENT);
    CHECK_EQ(nw_copy_file("small", "copy", 0x80), -EINVAL);
    CHECK_EQ(nw_copy_file(NULL, "copy", 0), -EINVAL);
    CHECK_EQ(nw_exists("copy"), 0);
    CHECK_SYS(unlink("same"));
}

static void made_up_files(void)
{
    CHECK_EQ(nw_copy_file("/proc/sys/kernel/ostype", "copy", 0), 0);
    check_file_holds("copy", "Linux\n", 6);
    CHECK_SYS(chmod("copy", 0600));
    CHECK_SYS(unlink("copy"));
}

/* In sysfs every file is said to have 4096 bytes. */
static void size_that_is_not_true(void)
{
    static const char path[] = "/sys/kernel/fscaps";
    char data[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return; /* no sysfs here */
    ssize_t n = CHECK_SYS(read(fd, data, sizeof data));
    close(fd);
    CHECK_EQ(nw_copy_file(path, "copy", 0), 0);
    check_file_holds("copy", data, (size_t)n);
    CHECK_SYS(chmod("copy", 0600));
    CHECK_SYS(unlink("copy"));
}

static atomic_bool appending;

static void *append(void *arg)
{
    int fd = CHECK_SYS(open("log", O_WRONLY | O_APPEND | O_CLOEXEC));

    while (atomic_load(&appending))
        CHECK_EQ(write(fd, "entry;\n", 7), 7);
    close(fd);
    return arg;
}

/* What is appended meanwhile is in the copy or is not: there are no zeros in its place. */
static void source_that_grows(void)
{
    pthread_t thread;
    nw_bytes copied;

    check_write_file("log", "entry;\n", 7);
    atomic_store(&appending, true);
    CHECK_EQ(pthread_create(&thread, NULL, append, NULL), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(nw_copy_file("log", "copy", 0), 0);
        CHECK_EQ(nw_read_file("copy", 0, &copied), 0);
        CHECK(!memchr(copied.data, 0, copied.size));
        nw_bytes_finish(&copied);
        if (i % 10 == 9)
            CHECK_SYS(truncate("log", 0));
    }
    atomic_store(&appending, false);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_SYS(unlink("log"));
    CHECK_SYS(unlink("copy"));
}

/* A limit on file sizes stands in for a full disk. */
static void partial_target_goes(void)
{
    struct rlimit before, limit;

    CHECK_SYS(getrlimit(RLIMIT_FSIZE, &before));
    limit = before;
    limit.rlim_cur = 1024 * 1024;
    signal(SIGXFSZ, SIG_IGN);
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &limit));
    CHECK_EQ(nw_copy_file("big", "copy", 0), -EFBIG);
    CHECK_EQ(nw_write_file("small", "0123456789", 10, NW_ATOMIC), 0);
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &before));
    CHECK_EQ(nw_exists("copy"), 0);
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    content_and_mode();
    holes();
    refused();
    made_up_files();
    size_that_is_not_true();
    source_that_grows();
    partial_target_goes();
    CHECK_EQ(check_count_entries("."), 5);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("folder", 0755));
    CHECK_SYS(mkfifo("fifo", 0600));
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
