/* SPDX-License-Identifier: MIT */
/*
 * nw_glob: a stack of places to be looked at, each a path and the part of the pattern that comes next, worked
 * off in slices on a worker. Owns the places and the paths found.
 * Must not recurse: a tree may be deeper than a stack.
 */
#define _GNU_SOURCE
#include "io/glob.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/descent.h"
#include "io/entries.h"
#include "io/io.h"
#include "io/paths.h"

#define SLICE_NS NW_MS(4)
#define FLAGS    (NW_GLOB_HIDDEN | NW_GLOB_FOLLOW)

enum kind { LITERAL, MAGIC, ANY_DEPTH, FOLDER /* nothing behind the last slash */ };

struct part {
    char *text;
    enum kind kind;
};

struct place {
    struct place *below; /* on the stack */
    size_t part;
    bool inside; /* come to by the "**" that is the part */
    bool plain;  /* a directory when its name was read: what is a link by now is another place */
    char path[]; /* "": here */
};

struct glob {
    unsigned flags;
    char *pattern; /* a copy, cut into parts */
    struct part *parts;
    size_t part_count;
    struct place *places;
    void *seen;    /* places that were looked at, if the pattern can lead to one in several ways */
    bool repeated; /* it can: there is more than one "**" in it */
    struct nw__entries entries;
    struct nw__paths found;
    size_t limit;
    size_t check_at; /* so many were found that it is to be seen how many of them differ */
};

/* -- places -- */

static int push(struct glob *glob, const char *path, const char *name, size_t part)
{
    size_t path_bytes = strlen(path), name_bytes = strlen(name) + 1;
    struct place *place = malloc(sizeof *place + path_bytes + 1 + name_bytes);

    if (!place)
        return -ENOMEM;
    memcpy(place->path, path, path_bytes);
    if (path_bytes > 0 && path[path_bytes - 1] != '/')
        place->path[path_bytes++] = '/';
    memcpy(place->path + path_bytes, name, name_bytes);
    place->part = part;
    place->inside = false;
    place->plain = false;
    place->below = glob->places;
    glob->places = place;
    return 0;
}

/* The same path can be found in several ways, by patterns with more than one "**". */
static int keep_unique(struct glob *glob)
{
    nw__paths_sort(&glob->found);
    nw__paths_unique(&glob->found);
    return glob->limit && glob->found.count > glob->limit ? -EFBIG : 0;
}

/* Not with every path that comes a second time: that would be a sort each. */
static int check_limit(struct glob *glob)
{
    int rc;

    if (!glob->limit || glob->found.count <= glob->check_at)
        return 0;
    rc = keep_unique(glob);
    if (glob->found.count * 2 > glob->check_at)
        glob->check_at = glob->found.count * 2;
    return rc;
}

/* All of the pattern is used up: a place that needs no looking at. */
static int found(struct glob *glob, const char *path)
{
    int rc = *path ? nw__paths_add(&glob->found, path, strlen(path)) : 0;

    return rc < 0 ? rc : check_limit(glob);
}

static struct place *pop(struct glob *glob)
{
    struct place *place = glob->places;

    glob->places = place->below;
    return place;
}

static int go_on(struct glob *glob, const char *path, const char *name, size_t part)
{
    int rc = push(glob, path, name, part);

    if (rc == 0 && part == glob->part_count) {
        struct place *place = pop(glob);
        rc = found(glob, place->path);
        free(place);
    }
    return rc;
}

/* -- looking -- */

static int look_at(const char *path, int flags, struct stat *status)
{
    int rc, fd = nw__open_long(AT_FDCWD, path, O_PATH | flags);

    if (fd < 0)
        return fd;
    rc = fstat(fd, status) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

/* Errors that say nothing about what was looked at. */
static bool is_ours(int rc)
{
    return rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM;
}

/* Returns: 1, 0; an error of ours. */
static int is_folder(const char *path)
{
    struct stat status;
    int rc = look_at(path, 0, &status);

    if (rc < 0)
        return is_ours(rc) ? rc : 0;
    return S_ISDIR(status.st_mode);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is one of the folders that the path comes through this one? The path is cut shorter and shorter. */
static int comes_through(char *path, const struct stat *folder)
{
    bool absolute = *path == '/';
    struct stat above;
    char *slash;
    int rc;

    while ((slash = strrchr(path, '/'))) {
        slash[slash == path] = '\0';
        rc = look_at(path, 0, &above);
        if (is_ours(rc))
            return rc;
        if (rc == 0 && same_file(&above, folder))
            return 1;
        if (slash == path)
            break;
    }
    if (absolute)
        return 0;
    rc = look_at(".", 0, &above);
    return rc == 0 ? same_file(&above, folder) : is_ours(rc) ? rc : 0;
}

/* Does the path lead to a folder that it comes through already? Returns: 1, 0; an error of ours. */
static int is_loop(const char *path)
{
    struct stat status;
    char *prefix;
    int rc = look_at(path, 0, &status);

    if (rc < 0)
        return is_ours(rc) ? rc : 1;
    prefix = strdup(path);
    rc = prefix ? comes_through(prefix, &status) : -ENOMEM;
    free(prefix);
    return rc;
}

/* -- one place -- */

static bool hidden(const struct glob *glob, const char *name, const char *pattern)
{
    if (name[0] != '.' || (glob->flags & NW_GLOB_HIDDEN))
        return false;
    return !pattern || pattern[pattern[0] == '\\'] != '.';
}

/* A folder, or a link that leads to one. */
static int leads_to_folder(int fd, const struct nw__entry *entry)
{
    struct stat status;

    if (entry->type != DT_LNK && entry->type != DT_UNKNOWN)
        return entry->type == DT_DIR;
    return fstatat(fd, entry->name, &status, AT_NO_AUTOMOUNT) == 0 && S_ISDIR(status.st_mode);
}

static int take_matching(struct glob *glob, const struct place *place, int fd, const struct nw__entry *entry)
{
    const char *pattern = glob->parts[place->part].text;
    bool last = place->part + 1 == glob->part_count;

    if (hidden(glob, entry->name, pattern) || !nw__glob_matches(pattern, entry->name) ||
        (!last && !leads_to_folder(fd, entry)))
        return 0;
    return go_on(glob, place->path, entry->name, place->part + 1);
}

/* Below "**": everything is found if that comes last, and every folder is a place to go on from. */
static int take_any(struct glob *glob, const struct place *place, int fd, const struct nw__entry *entry)
{
    bool last = place->part + 1 == glob->part_count;
    int rc = 0;

    if (hidden(glob, entry->name, NULL))
        return 0;
    if (last)
        rc = go_on(glob, place->path, entry->name, place->part + 1);
    if (rc < 0 || !leads_to_folder(fd, entry))
        return rc;
    if (entry->type != DT_DIR && !(glob->flags & NW_GLOB_FOLLOW))
        return 0;
    rc = push(glob, place->path, entry->name, place->part);
    if (rc < 0)
        return rc;
    glob->places->inside = true;
    glob->places->plain = entry->type == DT_DIR;
    if (entry->type == DT_LNK)
        rc = is_loop(glob->places->path);
    if (rc != 0)
        free(pop(glob));
    return rc < 0 ? rc : 0;
}

/* Without its last slashes, behind which a link would be followed. */
static int open_plain(const char *path)
{
    size_t size_bytes = strlen(path);
    char *name;
    int fd;

    while (size_bytes > 1 && path[size_bytes - 1] == '/')
        size_bytes--;
    name = strndup(path, size_bytes);
    if (!name)
        return -ENOMEM;
    fd = nw__open_long(AT_FDCWD, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    free(name);
    return fd;
}

static int open_place(const struct place *place)
{
    if (place->plain)
        return open_plain(place->path);
    return nw__open_long(AT_FDCWD, *place->path ? place->path : ".", O_RDONLY | O_DIRECTORY);
}

static int list(struct glob *glob, const struct place *place,
                int (*take)(struct glob *glob, const struct place *place, int fd,
                            const struct nw__entry *entry))
{
    int rc = 1, fd = open_place(place);

    if (fd < 0)
        return is_ours(fd) ? fd : 0;
    glob->entries.end = false;
    while (rc > 0 && !glob->entries.end && (rc = nw__entries_read(&glob->entries, fd)) > 0) {
        struct nw__entry *entry;
        nw__entries_find_types(&glob->entries, fd);
        while (rc >= 0 && (entry = nw__entries_current(&glob->entries))) {
            rc = take(glob, place, fd, entry);
            nw__entries_advance(&glob->entries, entry);
        }
        rc = rc < 0 ? rc : 1;
    }
    close(fd);
    return is_ours(rc) || rc == -EFBIG ? rc : 0; /* what cannot be read is passed over */
}

/* "**" stands for no folder, too. If it comes last, that is the folder itself, with a slash. */
static int look_at_any_depth(struct glob *glob, const struct place *place)
{
    bool last = place->part + 1 == glob->part_count;
    int rc = 1;

    if (last)
        rc = !place->inside && *place->path ? is_folder(place->path) : 0;
    if (rc > 0)
        rc = go_on(glob, place->path, "", place->part + 1);
    if (rc >= 0 && !last)
        glob->places->plain = place->plain;
    return rc < 0 ? rc : list(glob, place, take_any);
}

static int look_at_literal(struct glob *glob, const struct place *place)
{
    struct stat status;
    int rc = push(glob, place->path, glob->parts[place->part].text, place->part + 1);

    if (rc < 0)
        return rc;
    int looked = look_at(glob->places->path, O_NOFOLLOW, &status);
    bool is_there = looked == 0;
    if (is_there && glob->places->part < glob->part_count)
        return 0;
    struct place *last = pop(glob);
    if (is_there)
        rc = found(glob, last->path);
    free(last);
    return is_ours(looked) ? looked : rc;
}

/* Nothing behind the last slash. */
static int look_at_folder(struct glob *glob, const struct place *place)
{
    int rc = *place->path ? is_folder(place->path) : 0;

    return rc > 0 ? go_on(glob, place->path, "", place->part + 1) : rc;
}

static int look(struct glob *glob, const struct place *place)
{
    switch (glob->parts[place->part].kind) {
    case LITERAL:
        return look_at_literal(glob, place);
    case MAGIC:
        return list(glob, place, take_matching);
    case ANY_DEPTH:
        return look_at_any_depth(glob, place);
    default:
        return look_at_folder(glob, place);
    }
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return a->inside != b->inside ? (a->inside ? 1 : -1) : strcmp(a->path, b->path);
}

/* Take the place over, and look at it if that was not done before. */
static int look_once(struct glob *glob, struct place *place)
{
    struct place **seen = glob->repeated ? tsearch(place, &glob->seen, compare_places) : NULL;
    int rc = glob->repeated && !seen ? -ENOMEM : 0;

    if (seen && *seen == place)
        return look(glob, place);
    if (!glob->repeated)
        rc = look(glob, place);
    free(place);
    return rc;
}

/* On a worker. */
static int glob_step(void *arg)
{
    struct glob *glob = arg;
    int64_t until_ns = nw__clock_ns() + SLICE_NS;
    int rc = 0;

    while (rc == 0 && glob->places) {
        rc = look_once(glob, pop(glob));
        if (rc == 0 && nw__clock_ns() > until_ns)
            return NW__JOB_GOES_ON;
    }
    return rc == 0 ? keep_unique(glob) : rc;
}

/* -- the pattern -- */

static size_t count_parts(const char *pattern)
{
    size_t count = 1;

    for (; *pattern; pattern++)
        count += *pattern == '/';
    return count;
}

/* How much of the pattern comes before the first name with something to match in it. */
static size_t prefix_length(const char *pattern)
{
    size_t begin = 0, end;

    for (;;) {
        end = begin + strcspn(pattern + begin, "/");
        if (nw__glob_is_magic(pattern + begin, end - begin) || pattern[end] == '\0')
            return begin;
        begin = end + 1;
    }
}

/*
 * Several "**" in a row match what one does, but at the end what two do: the last one finds, besides all
 * names, the folder that the others have come to.
 */
static bool repeats(const struct glob *glob, bool last)
{
    size_t count = glob->part_count;

    if (count == 0 || glob->parts[count - 1].kind != ANY_DEPTH)
        return false;
    return !last || (count > 1 && glob->parts[count - 2].kind == ANY_DEPTH);
}

static void add_part(struct glob *glob, char *text, bool last)
{
    enum kind kind = LITERAL;

    if (strcmp(text, "**") == 0)
        kind = ANY_DEPTH;
    else if (nw__glob_is_magic(text, strlen(text)))
        kind = MAGIC;
    if (kind == ANY_DEPTH && repeats(glob, last))
        return;
    if (kind == LITERAL)
        nw__glob_unescape(text);
    for (size_t i = 0; kind == ANY_DEPTH && i < glob->part_count; i++)
        glob->repeated = glob->repeated || glob->parts[i].kind == ANY_DEPTH;
    glob->parts[glob->part_count++] = (struct part){text, kind};
}

/* As the names between its slashes, several of which count as one. */
static void cut(struct glob *glob, char *text)
{
    while (*text) {
        char *end = text + strcspn(text, "/");
        char *next = end + strspn(end, "/");
        bool last = *next == '\0', folder = last && next > end;
        *end = '\0';
        add_part(glob, text, last && !folder);
        if (folder)
            glob->parts[glob->part_count++] = (struct part){.kind = FOLDER};
        text = next;
    }
}

/* The root keeps its slashes, however many. */
static void trim_slashes(char *path)
{
    size_t length = strlen(path), end = length;

    while (end > 0 && path[end - 1] == '/')
        end--;
    if (end > 0)
        path[end] = '\0';
}

static int parse(struct glob *glob, const char *pattern)
{
    size_t prefix_bytes = prefix_length(pattern);
    char *prefix = strndup(pattern, prefix_bytes);
    int rc = -ENOMEM;

    glob->pattern = strdup(pattern);
    glob->parts = malloc((count_parts(pattern) + 1) * sizeof *glob->parts);
    if (prefix && glob->pattern && glob->parts) {
        if (nw__glob_is_magic(pattern, strlen(pattern))) {
            cut(glob, glob->pattern + prefix_bytes);
        } else { /* one path, which may end in a slash */
            *prefix = '\0';
            add_part(glob, glob->pattern, true);
        }
        nw__glob_unescape(prefix);
        trim_slashes(prefix);
        rc = push(glob, "", prefix, 0);
    }
    free(prefix);
    return rc;
}

/* On a worker: it can be many. */
static int forget_places(void *arg)
{
    struct glob *glob = arg;

    tdestroy(glob->seen, free);
    glob->seen = NULL;
    while (glob->places)
        free(pop(glob));
    return 0;
}

static void finish(struct glob *glob)
{
    if (glob->seen)
        nw__io_cleanup("glob", forget_places, glob);
    while (glob->places)
        free(pop(glob));
    nw__entries_finish(&glob->entries);
    nw__paths_finish(&glob->found);
    free(glob->parts);
    free(glob->pattern);
}

int nw_glob(const char *pattern, unsigned flags, size_t limit, nw_paths *paths_out)
{
    struct glob glob = {.flags = flags, .limit = limit, .check_at = limit};
    int rc;

    if (!pattern || !paths_out || (flags & ~FLAGS))
        return -EINVAL;
    rc = parse(&glob, pattern);
    if (rc == 0)
        rc = nw__io_job("glob", glob_step, &glob);
    if (rc == 0)
        nw__paths_take(&glob.found, paths_out);
    finish(&glob);
    return rc;
}
