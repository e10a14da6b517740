/* SPDX-License-Identifier: MIT */
/*
 * The pipeline: one task a file, a window of results, and a printer that hands them out in order.
 * Owns everything between pipeline_begin() and pipeline_end(), at which no task is left.
 * Must not digest or read by itself: that is hasher.c.
 */
#include "sum_pipeline.h"

#include "hasher.h"
#include "paths.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Results that may wait for a slow file before them. */
#define WINDOW 4096
/* Text is written when there is this much, and otherwise after so long. */
#define FLUSH_BYTES ((size_t)64 * 1024)
#define FLUSH_NS    NW_MS(20)

/* -- one file -- */

static struct hasher *take_hasher(struct pipeline *pipeline)
{
    struct hasher *hasher = pipeline->idle;
    if (!hasher)
        return hasher_create(pipeline->kind);
    pipeline->idle = hasher->next;
    return hasher;
}

static int digest_descriptor(struct sum_file *file, int fd)
{
    struct pipeline *pipeline = file->pipeline;
    struct hasher *hasher = take_hasher(pipeline);
    if (!hasher)
        return -ENOMEM;
    int rc = hasher_run(hasher, fd, &pipeline->progress->bytes, file->digest);
    hasher->next = pipeline->idle;
    pipeline->idle = hasher;
    return rc;
}

static int digest_file(struct sum_file *file)
{
    if (strcmp(file->name, "-") == 0 && !file->walked)
        return digest_descriptor(file, STDIN_FILENO);
    int fd = path_open(file->name, O_RDONLY | O_NOCTTY | (file->walked ? O_NOFOLLOW : 0));
    if (fd < 0)
        return fd;
    int rc = digest_descriptor(file, fd);
    nw_fd_close(fd);
    return rc;
}

/* A file that cannot be read is a result, not a failure of the pipeline. */
static int file_task(void *arg)
{
    struct sum_file *file = arg;
    file->error = digest_file(file);
    file->done = true;
    file->pipeline->progress->files++;
    nw_event_set(&file->pipeline->ready);
    return file->error == -ECANCELED ? -ECANCELED : 0;
}

/* -- the printer -- */

static void free_file(struct sum_file *file)
{
    free(file->name);
    free(file);
}

static struct sum_file *pop(struct pipeline *pipeline)
{
    struct sum_file *file = pipeline->head;
    pipeline->head = file->next;
    if (!pipeline->head)
        pipeline->tail = &pipeline->head;
    return file;
}

static int flush(struct pipeline *pipeline)
{
    progress_hide(pipeline->progress);
    output_flush(&tool_err);
    return output_flush(&tool_out);
}

/* Hand out what is done. After a failure the files still pass, so that nobody waits for the window. */
static int emit_done(struct pipeline *pipeline)
{
    while (pipeline->head && pipeline->head->done) {
        struct sum_file *file = pop(pipeline);
        if (!pipeline->error && file->error != -ECANCELED)
            pipeline->emit(file, pipeline->context);
        free_file(file);
        nw_semaphore_post(&pipeline->window);
        if (!pipeline->error && tool_out.size >= FLUSH_BYTES)
            pipeline->error = flush(pipeline);
    }
    return pipeline->error;
}

/* Wait until a file is done; text that is ready does not wait for long. */
static int wait_ready(struct pipeline *pipeline)
{
    if (tool_out.size + tool_err.size == 0 || pipeline->error)
        return nw_event_wait(&pipeline->ready);

    nw_deadline deadline;
    nw_deadline_begin(&deadline, FLUSH_NS);
    int rc = nw_event_wait(&pipeline->ready);
    if (nw_deadline_end(&deadline) == -ETIMEDOUT && rc == -ETIMEDOUT) {
        pipeline->error = flush(pipeline);
        return 0;
    }
    return rc;
}

static int print_in_order(void *arg)
{
    struct pipeline *pipeline = arg;
    for (;;) {
        bool last = pipeline->closed;
        nw_event_clear(&pipeline->ready);
        if (emit_done(pipeline) < 0)
            nw_group_cancel(&pipeline->workers);
        if (last)
            break;
        int rc = wait_ready(pipeline);
        if (rc < 0)
            return rc;
    }
    if (!pipeline->error)
        pipeline->error = flush(pipeline);
    return 0;
}

/* -- in and out -- */

void pipeline_begin(struct pipeline *pipeline, unsigned limit)
{
    nw_group_init(&pipeline->workers, limit);
    nw_semaphore_init(&pipeline->window, WINDOW);
    nw_event_init(&pipeline->ready);
    pipeline->head = NULL;
    pipeline->tail = &pipeline->head;
    pipeline->idle = NULL;
    pipeline->error = 0;
    pipeline->closed = false;
    pipeline->printer = nw_spawn(print_in_order, pipeline);
}

static struct sum_file *new_file(struct pipeline *pipeline, const char *name, const struct sum_hint *hint)
{
    struct sum_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->name = strdup(name);
    if (!file->name) {
        free(file);
        return NULL;
    }
    file->pipeline = pipeline;
    file->walked = hint->walked;
    file->error = hint->error;
    file->done = hint->error < 0;
    if (hint->expected)
        memcpy(file->expected, hint->expected, pipeline->kind->size_bytes);
    return file;
}

int pipeline_add(struct pipeline *pipeline, const char *name, const struct sum_hint *hint)
{
    if (!pipeline->printer)
        return -ENOMEM;
    int rc = nw_semaphore_wait(&pipeline->window);
    if (rc < 0)
        return rc;
    struct sum_file *file = new_file(pipeline, name, hint);
    if (!file)
        return -ENOMEM;
    *pipeline->tail = file;
    pipeline->tail = &file->next;
    if (!file->done)
        return nw_group_spawn(&pipeline->workers, file_task, file);
    nw_event_set(&pipeline->ready);
    return 0;
}

int pipeline_end(struct pipeline *pipeline)
{
    int rc = nw_group_finish(&pipeline->workers);
    pipeline->closed = true;
    nw_event_set(&pipeline->ready);
    int printed = nw_await(pipeline->printer);

    while (pipeline->head)
        free_file(pop(pipeline));
    while (pipeline->idle) {
        struct hasher *hasher = pipeline->idle;
        pipeline->idle = hasher->next;
        hasher_destroy(hasher);
    }
    nw_event_finish(&pipeline->ready);
    nw_semaphore_finish(&pipeline->window);
    if (pipeline->error)
        return pipeline->error;
    return rc < 0 ? rc : printed;
}
