/* SPDX-License-Identifier: MIT */
/*
 * What the two halves of nw_disk_usage() share: usage_count.c, in which workers read directories and add up
 * what is in them, and usage.c, which starts them and calls the caller back.
 *
 * A spot is a directory that is being counted. It waits in `todo`, a stack, for a worker, which reads a batch
 * of it, adds up the files and pushes the directories, behind them the spot itself if there is more of it.
 * When nothing is left below it, it is added to the spot above. No entry costs more than its system call.
 */
#ifndef NW_IO_USAGE_H
#define NW_IO_USAGE_H

#include <nowait/dir.h>

#include "io/crew.h"
#include "io/entries.h"
#include "io/file_set.h"
#include "io/io.h"
#include "io/tree_path.h"

#define NW__REPORTS_MAX 1024 /* waiting for the caller: workers pause */

struct nw__spot {
    struct nw__folder folder; /* first */
    struct nw__link todo;
    struct nw__link alive; /* in nw__measure.spots */
    size_t pending;        /* spots below, and 1 as long as not all of it was read */
    nw_usage usage;
    int64_t position; /* where the next batch begins */
    bool opened;
    bool foreign; /* on another device, and not to be counted */
    char name[];
};

/* What the caller is told: an error, a directory, a file. */
struct nw__report {
    struct nw__link link;
    nw_usage usage;
    unsigned depth;
    int error;
    bool is_directory;
    char path[];
};

struct nw__measure {
    const char *path;
    const nw_usage_options *options;
    struct nw__crew crew;
    struct nw__descent descent;
    struct nw__file_set files; /* those with several names; with NW_WALK_FOLLOW all */
    dev_t device;              /* the root's */

    pthread_mutex_t lock; /* for these: */
    struct nw__list todo;
    unsigned todo_count;
    unsigned working; /* of the crew */
    struct nw__list spots;
    struct nw__list reports;
    unsigned report_count;
    nw_usage total;
    nw_usage so_far;     /* counted, wherever it will be added */
    int64_t progress_ns; /* when the caller is to be told of it; the task's own */
};

/* -- usage_count.c, on workers -- */

/* Look at the root, and count it if it is no directory. */
int nw__measure_begin(void *measure);
/* The crew's function. */
int nw__measure_count(void *measure);
void nw__spot_free(struct nw__measure *measure, struct nw__spot *spot);

#endif
