/* SPDX-License-Identifier: MIT */
/*
 * Read a file whole and print it; open another and write two lines: read_and_write FROM TO
 * Whatever happens on the way, the descriptor is closed and the memory freed.
 */
#include <nowait.h>
#include <stdio.h>
#include <string.h>

struct paths {
    const char *from;
    const char *to;
};

static int print_file(const char *path)
{
    nw_bytes text;
    int rc = nw_read_file(path, 16 * 1024 * 1024, &text); /* a longer one is -EFBIG, not cut off */

    if (rc < 0)
        return rc;
    fwrite(text.data, 1, text.size, stdout);
    nw_bytes_finish(&text);
    return 0;
}

/* Everything, or an error: a disk that fills up shows as a short count first. */
static int write_text(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = nw_fd_write(fd, text, left);
        if (n < 0)
            return (int)n;
        text += n;
        left -= (size_t)n;
    }
    return 0;
}

static int write_two_lines(const char *path)
{
    int fd = nw_fd_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int rc, closed;

    if (fd < 0)
        return fd;
    rc = write_text(fd, "first line\n");
    if (rc == 0)
        rc = write_text(fd, "second line\n");
    closed = nw_fd_close(fd); /* also in a cancelled task; can report what a late write-back met */
    return rc < 0 ? rc : closed;
}

static int run(void *arg)
{
    const struct paths *paths = arg;
    int rc = print_file(paths->from);

    return rc < 0 ? rc : write_two_lines(paths->to);
}

int main(int argc, char **argv)
{
    struct paths paths = {argc > 2 ? argv[1] : "", argc > 2 ? argv[2] : ""};
    int rc = argc == 3 ? nw_run(run, &paths) : -EINVAL;

    if (rc < 0)
        fprintf(stderr, "read_and_write: %s\n", nw_strerror(rc));
    return rc < 0;
}
