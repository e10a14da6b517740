/* SPDX-License-Identifier: MIT */
/*
 * A hundred files written at the same time, then all read back into a list; and the same done blocking, one
 * after the other: hundred_files FOLDER
 * Both are timed, and both begin without the files.
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES      100
#define FILE_BYTES 4096

struct file {
    char path[512];
    char content[FILE_BYTES];
    nw_bytes read_back;
};

static struct file files[FILES];

/* "w+": made or emptied, written, and read again through the same descriptor. */
static int write_file(void *arg)
{
    const struct file *file = arg;
    char check[FILE_BYTES];
    int fd = nw_fd_open(file->path, O_RDWR | O_CREAT | O_TRUNC, 0666);

    if (fd < 0)
        return fd;
    ssize_t n = nw_fd_write(fd, file->content, FILE_BYTES);
    if (n == FILE_BYTES)
        n = nw_fd_pread(fd, check, FILE_BYTES, 0);
    nw_fd_close(fd);
    if (n < 0)
        return (int)n;
    return n == FILE_BYTES && memcmp(check, file->content, FILE_BYTES) == 0 ? 0 : -EIO;
}

static int read_file(void *arg)
{
    struct file *file = arg;

    return nw_read_file(file->path, FILE_BYTES, &file->read_back);
}

static int concurrently(void *arg)
{
    int64_t *elapsed_ns = arg, began_ns = nw_now();
    int rc = nw_each(files, FILES, sizeof files[0], 0, write_file); /* 0: all at once */

    if (rc == 0)
        rc = nw_each(files, FILES, sizeof files[0], 0, read_file);
    *elapsed_ns = nw_now() - began_ns;
    return rc;
}

static int blocking(int64_t *elapsed_ns)
{
    char content[FILE_BYTES];
    int64_t began_ns = nw_now();

    for (int i = 0; i < FILES; i++) {
        FILE *stream = fopen(files[i].path, "w+e");
        if (!stream)
            return -errno;
        size_t written = fwrite(files[i].content, 1, FILE_BYTES, stream);
        rewind(stream);
        size_t read = fread(content, 1, FILE_BYTES, stream);
        if (fclose(stream) != 0 || written != FILE_BYTES || read != FILE_BYTES)
            return -EIO;
    }
    *elapsed_ns = nw_now() - began_ns;
    return 0;
}

static void remove_files(void)
{
    for (int i = 0; i < FILES; i++)
        unlink(files[i].path);
}

static int count_same(void)
{
    int same = 0;

    for (int i = 0; i < FILES; i++) {
        same += files[i].read_back.size == FILE_BYTES &&
                memcmp(files[i].read_back.data, files[i].content, FILE_BYTES) == 0;
        nw_bytes_finish(&files[i].read_back);
    }
    return same;
}

int main(int argc, char **argv)
{
    int64_t concurrent_ns = 0, blocking_ns = 0;

    for (int i = 0; i < FILES; i++) {
        snprintf(files[i].path, sizeof files[i].path, "%s/hundred-%d", argc > 1 ? argv[1] : ".", i);
        memset(files[i].content, 'a' + i % 26, FILE_BYTES);
    }
    int rc = nw_run(concurrently, &concurrent_ns);
    int same = count_same();
    remove_files();
    if (rc == 0)
        rc = blocking(&blocking_ns);
    remove_files();
    if (rc < 0) {
        fprintf(stderr, "hundred_files: %s\n", nw_strerror(rc));
        return 1;
    }
    printf("%d files written and read back\n", same);
    printf("concurrently: %.1f ms, blocking: %.1f ms\n", (double)concurrent_ns / 1e6,
           (double)blocking_ns / 1e6);
    return same != FILES;
}
