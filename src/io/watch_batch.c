/* SPDX-License-Identifier: MIT */
/*
 * What a watch has to tell: gathered, one event a path, and handed out.
 * Owns the events and their paths. Must not know the kernel's events.
 *
 * Order is kept where it matters: an event takes further kinds only as long as what it says remains true when
 * it is read from the first kind to the last (docs/watching.md). So a rename ends the gathering for all
 * paths, the end of a directory is an event of its own, and what is made anew begins one.
 */
#define _GNU_SOURCE /* tdestroy() */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/watch.h"

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct nw__watch_told *)a)->path, ((const struct nw__watch_told *)b)->path);
}

static void keep(void *item)
{
    (void)item;
}

static void end_gathering(struct nw__watch_batch *batch)
{
    tdestroy(batch->by_path, keep);
    batch->by_path = NULL;
}

void nw__watch_batch_clear(struct nw__watch_batch *batch)
{
    end_gathering(batch);
    for (size_t i = 0; i < batch->count; i++) {
        free((char *)batch->told[i]->path);
        free(batch->told[i]->from);
        free(batch->told[i]);
    }
    batch->count = 0;
    batch->urgent = false;
    batch->delivered = false;
}

void nw__watch_batch_finish(struct nw__watch_batch *batch)
{
    nw__watch_batch_clear(batch);
    free(batch->told);
    free(batch->events);
    *batch = (struct nw__watch_batch){0};
}

bool nw__watch_has_room(const nw_watch *watch)
{
    return watch->batch.count < watch->batch_max;
}

static int grow(struct nw__watch_batch *batch)
{
    size_t capacity = batch->capacity ? batch->capacity * 2 : 16;
    struct nw__watch_told **told = realloc(batch->told, capacity * sizeof(void *));
    nw_watch_event *events;

    if (!told)
        return -ENOMEM;
    batch->told = told;
    events = realloc(batch->events, capacity * sizeof *events);
    if (!events)
        return -ENOMEM;
    batch->events = events;
    batch->capacity = capacity;
    return 0;
}

/* `path` and `from` become the batch's, also when this fails. */
static int append(nw_watch *watch, const struct nw__watch_told *what)
{
    struct nw__watch_batch *batch = &watch->batch;
    struct nw__watch_told *told = malloc(sizeof *told);
    int rc = batch->count == batch->capacity ? grow(batch) : 0;

    if (rc == 0 && told) {
        *told = *what;
        if (!watch->gathers || tsearch(told, &batch->by_path, by_path)) {
            batch->told[batch->count++] = told;
            return 0;
        }
    }
    free(told);
    free((char *)what->path);
    free(what->from);
    return -ENOMEM;
}

static void note_time(struct nw__watch_batch *batch)
{
    batch->last_ns = nw__clock_ns();
    if (batch->count == 0)
        batch->first_ns = batch->last_ns;
}

/* See the head of this file. */
static bool can_take(const struct nw__watch_told *told, unsigned kinds, bool directory)
{
    if (told->directory != directory || (told->kinds | kinds) & (NW_WATCH_OVERFLOW | NW_WATCH_GONE))
        return false;
    if (told->kinds & NW_WATCH_DELETED || (kinds & NW_WATCH_DELETED && directory))
        return false;
    return !(kinds & NW_WATCH_CREATED); /* over what is there: it was replaced */
}

/* Takes over `path`. */
static int gather(nw_watch *watch, unsigned kinds, char *path, bool directory)
{
    struct nw__watch_batch *batch = &watch->batch;
    struct nw__watch_told what = {.path = path, .kinds = kinds, .directory = directory};
    struct nw__watch_told **found = tfind(&what, &batch->by_path, by_path);

    if (found && can_take(*found, kinds, directory)) {
        (*found)->kinds |= kinds;
        free(path);
        return 0;
    }
    if (found)
        tdelete(*found, &batch->by_path, by_path);
    return append(watch, &what);
}

int nw__watch_tell(nw_watch *watch, unsigned kinds, const struct nw__watch_node *node, const char *name,
                   bool directory)
{
    char *path;

    kinds &= watch->kinds;
    if (!kinds)
        return 0;
    path = watch->file ? strdup(watch->path) : nw__watch_path(watch->path, node, name);
    if (!path)
        return -ENOMEM;
    note_time(&watch->batch);
    if (kinds & NW_WATCH_GONE)
        watch->batch.urgent = watch->gone;
    return gather(watch, kinds, path, directory);
}

int nw__watch_tell_moved(nw_watch *watch, char *from, const struct nw__watch_node *node, const char *name,
                         bool directory)
{
    struct nw__watch_told what = {.from = from, .kinds = NW_WATCH_MOVED, .directory = directory};

    end_gathering(&watch->batch);
    if (!(watch->kinds & NW_WATCH_MOVED)) {
        free(from);
        return 0;
    }
    what.path = nw__watch_path(watch->path, node, name);
    if (!what.path) {
        free(from);
        return -ENOMEM;
    }
    note_time(&watch->batch);
    return append(watch, &what);
}

static int append_overflow(nw_watch *watch, const struct nw__watch_node *node, int error)
{
    struct nw__watch_told what = {.kinds = NW_WATCH_OVERFLOW, .error = error, .directory = !watch->file};

    if (!nw__watch_has_room(watch))
        return -ENOMEM;
    what.path = watch->file ? strdup(watch->path) : nw__watch_path(watch->path, node, NULL);
    if (!what.path)
        return -ENOMEM;
    note_time(&watch->batch);
    end_gathering(&watch->batch);
    return append(watch, &what);
}

void nw__watch_tell_overflow(nw_watch *watch, const struct nw__watch_node *node, int error)
{
    if (append_overflow(watch, node, error) == 0)
        return;
    watch->overflow_due = true;
    if (!watch->lost_error)
        watch->lost_error = error;
}

void nw__watch_deliver(struct nw__watch_batch *batch, const nw_watch_event **events_out, size_t *count_out)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct nw__watch_told *told = batch->told[i];
        batch->events[i] = (nw_watch_event){.kinds = told->kinds,
                                            .directory = told->directory,
                                            .error = told->error,
                                            .path = told->path,
                                            .from = told->from};
    }
    end_gathering(batch);
    batch->delivered = true;
    *events_out = batch->events;
    *count_out = batch->count;
}
