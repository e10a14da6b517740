/* SPDX-License-Identifier: MIT */
/*
 * Many files digested at once, their results handed out in the order in which they were added.
 * Owns the files' names, descriptors, buffers and digest states until pipeline_end().
 * Bounded: so many files at a time, so many results waiting for one before them.
 */
#ifndef NOWAIT_TOOL_SUM_PIPELINE_H
#define NOWAIT_TOOL_SUM_PIPELINE_H

#include "digest.h"
#include "progress.h"

struct pipeline;

/** One file. The pipeline makes it, fills it in, hands it to `emit` and frees it. */
struct sum_file {
    char *name;
    int error;   /* 0, or why there is no digest */
    bool walked; /* found in a walk, not named by the user */
    unsigned char digest[DIGEST_MOST_BYTES];
    unsigned char expected[DIGEST_MOST_BYTES];
    /* private */
    struct pipeline *pipeline;
    struct sum_file *next;
    bool done;
};

/** Called for each file in order, in a task; appends to the outputs, which the pipeline flushes. */
typedef void emit_fn(const struct sum_file *file, void *context);

struct pipeline {
    const struct digest_kind *kind;
    struct progress *progress;
    emit_fn *emit;
    void *context;
    /* private */
    nw_group workers;
    nw_semaphore window;
    nw_event ready; /* a file is done, or all were added */
    struct sum_file *head;
    struct sum_file **tail;
    struct hasher *idle; /* buffers and states for the next files */
    nw_task *printer;
    int error; /* of the printer: nobody reads what we write */
    bool closed;
};

/** Begin, with at most `limit` files at a time; kind, progress, emit and context are set by the caller. */
void pipeline_begin(struct pipeline *pipeline, unsigned limit);

/** What is known of a file when it is added. All zero: a name that the user gave. */
struct sum_hint {
    bool walked;
    int error;                     /* it is known already that there will be no digest */
    const unsigned char *expected; /* copied into the file; may be NULL */
};

/** Add a file; "-" is standard input. Waits while the pipeline is full. */
int pipeline_add(struct pipeline *pipeline, const char *name, const struct sum_hint *hint);

/** Wait until every file was handed out. Returns: 0, or why the pipeline stopped early. */
int pipeline_end(struct pipeline *pipeline);

#endif
