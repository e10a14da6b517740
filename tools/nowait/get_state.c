/* SPDX-License-Identifier: MIT */
/*
 * What is there of a download: pieces of a version; and the text that says so. One that is torn has no "end".
 * Owns the pieces: memory of its own only when there are several, which few downloads have.
 * Must not believe what makes no sense: it would become a file with holes.
 */
#include "get_state.h"

#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- pieces -- */

static void drop_pieces(struct part_state *state)
{
    if (state->pieces != &state->whole)
        free(state->pieces);
    state->pieces = &state->whole;
    state->count = 0;
}

static bool reserve_pieces(struct part_state *state)
{
    struct piece *pieces = calloc(STATE_MOST_PIECES, sizeof *pieces);
    if (!pieces)
        return false;
    memcpy(pieces, state->pieces, state->count * sizeof *pieces);
    state->pieces = pieces;
    return true;
}

static bool add_piece(struct part_state *state, const struct piece *piece)
{
    if (state->count == STATE_MOST_PIECES)
        return false;
    if (state->count == 1 && state->pieces == &state->whole && !reserve_pieces(state))
        return false;
    state->pieces[state->count++] = *piece;
    return true;
}

static void set_validator(char *to, const char *text)
{
    snprintf(to, VALIDATOR_BYTES, "%s", text && strlen(text) < VALIDATOR_BYTES ? text : "");
}

void state_begin(struct part_state *state, const char *etag, const char *modified, int64_t size_bytes)
{
    drop_pieces(state);
    state->count = 1;
    state->whole = (struct piece){.end = size_bytes};
    state->size_bytes = size_bytes;
    set_validator(state->etag, etag);
    set_validator(state->modified, modified);
}

void state_finish(struct part_state *state)
{
    drop_pieces(state);
}

int state_split(struct part_state *state, size_t count)
{
    int64_t size_bytes = state->size_bytes;
    if (count > STATE_MOST_PIECES)
        count = STATE_MOST_PIECES;
    if (state->pieces == &state->whole && !reserve_pieces(state))
        return -ENOMEM;
    int64_t each = size_bytes / (int64_t)count;
    for (size_t i = 0; i < count; i++)
        state->pieces[i] = (struct piece){.begin = each * (int64_t)i, .end = each * (int64_t)(i + 1)};
    state->pieces[count - 1].end = size_bytes;
    state->count = count;
    return 0;
}

int64_t state_done(const struct part_state *state)
{
    int64_t done = 0;
    for (size_t i = 0; i < state->count; i++)
        done += state->pieces[i].done;
    return done;
}

bool state_is_whole(const struct part_state *state)
{
    return state->size_bytes >= 0 && state_done(state) == state->size_bytes;
}

/* -- text -- */

int state_print(const struct part_state *state, const char *url, nw_bytes *text_out)
{
    struct output text = {.fd = -1};
    output_printf(&text, "nowait get 1\nurl %s\n", url);
    if (state->etag[0])
        output_printf(&text, "etag %s\n", state->etag);
    if (state->modified[0])
        output_printf(&text, "modified %s\n", state->modified);
    output_printf(&text, "size %" PRId64 "\n", state->size_bytes);
    for (size_t i = 0; i < state->count; i++)
        output_printf(&text, "piece %" PRId64 " %" PRId64 " %" PRId64 "\n", state->pieces[i].begin,
                      state->pieces[i].end, state->pieces[i].done);
    output_text(&text, "end\n");
    if (text.error < 0) {
        free(text.data);
        return text.error;
    }
    *text_out = (nw_bytes){text.data, text.size};
    return 0;
}

/* Returns: false: the line makes no sense. */
static bool parse_line(struct part_state *state, const char *line, const char *url, bool *ended)
{
    struct piece piece = {.taken = false};
    if (strncmp(line, "url ", 4) == 0)
        return strcmp(line + 4, url) == 0;
    if (strncmp(line, "etag ", 5) == 0) {
        set_validator(state->etag, line + 5);
        return true;
    }
    if (strncmp(line, "modified ", 9) == 0) {
        set_validator(state->modified, line + 9);
        return true;
    }
    if (sscanf(line, "size %" SCNd64, &state->size_bytes) == 1)
        return state->size_bytes >= -1;
    if (sscanf(line, "piece %" SCNd64 " %" SCNd64 " %" SCNd64, &piece.begin, &piece.end, &piece.done) == 3)
        return add_piece(state, &piece);
    *ended = strcmp(line, "end") == 0;
    return *ended || strcmp(line, "nowait get 1") == 0;
}

/* Do the pieces cover the whole, and does the file hold what they say? */
static bool is_plausible(const struct part_state *state, int64_t most_bytes)
{
    int64_t next = 0;
    if (state->count == 0)
        return false;
    for (size_t i = 0; i < state->count; i++) {
        const struct piece *piece = &state->pieces[i];
        bool last = i + 1 == state->count;
        if (piece->begin != next || piece->done < 0 || piece->done > most_bytes - piece->begin)
            return false;
        if (piece->end < 0 ? !last || state->size_bytes >= 0 : piece->done > piece->end - piece->begin)
            return false;
        next = piece->end;
    }
    return next == state->size_bytes;
}

void state_parse(struct part_state *state, char *text, const char *url, int64_t most_bytes)
{
    bool good = true;
    bool ended = false;
    char *rest = NULL;
    state_begin(state, NULL, NULL, -1);
    drop_pieces(state);
    for (char *line = strtok_r(text, "\n", &rest); line && good && !ended; line = strtok_r(NULL, "\n", &rest))
        good = parse_line(state, line, url, &ended);
    if (!good || !ended || !is_plausible(state, most_bytes))
        state_begin(state, NULL, NULL, -1);
}
