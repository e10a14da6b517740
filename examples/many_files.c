/* SPDX-License-Identifier: MIT */
/*
 * A hundred files are written concurrently, then all are read back into a list;
 * against the blocking version of the same, timed.
 *
 *     many_files DIRECTORY [COUNT [BYTES]]
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
    char path[512];
    nw_bytes read; /* what was read back */
};

struct work {
    const char *directory;
    char *content;
    size_t size_bytes;
    struct entry *entries;
    size_t count;
};

static struct work work;

static double ms_since(int64_t began_ns)
{
    return (double)(nw_now() - began_ns) / 1e6;
}

static void forget(void)
{
    for (size_t i = 0; i < work.count; i++)
        nw_bytes_finish(&work.entries[i].read);
}

static int verify(void)
{
    for (size_t i = 0; i < work.count; i++) {
        const nw_bytes *read = &work.entries[i].read;
        if (read->size != work.size_bytes || memcmp(read->data, work.content, read->size) != 0)
            return -EIO;
    }
    return 0;
}

/* -- the blocking version -- */

static int write_blocking(const struct entry *entry)
{
    FILE *file = fopen(entry->path, "we");
    size_t written = file ? fwrite(work.content, 1, work.size_bytes, file) : 0;

    return file && fclose(file) == 0 && written == work.size_bytes ? 0 : -errno;
}

static int read_blocking(struct entry *entry)
{
    FILE *file = fopen(entry->path, "re");
    char *data = malloc(work.size_bytes + 1);
    size_t size = file && data ? fread(data, 1, work.size_bytes + 1, file) : 0;

    if (file)
        fclose(file);
    entry->read = (nw_bytes){data, size};
    return file && data ? 0 : -errno;
}

static int one_by_one(void)
{
    int64_t began = nw_now();
    int rc = 0;

    for (size_t i = 0; i < work.count && rc == 0; i++)
        rc = write_blocking(&work.entries[i]);
    printf("blocking:   %zu files written in %.2f ms", work.count, ms_since(began));
    began = nw_now();
    for (size_t i = 0; i < work.count && rc == 0; i++)
        rc = read_blocking(&work.entries[i]);
    printf(", read in %.2f ms\n", ms_since(began));
    return rc < 0 ? rc : verify();
}

/* -- with tasks -- */

static int write_one(void *arg)
{
    const struct entry *entry = arg;
    nw_stream *file;

    int rc = nw_open(entry->path, "w+", &file);
    if (rc < 0)
        return rc;
    ssize_t n = nw_write(file, work.content, work.size_bytes);
    rc = nw_close(file);
    return n < 0 ? (int)n : rc;
}

static int read_one(void *arg)
{
    struct entry *entry = arg;
    nw_stream *file;

    int rc = nw_open(entry->path, "r", &file);
    if (rc < 0)
        return rc;
    rc = nw_read_all(file, work.size_bytes, &entry->read);
    nw_close(file);
    return rc;
}

static int concurrently(void *arg)
{
    int64_t began = nw_now();
    int rc = nw_each(work.entries, work.count, sizeof *work.entries, 0, write_one);

    (void)arg;
    printf("concurrent: %zu files written in %.2f ms", work.count, ms_since(began));
    began = nw_now();
    if (rc == 0)
        rc = nw_each(work.entries, work.count, sizeof *work.entries, 0, read_one);
    printf(", read in %.2f ms\n", ms_since(began));
    return rc < 0 ? rc : verify();
}

static int set_up(int argc, char **argv)
{
    work.directory = argv[1];
    work.count = argc > 2 ? strtoul(argv[2], NULL, 10) : 100;
    work.size_bytes = argc > 3 ? strtoul(argv[3], NULL, 10) : 65536;
    work.entries = calloc(work.count + 1, sizeof *work.entries);
    work.content = malloc(work.size_bytes + 1);
    if (!work.entries || !work.content)
        return -ENOMEM;
    for (size_t i = 0; i < work.size_bytes; i++)
        work.content[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < work.count; i++)
        snprintf(work.entries[i].path, sizeof work.entries[i].path, "%s/file-%zu", work.directory, i);
    return 0;
}

int main(int argc, char **argv)
{
    int rc;

    if (argc < 2) {
        fprintf(stderr, "usage: many_files DIRECTORY [COUNT [BYTES]]\n");
        return 2;
    }
    rc = set_up(argc, argv);
    if (rc == 0)
        rc = one_by_one();
    forget();
    for (size_t i = 0; i < work.count && rc == 0; i++)
        unlink(work.entries[i].path); /* both begin with nothing */
    if (rc == 0)
        rc = nw_run(concurrently, NULL);
    forget();
    free(work.entries);
    free(work.content);
    if (rc < 0)
        fprintf(stderr, "many_files: %s\n", nw_strerror(rc));
    return rc < 0;
}
