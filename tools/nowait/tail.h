/* SPDX-License-Identifier: MIT */
/*
 * What the files of `nowait tail` share: its options, its files, and how their bytes get out.
 * cmd_tail.c has the command line and the output, tail_last.c the ends of files, tail_follow.c what comes
 * later.
 */
#ifndef NOWAIT_TOOL_TAIL_H
#define NOWAIT_TOOL_TAIL_H

#include "tool.h"

#include <sys/stat.h>

#define TAIL_PIECE_BYTES ((size_t)128 * 1024)

struct tail_place;

/* Where changes of a file are seen: a name in a folder that is watched. */
struct tail_spot {
    struct tail_place *place;
    char *name;
};

struct tail_file {
    const char *path;
    const char *title; /* in headers and messages */
    int fd;            /* -1: not there */
    bool regular;
    int64_t position;
    struct stat status; /* when it was opened */
    /* while it is followed */
    struct tail_spot spots[2]; /* of the file itself, and of its name */
    bool changed;              /* perhaps */
    bool misplaced;            /* perhaps: it was not watched for a while, and may have been renamed */
    bool polled;               /* nobody tells of its changes */
    bool vanished;             /* it was said that it is not there */
};

struct tail {
    uint64_t count;
    bool bytes;
    bool from_start; /* `count` is the first to be printed, from 1 */
    bool follow;
    bool by_name;
    bool headers;
    char line_end;
    unsigned interval_s;
    struct tail_file *files;
    size_t file_count;
    /* while it runs */
    struct tail_file *last; /* whose bytes were printed last */
    bool printed;           /* something has been */
    char *buffer;           /* of TAIL_PIECE_BYTES */
    int status;
};

/** Append the title of a file when the last one was another. */
void tail_header(struct tail *tail, struct tail_file *file);

/** Print bytes of a file. Errors: standard output does not take them; -ECANCELED. */
int tail_print(struct tail *tail, struct tail_file *file, const char *data, size_t size_bytes);

/** Open the file that `path` leads to. Errors: those of open(2); -ECANCELED. */
int tail_open(struct tail_file *file);

/** "nowait tail: PATH: why", and the status is that of a failure. */
void tail_complain(struct tail *tail, const struct tail_file *file, int error);

/** Print the end of an open file. Errors: as tail_print(); what reading has to say is reported. */
int tail_last(struct tail *tail, struct tail_file *file);

/** Print what is there from the file's position on. Errors: as tail_last(). */
int tail_rest(struct tail *tail, struct tail_file *file);

/** Print what comes, until there is nothing left that anything could come from. Errors: as tail_print(). */
int tail_follow(struct tail *tail);

#endif
