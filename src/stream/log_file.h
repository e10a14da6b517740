/* SPDX-License-Identifier: MIT */
/*
 * The file behind a log: whole entries at its end, old files beside it. Plain blocking code, for workers; one
 * call at a time. An entry ends with a newline that no tab follows; what is handed over ends with an entry.
 */
#ifndef NW_STREAM_LOG_FILE_H
#define NW_STREAM_LOG_FILE_H

#include <nowait/base.h>

struct nw__log_file {
    /* The caller's, before the open. */
    char *path; /* from malloc(); made absolute by the open */
    unsigned permissions;
    unsigned keep;
    int64_t rotate_bytes;  /* 0: never */
    int64_t rotate_age_ns; /* 0: never */
    size_t repair_bytes;   /* how far from its end a file's last whole line may be */
    bool durable;          /* names are forced to disk, too */

    int fd; /* -1: not open */
    bool regular;
    bool unshared;           /* somebody else has locked it: it is not held yet */
    bool torn;               /* it ends within a line that could not be cut off: the rest comes next */
    bool dirty;              /* written to since it was synced */
    int sync_error;          /* of a file that is not the current one any more */
    int64_t size_bytes;      /* as it was last seen, with what was written since */
    int64_t born_ns;         /* CLOCK_REALTIME */
    bool reopen_due;         /* a reopen has failed: it is tried again ... */
    int64_t reopen_after_ns; /* ... not before this, CLOCK_MONOTONIC */
    int64_t rotate_after_ns; /* CLOCK_MONOTONIC: a rotation has failed, the next is tried no earlier */
    uint64_t bytes, writes, syncs, rotations;
};

/* Open, or make, and repair what a crash has left: a last line without its end. */
NW_CHECK int nw__log_file_open(struct nw__log_file *file);

/*
 * Append, and begin new files in between when it is time. A file that has lost its name is made anew.
 *
 * Outputs: how much is with the kernel, also after an error. *rotation_rc: a rotation that failed, which does
 * not keep anything from being written; else untouched.
 */
NW_CHECK int nw__log_file_append(struct nw__log_file *file, const char *data, size_t size_bytes,
                                 size_t *written_out, int *rotation_rc);

/* Force what was written to disk. */
NW_CHECK int nw__log_file_sync(struct nw__log_file *file);

/* Open the path anew. When that fails, the old file stays open, and appending tries again. Not while torn. */
NW_CHECK int nw__log_file_reopen(struct nw__log_file *file);

/*
 * Make this file PATH.1, unless it is empty, and begin a new one. When that fails, the old file stays open.
 * Not while it is torn.
 */
NW_CHECK int nw__log_file_rotate(struct nw__log_file *file);

/* Close, and free the path. Returns: 0, or what close(2) said. */
int nw__log_file_close(struct nw__log_file *file);

#endif
