/* SPDX-License-Identifier: MIT */
/*
 * A batch of files, several at a time, with the results in the order of the arguments: batch FILE...
 * Here the work is a checksum (FNV-1a). A file that cannot be read is reported and does not stop the others.
 */
#include <inttypes.h>
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

#define AT_A_TIME 16

struct item {
    const char *path;
    uint64_t sum;
    int error;
};

struct batch {
    struct item *items;
    size_t count;
};

static int add_up(int fd, uint64_t *sum)
{
    unsigned char data[32768];
    ssize_t n;

    while ((n = nw_fd_read(fd, data, sizeof data)) > 0)
        for (ssize_t i = 0; i < n; i++)
            *sum = (*sum ^ data[i]) * 0x100000001b3u;
    return (int)n;
}

/* Returns 0 also when the file is at fault: an error would cancel the others. */
static int do_item(void *arg)
{
    struct item *item = arg;
    int fd = nw_fd_open(item->path, O_RDONLY, 0);

    item->sum = 0xcbf29ce484222325u;
    item->error = fd < 0 ? fd : add_up(fd, &item->sum);
    if (fd >= 0)
        nw_fd_close(fd);
    return nw_interrupted(); /* but a cancellation is not the file's fault */
}

static int do_batch(void *arg)
{
    struct batch *batch = arg;

    return nw_each(batch->items, batch->count, sizeof *batch->items, AT_A_TIME, do_item);
}

/* Returns: how many failed. */
static int print(const struct batch *batch)
{
    int failed = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct item *item = &batch->items[i];
        if (item->error == 0)
            printf("%016" PRIx64 "  %s\n", item->sum, item->path);
        else
            fprintf(stderr, "%s: %s\n", item->path, nw_strerror(item->error));
        failed += item->error != 0;
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct batch batch = {.count = (size_t)argc - 1};

    batch.items = calloc(batch.count + 1, sizeof *batch.items);
    if (!batch.items)
        return 1;
    for (size_t i = 0; i < batch.count; i++)
        batch.items[i].path = argv[i + 1];
    int rc = nw_run(do_batch, &batch);
    if (rc < 0)
        fprintf(stderr, "batch: %s\n", nw_strerror(rc));
    int failed = rc < 0 ? 1 : print(&batch);
    free(batch.items);
    return failed > 0;
}
