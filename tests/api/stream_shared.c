/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that several processes share, as a shell's redirections are: each goes on where the one before
 * it has stopped, none overwrites what another wrote, and what is printed comes out when the loop ends.
 */
#include "../support/runtime.h"

/* Run fn as a task in a child of its own, which has `fd` as its standard input or output. */
static void run_with(int fd, int as, nw_task_fn *fn)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = CHECK_SYS(fork());
    if (pid == 0) {
        CHECK_SYS(dup2(fd, as));
        _exit(nw_run(fn, NULL) == 0 ? 0 : 1);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static int read_a_line(void *arg)
{
    nw_slice line;

    (void)arg;
    CHECK_EQ(nw_read_line(nw_stdin(), &line), 6);
    return 0;
}

static int read_a_line_and_flush(void *arg)
{
    char rest[3];

    CHECK_EQ(read_a_line(arg), 0);
    CHECK_EQ(nw_flush(nw_stdin()), 0);
    CHECK_EQ(lseek(0, 0, SEEK_CUR), 12);
    CHECK_EQ(read(0, rest, 3), 3); /* behind its back */
    CHECK_EQ(nw_read(nw_stdin(), rest, 3), 3);
    CHECK_MEM(rest, "e2\n", 3);
    return 0;
}

/* (a; b; cat) < in */
static void input_goes_on(void)
{
    char rest[16];
    int fd;

    check_write_file("in", "line0\nline1\nline2\nline3\n", 24);
    fd = CHECK_SYS(open("in", O_RDONLY | O_CLOEXEC));
    run_with(fd, STDIN_FILENO, read_a_line);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
    run_with(fd, STDIN_FILENO, read_a_line_and_flush);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 18);
    CHECK_EQ(read(fd, rest, sizeof rest), 6);
    CHECK_MEM(rest, "line3\n", 6);
    close(fd);
}

static int print(void *arg)
{
    nw_stream *out = nw_stdout();

    (void)arg;
    CHECK(out == nw_stdout());
    CHECK_EQ(nw_printf(out, "%s\n", "hello"), 6);
    off_t before = lseek(1, 0, SEEK_CUR); /* the call below can flush */
    CHECK_EQ(nw_tell(out), before + 6);
    return 0; /* not flushed: the loop does it */
}

static int print_and_close(void *arg)
{
    CHECK_EQ(print(arg), 0);
    CHECK_EQ(nw_close(nw_stdout()), 0);
    CHECK_EQ(nw_write(nw_stdout(), "still\n", 6), 6);
    CHECK_EQ(fcntl(1, F_GETFD) >= 0, true);
    return 0;
}

static void output_goes_on(int flags)
{
    int fd = CHECK_SYS(open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600));

    run_with(fd, STDOUT_FILENO, print);
    CHECK_EQ(write(fd, "between\n", 8), 8);
    run_with(fd, STDOUT_FILENO, print_and_close);
    check_file_holds("out", "hello\nbetween\nhello\nstill\n", 26);
    close(fd);
}

static int print_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2000; i++) {
        CHECK_EQ(nw_printf(nw_stdout(), "%05d\n", i), 6);
        if (i % 3 == 0)
            CHECK_EQ(nw_flush(nw_stdout()), 0);
    }
    return 0;
}

/* (a & b & c & wait) > out */
static void output_at_once(int flags)
{
    int fd = CHECK_SYS(open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600));
    int counts[2000] = {0}, status;
    pid_t pids[3];
    char line[7] = "";

    fflush(NULL);
    for (int i = 0; i < 3; i++) {
        pids[i] = CHECK_SYS(fork());
        if (pids[i] == 0) {
            CHECK_SYS(dup2(fd, STDOUT_FILENO));
            _exit(nw_run(print_many, NULL) == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
        CHECK_EQ(status, 0);
    }
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3 * 2000 * 6);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    while (read(fd, line, 6) == 6) {
        CHECK_EQ(line[5], '\n');
        counts[atoi(line)]++;
    }
    for (int i = 0; i < 2000; i++)
        CHECK_EQ(counts[i], 3);
    close(fd);
}

/* Reading and writing through one that is shared: each finds the position where the other left it. */
static int both(void *arg)
{
    int fd = CHECK_SYS(open("in", O_RDWR | O_CLOEXEC)), other = CHECK_SYS(dup(fd));
    nw_stream *stream;
    nw_slice line;

    (void)arg;
    CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
    CHECK_EQ(nw_open_fd(fd, "r+", &stream), 0);
    CHECK_EQ(nw_tell(stream), 6);
    CHECK_EQ(nw_read_line(stream, &line), 6);
    CHECK_EQ(nw_write(stream, "LINE", 4), 4);
    CHECK_EQ(nw_flush(stream), 0);
    CHECK_EQ(lseek(other, 0, SEEK_CUR), 16);
    CHECK_EQ(nw_read_line(stream, &line), 2);
    CHECK_EQ(nw_seek(stream, 1, SEEK_SET), 1);
    CHECK_EQ(lseek(other, 0, SEEK_CUR), 1);
    CHECK_EQ(nw_write(stream, "I", 1), 1);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(lseek(other, 0, SEEK_CUR), 2);
    close(other);
    check_file_holds("in", "lIne0\nline1\nLINE2\nline3\n", 24);
    fd = CHECK_SYS(open("in", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(nw_open_fd(fd, "r+", &stream), -EINVAL);
    close(fd);
    CHECK_EQ(nw_open_fd(12345, "r", &stream), -EBADF);
    return 0;
}

/* A stream that nobody closed: what was written is in the file when the loop has ended. */
static int leave_open(void *arg)
{
    nw_stream *stream;

    (void)arg;
    CHECK_EQ(nw_open("left", "w", &stream), 0);
    CHECK_EQ(nw_write(stream, "content", 7), 7);
    CHECK_EQ(nw_open("in", "r", &stream), 0);
    CHECK_EQ(nw_skip(stream, 1), 1);
    return 0;
}

int main(void)
{
    int before;

    check_enter_folder();
    CHECK_EQ(nw_run(task_return_zero, NULL), 0);
    before = check_open_fds();
    input_goes_on();
    output_goes_on(0);
    output_goes_on(O_APPEND);
    output_at_once(O_APPEND);
    output_at_once(0);
    CHECK_EQ(nw_run(both, NULL), 0);
    CHECK_EQ(nw_run(leave_open, NULL), 0);
    check_file_holds("left", "content", 7);
    CHECK_EQ(check_open_fds(), before);
    return 0;
}
