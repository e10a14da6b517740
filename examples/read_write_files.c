/* SPDX-License-Identifier: MIT */
/*
 * Scenario 3: open a file, read all of it, print it; open another, write two lines. Whatever fails on the
 * way, and also when the task is cancelled, every descriptor is closed.
 *
 *     read_write_files INPUT OUTPUT
 */
#include <nowait.h>
#include <stdio.h>
#include <string.h>

struct names {
    const char *input;
    const char *output;
};

/* With a descriptor in our own hands. */
static int print_file(const char *path)
{
    char buffer[4096];
    ssize_t n;
    int fd = nw_fd_open(path, O_RDONLY, 0);

    if (fd < 0)
        return fd;
    while ((n = nw_fd_read(fd, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)n, stdout);
    nw_fd_close(fd); /* closes also when this task was cancelled */
    return n < 0 ? (int)n : 0;
}

static int write_two_lines(const char *path)
{
    static const char *const lines[] = {"the first line\n", "the second line\n"};
    ssize_t n = 0;
    int rc, fd = nw_fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

    if (fd < 0)
        return fd;
    for (size_t i = 0; i < 2 && n >= 0; i++)
        n = nw_fd_write(fd, lines[i], strlen(lines[i]));
    rc = nw_fd_close(fd); /* what the disk has to say of the writes, it may say now */
    return n < 0 ? (int)n : rc;
}

static int run(void *arg)
{
    const struct names *names = arg;
    nw_bytes bytes;
    int rc = print_file(names->input);

    if (rc == 0)
        rc = write_two_lines(names->output);
    if (rc == 0)
        rc = nw_read_file(names->output, 1024 * 1024, &bytes); /* or all in one call */
    if (rc < 0)
        return rc;
    printf("%s: %zu bytes\n", names->output, bytes.size);
    nw_bytes_finish(&bytes);
    return 0;
}

int main(int argc, char **argv)
{
    struct names names = {argc == 3 ? argv[1] : NULL, argc == 3 ? argv[2] : NULL};
    int rc;

    if (argc != 3) {
        fprintf(stderr, "usage: %s INPUT OUTPUT\n", argv[0]);
        return 2;
    }
    rc = nw_run(run, &names);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], nw_strerror(rc));
    return rc < 0;
}
