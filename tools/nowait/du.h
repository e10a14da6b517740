/* SPDX-License-Identifier: MIT */
/*
 * What the files of `nowait du` share: the options, and how a line comes out.
 * A line goes straight out, or is kept until all are there and can be sorted.
 */
#ifndef NOWAIT_TOOL_DU_H
#define NOWAIT_TOOL_DU_H

#include "json.h"
#include "progress.h"

enum du_sort { DU_UNSORTED, DU_BY_SIZE, DU_BY_NAME };

struct du_line {
    char *path;
    nw_usage usage;
    bool is_directory;
};

struct du {
    unsigned flags;      /* of nw_disk_usage() */
    unsigned depth_max;  /* lines for what is deeper are not printed */
    uint64_t unit_bytes; /* 0: as people read them */
    char unit_letter;    /* behind each size; 0: none */
    bool files;          /* a line for every file */
    bool apparent;
    bool total;
    bool json;
    char end; /* of a line */
    enum du_sort sort;
    enum progress_mode progress_mode;

    const char *const *paths;
    size_t path_count;
    int status;
    struct progress progress;
    nw_usage before; /* what the paths before this one came to */
    struct json writer;
    struct du_line *lines;
    size_t line_count;
    size_t line_capacity;
};

/** What a line tells of it. */
static inline int64_t du_bytes(const struct du *du, const nw_usage *usage)
{
    return du->apparent ? usage->apparent_bytes : usage->allocated_bytes;
}

/** Print a line, or keep it until du_end_lines() when it is to be sorted. Errors: -ENOMEM. */
int du_line(struct du *du, const char *path, const nw_usage *usage, bool is_directory);
void du_begin_lines(struct du *du);
/** Print what was kept, and the total if it is wanted. */
void du_end_lines(struct du *du, const nw_usage *total);

#endif
