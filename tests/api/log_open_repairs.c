/* SPDX-License-Identifier: MIT */
/*
 * What nw_log_open() makes of the end of a file: a torn line goes, a file that is no log gets a newline,
 * nothing is touched that another log may be writing; and what it refuses.
 */
#include "../support/runtime.h"
#include <fcntl.h>
#include <sys/file.h>

static nw_logger *logger;

/* `count` bytes of `c`, after `begin`. */
static void make_file(const char *begin, char c, size_t count)
{
    FILE *file = fopen("log", "we");

    CHECK(file);
    fputs(begin, file);
    while (count--)
        fputc(c, file);
    CHECK_EQ(fclose(file), 0);
}

static void open_and_add(const char *line)
{
    nw_log_options options = {.time_format = "", .entry_limit_bytes = 10000};

    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(nw_log(logger, "%s", line), 0);
    CHECK_EQ(nw_log_close(logger), 0);
}

static void check_holds(const char *text)
{
    check_file_holds("log", text, strlen(text));
}

static void ends(void)
{
    make_file("", 0, 0);
    open_and_add("a");
    check_holds("a\n");
    make_file("one\n", 0, 0);
    open_and_add("a");
    check_holds("one\na\n");
    make_file("one\ntw", 0, 0);
    open_and_add("a");
    check_holds("one\na\n");
    make_file("one\n", 'x', 9000); /* over more than one block */
    open_and_add("a");
    check_holds("one\na\n");
    make_file("on", 0, 0);
    open_and_add("a");
    check_holds("on\na\n");
    make_file("", '\n', 1);
    open_and_add("a");
    check_holds("\na\n");
}

static void far_from_the_last_newline(void)
{
    struct stat status;

    make_file("one\n", 'x', 100000);
    open_and_add("a");
    CHECK_SYS(stat("log", &status));
    CHECK_EQ(status.st_size, 4 + 100000 + 1 + 2);
}

/* One log is open while another is opened: its last line is not a crash's. */
static void shared(void)
{
    nw_log_options options = {.time_format = ""};
    nw_logger *other;

    make_file("one\n", 0, 0);
    CHECK_EQ(nw_log_open(&options, "log", &other), 0);
    int fd = CHECK_SYS(open("log", O_WRONLY | O_APPEND | O_CLOEXEC));
    CHECK_EQ(write(fd, "tw", 2), 2);
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_EQ(write(fd, "o\n", 2), 2);
    close(fd);
    CHECK_EQ(nw_log(logger, "three"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_EQ(nw_log(other, "four"), 0);
    CHECK_EQ(nw_log_close(other), 0);
    check_holds("one\ntwo\nthree\nfour\n");
    CHECK_SYS(unlink("log"));
}

/* It is opened while somebody else has it for a repair: then it is held from the next entry on. */
static void opened_meanwhile(void)
{
    nw_log_options options = {.time_format = ""};

    make_file("one\n", 0, 0);
    int fd = CHECK_SYS(open("log", O_WRONLY | O_CLOEXEC));
    CHECK_SYS(flock(fd, LOCK_EX | LOCK_NB));
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    CHECK_SYS(flock(fd, LOCK_UN));
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(flock(fd, LOCK_EX | LOCK_NB), -1);
    CHECK_EQ(errno, EWOULDBLOCK);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(flock(fd, LOCK_EX | LOCK_NB));
    close(fd);
    check_holds("one\ntwo\n");
    CHECK_SYS(unlink("log"));
}

static void refused(void)
{
    nw_log_options options = {0};
    int open_before = check_open_fds();

    CHECK_EQ(nw_log_open(NULL, NULL, &logger), -EINVAL);
    CHECK_EQ(nw_log_open(NULL, "", &logger), -EINVAL);
    CHECK_EQ(nw_log_open(NULL, "log", NULL), -EINVAL);
    CHECK_EQ(nw_log_open(NULL, "missing/log", &logger), -ENOENT);
    CHECK_EQ(nw_log_open(NULL, ".", &logger), -EISDIR);
    CHECK_SYS(mkfifo("fifo", 0600));
    CHECK_EQ(nw_log_open(NULL, "fifo", &logger), -ENXIO);
    CHECK_SYS(unlink("fifo"));
    options.reserved[5] = 1;
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    options = (nw_log_options){.rotate_bytes = -1};
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    options = (nw_log_options){.queue_bytes = SIZE_MAX};
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    options = (nw_log_options){.full = (enum nw_log_full)9};
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    options = (nw_log_options){.time_format = "%Y\n"};
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    options = (nw_log_options){.time_format = "%300Y"};
    CHECK_EQ(nw_log_open(&options, "log", &logger), -EINVAL);
    CHECK_EQ(access("log", F_OK), -1);

    options = (nw_log_options){.permissions = 0600};
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    struct stat status;
    CHECK_SYS(stat("log", &status));
    CHECK_EQ(status.st_mode & 07777, 0600);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_EQ(nw_log_close(NULL), 0);
    CHECK_EQ(check_open_fds(), open_before);
}

static int first(void *arg)
{
    (void)arg;
    ends();
    far_from_the_last_newline();
    shared();
    opened_meanwhile();
    refused();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(nw_log_open(NULL, "log", &logger), NW_ENOTASK);
    return 0;
}
