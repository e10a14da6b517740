/* SPDX-License-Identifier: MIT */
/*
 * Open a file, read all of it, print it; open another, write two lines.
 * Whatever fails on the way, and also when the task is cancelled, every file is
 * closed and all memory is freed.
 *
 *     read_write_files INPUT OUTPUT
 */
#include <nowait.h>
#include <stdio.h>

struct names {
    const char *input;
    const char *output;
};

static int print_file(const char *path)
{
    nw_stream *file;
    nw_bytes text;

    int rc = nw_open(path, "r", &file);
    if (rc < 0)
        return rc;
    rc = nw_read_all(file, 1024 * 1024, &text); /* more than a MiB is -EFBIG */
    nw_close(file);                             /* closes also when this task was cancelled */
    if (rc < 0)
        return rc;
    ssize_t n = nw_write(nw_stdout(), text.data, text.size);
    nw_bytes_finish(&text);
    return n < 0 ? (int)n : 0;
}

static int write_two_lines(const char *path)
{
    static const char *const lines[] = {"the first line\n", "the second line\n"};
    nw_stream *file;

    int rc = nw_open(path, "w", &file);
    if (rc < 0)
        return rc;
    ssize_t n = nw_write_lines(file, lines, 2);
    rc = nw_close(file); /* writes what is still in the buffer: look at what it says */
    return n < 0 ? (int)n : rc;
}

static int run(void *arg)
{
    const struct names *names = arg;
    nw_bytes text;
    int rc = print_file(names->input);

    if (rc == 0)
        rc = write_two_lines(names->output);
    if (rc == 0)
        rc = nw_read_file(names->output, 1024 * 1024, &text); /* or all in one call */
    if (rc < 0)
        return rc;
    rc = nw_printf(nw_stdout(), "%s: %zu bytes\n", names->output, text.size);
    nw_bytes_finish(&text);
    return rc < 0 ? rc : nw_flush(nw_stdout());
}

int main(int argc, char **argv)
{
    struct names names = {argc == 3 ? argv[1] : NULL, argc == 3 ? argv[2] : NULL};

    if (argc != 3) {
        fprintf(stderr, "usage: %s INPUT OUTPUT\n", argv[0]);
        return 2;
    }
    int rc = nw_run(run, &names);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], nw_strerror(rc));
    return rc < 0;
}
