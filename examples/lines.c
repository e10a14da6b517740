/* SPDX-License-Identifier: MIT */
/*
 * Count the lines of many files at once: lines FILE...
 * The first program of README.md, where this text stands word for word.
 */
#include <nowait.h>
#include <stdio.h>

struct job {
    char **paths;
    size_t count;
};

static int failures;

/* An ordinary function, run as a task. Only this task waits here; the others run meanwhile. */
static int count_lines(void *arg)
{
    const char *path = *(char **)arg;
    char data[32768];
    size_t lines = 0;
    ssize_t n;

    int fd = nw_fd_open(path, O_RDONLY, 0);
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", path, nw_strerror(fd));
        failures++;
        return 0; /* an error would cancel the others */
    }
    while ((n = nw_fd_read(fd, data, sizeof data)) > 0)
        for (ssize_t i = 0; i < n; i++)
            lines += data[i] == '\n';
    nw_fd_close(fd);
    if (n == 0)
        printf("%zu %s\n", lines, path);
    return (int)n;
}

static int count_all(void *arg)
{
    struct job *job = arg;

    return nw_each(job->paths, job->count, sizeof *job->paths, 32, count_lines); /* 32 at a time */
}

int main(int argc, char **argv)
{
    struct job job = {argv + 1, (size_t)argc - 1};

    return nw_run(count_all, &job) < 0 || failures > 0;
}
