/* SPDX-License-Identifier: MIT */
/*
 * A download while it comes in: PATH.part, and beside it PATH.part.state, which says what of it is there and
 * of which version it is. Renamed to PATH when it is whole.
 * Owns its descriptor and its strings. A file that another process writes is left alone.
 */
#ifndef NOWAIT_TOOL_GET_PART_H
#define NOWAIT_TOOL_GET_PART_H

#include "digest.h"
#include "get_state.h"

#include <nowait.h>

struct part {
    char *path; /* of the whole; NULL: not open */
    char *base; /* what numbers are put behind when that is taken */
    char *part_path;
    char *state_path;
    int fd;
    bool stream;                           /* standard output: bytes go and cannot be called back */
    const struct digest_kind *digest_kind; /* of what went into the stream; NULL: nobody wants to know */
    void *digest;
    struct part_state state;
    int64_t saved_at_ns;
    bool has_state; /* there is such a file */
    bool is_empty;  /* nothing was written since it was made */
};

/**
 * Open the part of `path`, made when it is not there. With `url`, what the state says of it is believed if it
 * is of that URL; else it counts as empty.
 *
 * Errors: -EBUSY: another process writes it; those of open(2).
 */
int part_open(struct part *part, const char *path, const char *url);
/** As part_open(), where another process may be at it: then "PATH.1", "PATH.2", ... */
int part_open_numbered(struct part *part, const char *path, const char *url);
/** "PATH.NUMBER"; the caller's. NULL: -ENOMEM. */
char *part_numbered(const char *path, unsigned number);
/** "PATH.part"; the caller's. NULL: -ENOMEM. */
char *part_path(const char *path);
/**
 * What --overwrite and -o may put a file in the place of: a file or a link, and not what else there may be.
 * Waits: for a worker.
 *
 * Outputs: `there`, also after -EISDIR and -EEXIST.
 * Errors:  -ENOENT: nothing is there; -EISDIR; -EEXIST: a device, a pipe or a socket; those of lstat(2).
 */
int part_may_replace(const char *path, struct stat *there);
/** Rename over what may be replaced, or is not there; of a file, owner and mode are kept. Waits, as that
 * does. */
int part_rename_over(int fd, const char *from, const char *to);
/** Standard output in place of a file, with a digest of what goes there unless `kind` is NULL. Errors:
 * -ENOMEM. */
int part_open_stream(struct part *part, const struct digest_kind *kind);
/** The digest of all that went into the stream; once. Errors: -EIO. */
int part_stream_digest(struct part *part, unsigned char *digest_out);
/** Empty it: a new version begins. Errors: -ESPIPE: a stream that has begun; those of ftruncate(2). */
int part_begin(struct part *part, const char *etag, const char *modified, int64_t size_bytes);
/** Reserve all of its room, and make pieces for several connections. Errors: -ENOMEM; those of fallocate(2).
 */
int part_split(struct part *part, unsigned connections);
/** Write the next bytes of a piece. Errors: those of pwrite(2). */
int part_write(struct part *part, struct piece *piece, const void *data, size_t size_bytes);
/** Keep what is there in the state, now, or unless it was kept a moment ago. */
int part_save(struct part *part, const char *url, bool now);
/** Its own name at last, and its time, unless that is 0. `overwrite`: also where a file is; else as "PATH.1",
 * ...: then `path` changes. */
int part_finish(struct part *part, bool overwrite, int64_t modified_s);
/** Close it; what was not finished stays for another time, unless `drop`. Accepts one that is not open. */
void part_close(struct part *part, bool drop);

#endif
