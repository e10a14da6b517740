/* SPDX-License-Identifier: MIT */
/*
 * What is there of a download, and of which version it is; as text that a later run reads.
 * Owns its pieces. Knows no files: the part writes the text, and knows when it may.
 */
#ifndef NOWAIT_TOOL_GET_STATE_H
#define NOWAIT_TOOL_GET_STATE_H

#include <nowait.h>

enum { VALIDATOR_BYTES = 1024, STATE_MOST_PIECES = 1024 };

/** A stretch that one connection fetches. */
struct piece {
    int64_t begin;
    int64_t end;  /* -1: up to the end of the whole, which is not known */
    int64_t done; /* this many bytes from `begin` on are there */
    bool taken;   /* somebody fetches it */
};

struct part_state {
    char etag[VALIDATOR_BYTES];     /* "": none */
    char modified[VALIDATOR_BYTES]; /* "": none */
    int64_t size_bytes;             /* of the whole; -1: not known */
    struct piece *pieces;           /* in their order, without a gap; `whole`, or memory of its own */
    size_t count;
    struct piece whole; /* when there is only one */
};

/** Nothing is there yet, in one piece; NULL: no such validator. What `state` had before is given back. */
void state_begin(struct part_state *state, const char *etag, const char *modified, int64_t size_bytes);
/** Give its memory back. Accepts one that is all zeros. */
void state_finish(struct part_state *state);
/** Make `count` pieces, or as many as there may be, of one of which nothing is there. Errors: -ENOMEM. */
int state_split(struct part_state *state, size_t count);
/** How many bytes are there. */
int64_t state_done(const struct part_state *state);
bool state_is_whole(const struct part_state *state);
/** As text, which is the caller's. Errors: -ENOMEM. */
int state_print(const struct part_state *state, const char *url, nw_bytes *text_out);
/**
 * What `text` says, which is changed. It is not believed when it is torn, of another URL than `url`, or
 * speaks of more than `most_bytes`, which the file has: then nothing is there.
 */
void state_parse(struct part_state *state, char *text, const char *url, int64_t most_bytes);

#endif
