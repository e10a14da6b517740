/* SPDX-License-Identifier: MIT */
/*
 * Modes and positions are those of Python's open(): x, a, r, r+, w+;
 * writelines, read(n), seek, tell, truncate.
 *
 *     file_modes FILE        (made, changed; prints what each step finds)
 */
#include <nowait.h>
#include <stdio.h>

/* Prints text on one line. */
static void show(const char *what, const char *text, ssize_t size_bytes)
{
    printf("%s '", what);
    for (ssize_t i = 0; i < size_bytes; i++)
        text[i] == '\n' ? printf("\\n") : putchar(text[i]);
    printf("'\n");
}

static int show_read(nw_stream *file, const char *what, size_t size_bytes)
{
    char text[64];

    ssize_t n = nw_read(file, text, size_bytes < sizeof text ? size_bytes : sizeof text);
    if (n >= 0)
        show(what, text, n);
    return n < 0 ? (int)n : 0;
}

/* The position, or an error as text: in a program it would be returned. */
static void show_position(const char *what, int64_t position)
{
    if (position < 0)
        printf("%s %s\n", what, nw_strerror((int)position));
    else
        printf("%s %lld\n", what, (long long)position);
}

static int make(const char *path)
{
    static const char *const lines[] = {"one\n", "two\n", "three\n"};
    nw_stream *file;

    int rc = nw_open(path, "x", &file);
    if (rc < 0)
        return rc;
    ssize_t n = nw_write_lines(file, lines, 3);
    show_position("x: written up to", nw_tell(file));
    rc = nw_close(file); /* what could not be written, it says now */
    if (nw_open(path, "x", &file) == -EEXIST)
        printf("x: it must not exist\n");
    return n < 0 ? (int)n : rc;
}

static int append(const char *path)
{
    nw_stream *file;

    int rc = nw_open(path, "a", &file);
    if (rc < 0)
        return rc;
    show_position("a: begins at", nw_tell(file));
    nw_seek(file, 0, SEEK_SET); /* changes nothing: all is written at the end */
    ssize_t n = nw_write(file, "four\n", 5);
    rc = nw_flush(file); /* only the kernel knows where that is */
    show_position("a: ends at", nw_tell(file));
    int closed = nw_close(file);
    return n < 0 ? (int)n : rc < 0 ? rc : closed;
}

static int read_parts(const char *path)
{
    nw_stream *file;
    nw_slice line;
    ssize_t n = 0;

    int rc = nw_open(path, "r", &file);
    if (rc < 0)
        return rc;
    rc = show_read(file, "r: read(6)", 6);
    show_position("r: now at", nw_tell(file));
    if (rc == 0 && (n = nw_read_line(file, &line)) > 0)
        show("r: the rest of the line", line.data, n);
    show_position("r: five before the end:", nw_seek(file, -5, SEEK_END));
    if (rc == 0)
        rc = show_read(file, "r: there is", 60);
    if (rc == 0)
        rc = show_read(file, "r: and then", 60);
    printf("r: can%s be written\n", nw_write(file, "x", 1) == -EBADF ? "not" : "");
    nw_close(file);
    return n < 0 ? (int)n : rc;
}

static int change(const char *path)
{
    nw_stream *file;

    int rc = nw_open(path, "r+", &file);
    if (rc < 0)
        return rc;
    rc = show_read(file, "r+: read(4)", 4);
    ssize_t n = nw_write(file, "TWO\n", 4); /* where reading has come to */
    if (rc == 0)
        rc = show_read(file, "r+: after what was written", 6);
    show_position("r+: cut to", nw_truncate(file, 14));
    show_position("r+: still at", nw_tell(file));
    show_position("r+: back to", nw_seek(file, 0, SEEK_SET));
    if (rc == 0)
        rc = show_read(file, "r+: all", 60);
    int closed = nw_close(file);
    return rc < 0 ? rc : n < 0 ? (int)n : closed;
}

static int write_and_read_back(const char *path)
{
    nw_stream *file;

    int rc = nw_open(path, "w+", &file);
    if (rc < 0)
        return rc;
    rc = show_read(file, "w+: begins with", 60);
    int n = nw_printf(file, "%d bottles\n", 99);
    show_position("w+: now at", nw_tell(file));
    show_position("w+: back to", nw_seek(file, 3, SEEK_SET));
    if (rc == 0)
        rc = show_read(file, "w+: there is", 60);
    int closed = nw_close(file);
    return rc < 0 ? rc : n < 0 ? n : closed;
}

static int run(void *arg)
{
    int (*const steps[])(const char *path) = {make, append, read_parts, change, write_and_read_back};
    int rc = 0;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && rc == 0; i++)
        rc = steps[i](arg);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: file_modes FILE\n");
        return 2;
    }
    int rc = nw_run(run, argv[1]);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[1], nw_strerror(rc));
    return rc < 0;
}
