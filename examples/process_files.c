/* SPDX-License-Identifier: MIT */
/*
 * A batch of files is processed concurrently, at most eight at a time; the results come in order.
 * Here a file's result is the number of its lines and its longest line.
 *
 *     process_files FILE...
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_A_TIME    8
#define LARGEST_FILE ((size_t)256 * 1024 * 1024)

struct job {
    const char *path;
    int rc; /* a file that cannot be read is a result too, and does not end the others */
    size_t lines;
    size_t longest;
};

static void count(struct job *job, const nw_bytes *bytes)
{
    const char *at = bytes->data, *end = bytes->data + bytes->size;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        job->lines++;
        if (length > job->longest)
            job->longest = length;
        at += length + 1;
    }
}

static int process(void *arg)
{
    struct job *job = arg;
    nw_bytes bytes;

    job->rc = nw_read_file(job->path, LARGEST_FILE, &bytes);
    if (job->rc == 0) {
        count(job, &bytes);
        nw_bytes_finish(&bytes);
    }
    return nw_interrupted(); /* only Ctrl-C ends the batch */
}

struct batch {
    struct job *jobs;
    size_t count;
};

static int run(void *arg)
{
    const struct batch *batch = arg;

    return nw_each(batch->jobs, batch->count, sizeof *batch->jobs, AT_A_TIME, process);
}

static int print(const struct batch *batch)
{
    int failed = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct job *job = &batch->jobs[i];
        if (job->rc == 0)
            printf("%8zu lines, longest %6zu  %s\n", job->lines, job->longest, job->path);
        else
            printf("%s: %s\n", job->path, nw_strerror(job->rc));
        failed |= job->rc < 0;
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct batch batch = {NULL, argc > 0 ? (size_t)argc - 1 : 0};
    int rc;

    if (batch.count == 0) {
        fprintf(stderr, "usage: process_files FILE...\n");
        return 2;
    }
    batch.jobs = calloc(batch.count, sizeof *batch.jobs);
    if (!batch.jobs)
        return 1;
    for (size_t i = 0; i < batch.count; i++)
        batch.jobs[i].path = argv[i + 1];
    rc = nw_run(run, &batch);
    if (rc < 0)
        fprintf(stderr, "process_files: %s\n", nw_strerror(rc));
    else
        rc = print(&batch);
    free(batch.jobs);
    return rc != 0;
}
