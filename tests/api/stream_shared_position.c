/* SPDX-License-Identifier: MIT */
/*
 * Who shares a descriptor goes on where the stream was: (prog; cat) <file, and (prog; prog) >file. After each
 * flush and at the close the descriptor's position is the stream's, whatever was read ahead.
 */
#include "check.h"
#include <nowait.h>
#include <sys/wait.h>

#define LINES 1000 /* more than any buffer of what follows would hold at once */

static int64_t position(int fd)
{
    return CHECK_SYS(lseek(fd, 0, SEEK_CUR));
}

/* Run `fn` in a process that has this descriptor as `number`; its position afterwards. */
static int64_t in_a_process(int fd, int number, nw_task_fn *fn)
{
    pid_t pid = CHECK_SYS(fork());
    int status;

    if (pid == 0) {
        CHECK_SYS(dup2(fd, number));
        _exit(nw_run(fn, NULL) == 0 ? 0 : 1);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return position(fd);
}

static int read_one_line(void *arg)
{
    nw_slice line;

    (void)arg;
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 9);
    return 0;
}

static int read_and_close(void *arg)
{
    nw_slice line;

    (void)arg;
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 9);
    CHECK_EQ(nw_peek(nw_stdin(), 100, &line) >= 100, 1);
    CHECK_EQ(nw_close(nw_stdin()), 0);
    CHECK_EQ(position(0), nw_tell(nw_stdin()));
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 9); /* it was not closed */
    return 0;
}

static void input(void)
{
    FILE *file = fopen("input", "we");
    int fd;

    for (int i = 0; i < LINES; i++)
        fprintf(file, "line%04d\n", i);
    CHECK_EQ(fclose(file), 0);
    fd = CHECK_SYS(open("input", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(in_a_process(fd, 0, read_one_line), 9);
    CHECK_EQ(in_a_process(fd, 0, read_one_line), 18);
    CHECK_EQ(in_a_process(fd, 0, read_and_close), 36);
    close(fd);
}

static int print(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_printf(nw_stdout(), "%s", "printed\n"), 8);
    return 0;
}

static int print_more(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_write(nw_stdout(), "1", 1), 1);
    CHECK_EQ(nw_flush(nw_stdout()), 0);
    CHECK_EQ(position(1), nw_tell(nw_stdout()));
    CHECK_EQ(nw_write(nw_stdout(), "2", 1), 1);
    return 0;
}

static void output(int flags)
{
    int fd = CHECK_SYS(open("output", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600));

    CHECK_EQ(in_a_process(fd, 1, print), 8);
    CHECK_EQ(in_a_process(fd, 1, print_more), 10);
    CHECK_EQ(write(fd, "me", 2), 2);
    CHECK_EQ(in_a_process(fd, 1, print), 20);
    check_file_holds("output", "printed\n12meprinted\n", 20);
    close(fd);
}

/* A stream over a descriptor that has another owner beside it, in one process. */
static int by_descriptor(void *arg)
{
    nw_stream *stream;
    nw_slice line;
    char data[4];
    int fd = CHECK_SYS(open("input", O_RDWR | O_CLOEXEC)), other = CHECK_SYS(dup(fd));

    (void)arg;
    CHECK_EQ(lseek(other, 9, SEEK_SET), 9);
    CHECK_EQ(nw_open_fd(fd, "r+", &stream), 0);
    CHECK_EQ(nw_tell(stream), 9);
    CHECK_EQ(nw_read_line(stream, &line), 9);
    CHECK_MEM(line.data, "line0001\n", 9);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(position(other), 18);
    CHECK_EQ(nw_read_line(stream, &line), 9);
    CHECK_EQ(nw_write(stream, "LINE", 4), 4);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(position(other), 31);
    CHECK_EQ(nw_read(stream, data, 4), 4);
    CHECK_MEM(data, "0003", 4);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(position(other), 35);
    CHECK_EQ(pread(other, data, 4, 27), 4);
    CHECK_MEM(data, "LINE", 4);
    close(other);
    return 0;
}

int main(void)
{
    check_enter_folder();
    input();
    output(0);
    output(O_APPEND);
    CHECK_EQ(nw_run(by_descriptor, NULL), 0);
    return 0;
}
