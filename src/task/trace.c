/* SPDX-License-Identifier: MIT */
/*
 * The trace: who ran when, and what everybody waited for, as a file that Perfetto opens.
 * Owns the file and two blocks of events: one fills while a worker writes the other. When both are full,
 * events are dropped and counted, so that a slow disk slows nothing else. Must cost nothing while it is off.
 */
#include <errno.h>
#include <inttypes.h>
#include <nowait/debug.h>
#include <nowait/op.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "task/task.h"

#define BLOCK_EVENTS 8192
#define NAME_BYTES   32

struct event {
    int64_t began_ns;
    int64_t ended_ns;
    uint64_t task;
    const char *what;      /* a literal */
    char name[NAME_BYTES]; /* of the task, which may be gone when this is written */
};

struct block {
    size_t count;
    struct event events[BLOCK_EVENTS];
};

struct nw__trace {
    FILE *file;
    unsigned loop_index;
    int64_t dispatched_ns; /* since when the running task has run */
    uint64_t dropped;
    int error;            /* the first of writing; the worker's while `writing` is in flight */
    struct nw_op writing; /* in flight while a worker has `written` */
    struct block *filled;
    struct block *written;
};

static void write_name(FILE *file, const char *name)
{
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            fputc('\\', file);
        fputc((unsigned char)*name < ' ' ? '?' : *name, file);
    }
}

/* In microseconds, as the format wants it; not by %f, which obeys the locale. */
static void write_time(FILE *file, const char *key, int64_t ns)
{
    fprintf(file, ",\"%s\":%" PRId64 ".%03" PRId64, key, ns / 1000, ns % 1000);
}

static void write_event(struct nw__trace *trace, const struct event *event)
{
    fprintf(trace->file, "{\"ph\":\"X\",\"pid\":%u,\"tid\":%" PRIu64, trace->loop_index, event->task);
    write_time(trace->file, "ts", event->began_ns);
    write_time(trace->file, "dur", event->ended_ns - event->began_ns);
    fputs(",\"name\":\"", trace->file);
    write_name(trace->file, event->what ? event->what : event->name);
    fputs("\",\"args\":{\"task\":\"", trace->file);
    write_name(trace->file, event->name);
    fputs("\"}},\n", trace->file);
}

/* On a worker. */
static int write_block(void *arg)
{
    struct nw__trace *trace = arg;
    const struct block *block = trace->written;

    for (size_t i = 0; i < block->count; i++)
        write_event(trace, &block->events[i]);
    if (ferror(trace->file) && !trace->error)
        trace->error = -EIO;
    return 0;
}

static void swap_blocks(struct nw__trace *trace)
{
    struct block *full = trace->filled;

    trace->filled = trace->written;
    trace->filled->count = 0;
    trace->written = full;
}

/* False: both blocks are full. */
static bool make_room(struct nw__trace *trace, nw_loop *loop)
{
    if (trace->filled->count < BLOCK_EVENTS)
        return true;
    if (trace->writing.state == NW__OP_SUBMITTED)
        return false;
    if (trace->writing.result < 0) /* no worker came to it */
        trace->dropped += trace->written->count;
    swap_blocks(trace);
    nw_op_work(&trace->writing, write_block, trace);
    (void)!nw_op_submit(loop, &trace->writing); /* fails only for those who misuse it */
    return true;
}

static void record(struct nw__trace *trace, const nw_task *task, const char *what, int64_t began_ns,
                   int64_t ended_ns)
{
    if (!make_room(trace, task->loop)) {
        trace->dropped++;
        return;
    }
    struct event *event = &trace->filled->events[trace->filled->count++];
    *event = (struct event){began_ns, ended_ns, task->id, what, ""};
    if (task->name[0])
        snprintf(event->name, NAME_BYTES, "%s", task->name);
    else
        snprintf(event->name, NAME_BYTES, "function %p", (void *)(uintptr_t)task->fn);
}

/* What the task that is switched away from does next, as far as the trace is concerned. */
static const char *next_of(const nw_task *task)
{
    return task->wait && !task->wait->woken ? task->wait->what : "ready";
}

static void on_switch(nw_loop *loop, struct nw__fiber *from, struct nw__fiber *to)
{
    struct nw__trace *trace = nw__loop_tasks(loop)->trace;
    int64_t now_ns = nw__clock_ns();

    if (from) {
        nw_task *task = nw__container(from, nw_task, fiber);
        record(trace, task, NULL, trace->dispatched_ns, now_ns);
        task->parked_ns = now_ns;
        task->parked_what = next_of(task);
    }
    if (to) {
        nw_task *task = nw__container(to, nw_task, fiber);
        if (task->parked_ns)
            record(trace, task, task->parked_what, task->parked_ns, now_ns);
    }
    trace->dispatched_ns = now_ns;
}

static int finish_file(void *arg)
{
    struct nw__trace *trace = arg;
    int rc = 0;

    if (trace->writing.result < 0) /* the loop ended before a worker came to it, or there is none */
        write_block(trace);
    swap_blocks(trace);
    write_block(trace);
    fprintf(trace->file,
            "{\"ph\":\"M\",\"pid\":%u,\"name\":\"dropped_events\",\"args\":{\"count\":%" PRIu64 "}}\n]}\n",
            trace->loop_index, trace->dropped);
    if (fclose(trace->file) != 0)
        rc = -errno;
    trace->file = NULL;
    return trace->error ? trace->error : rc;
}

static void destroy(struct nw__trace *trace)
{
    free(trace->filled);
    free(trace->written);
    free(trace);
}

struct opening {
    const char *path;
    FILE *file;
};

static int open_file(void *arg)
{
    struct opening *opening = arg;

    opening->file = fopen(opening->path, "wxe");
    return opening->file ? 0 : -errno;
}

int nw_trace_start(const char *path)
{
    struct opening opening = {path, NULL};
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!path)
        return -EINVAL;
    if (nw__loop_tasks(self->loop)->trace)
        return -EBUSY;
    struct nw__trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return -ENOMEM;
    nw__loop_tasks(self->loop)->trace = trace; /* nobody else may start one meanwhile */
    trace->filled = malloc(sizeof *trace->filled);
    trace->written = malloc(sizeof *trace->written);
    rc = trace->filled && trace->written ? nw__work_await("trace", open_file, &opening) : -ENOMEM;
    if (rc < 0) {
        nw__loop_tasks(self->loop)->trace = NULL;
        destroy(trace);
        return rc;
    }
    trace->file = opening.file;
    trace->filled->count = trace->written->count = 0;
    trace->loop_index = nw__loop_tasks(self->loop)->index;
    trace->dispatched_ns = nw__clock_ns();
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", trace->file);
    self->loop->on_switch = on_switch;
    return 0;
}

/* No more events. Whatever a worker still writes must have ended before the file is finished. */
static struct nw__trace *detach(nw_loop *loop)
{
    struct nw__trace *trace = nw__loop_tasks(loop)->trace;

    loop->on_switch = NULL;
    nw__loop_tasks(loop)->trace = NULL;
    return trace;
}

int nw_trace_stop(void)
{
    nw_task *self = nw__task_self();
    nw_shield shield;
    int rc;

    if (!self)
        return NW_ENOTASK;
    if (!self->loop->on_switch) /* off, or still being started */
        return -EINVAL;
    struct nw__trace *trace = detach(self->loop);
    struct nw_op *writing = &trace->writing;
    nw_shield_begin(&shield);
    if (writing->state == NW__OP_SUBMITTED)
        (void)nw_wait_all(&writing, 1);
    rc = nw__work_await("trace", finish_file, trace);
    if (trace->file) /* there is no thread and there can be none */
        rc = finish_file(trace);
    nw_shield_end(&shield);
    destroy(trace);
    return rc;
}

void nw__trace_end(nw_loop *loop)
{
    struct nw__trace *trace = detach(loop);

    if (!trace)
        return;
    (void)finish_file(trace);
    destroy(trace);
}
