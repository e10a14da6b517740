/* SPDX-License-Identifier: MIT */
/*
 * Count the lines of many files at once: lines FILE...
 * The first program of README.md, where this text stands word for word.
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

struct file {
    const char *path;
    size_t lines;
    int error;
};

struct files {
    struct file *items;
    size_t count;
};

/* An ordinary function, run as a task. Where it waits, only this task waits;
 * the others run meanwhile. */
static int count_lines(void *arg)
{
    struct file *file = arg;
    nw_stream *stream;
    nw_slice line;
    ssize_t n;

    file->error = nw_open(file->path, "r", &stream);
    if (file->error < 0)
        return 0; /* to return the error would cancel the other tasks */
    while ((n = nw_read_line(stream, &line)) > 0)
        file->lines++;
    nw_close(stream);
    file->error = (int)n;
    return 0;
}

static int count_all(void *arg)
{
    struct files *files = arg;

    return nw_each(files->items, files->count, sizeof *files->items, 32, count_lines); /* 32 at a time */
}

/* Returns whether all files could be read. */
static bool print(const struct files *files)
{
    bool good = true;

    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[i];
        if (file->error == 0)
            printf("%zu %s\n", file->lines, file->path);
        else
            fprintf(stderr, "%s: %s\n", file->path, nw_strerror(file->error));
        good = good && file->error == 0;
    }
    return good;
}

int main(int argc, char **argv)
{
    struct files files = {calloc((size_t)argc, sizeof(struct file)), (size_t)argc - 1};
    int rc = files.items ? 0 : -ENOMEM;

    for (size_t i = 0; i < files.count && rc == 0; i++)
        files.items[i].path = argv[i + 1];
    if (rc == 0)
        rc = nw_run(count_all, &files); /* -ECANCELED after Ctrl-C */
    if (rc < 0)
        fprintf(stderr, "lines: %s\n", nw_strerror(rc));
    bool good = rc >= 0 && print(&files);
    free(files.items);
    return good ? 0 : 1;
}
