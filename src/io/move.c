/* SPDX-License-Identifier: MIT */
/*
 * A file or a tree moved: renamed; or, to another file system, copied under another name beside the target,
 * brought to disk, renamed, and only then removed where it was.
 * Owns the copy until it has the target's name: on every failure before that it is removed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/copy.h"

#define NAME_KEPT_BYTES 200 /* of the target's name: enough to tell whose the copy is, within NAME_MAX */

struct move {
    const char *from;
    const char *to;
    unsigned flags;
    char *source; /* `from` without slashes at its end: with them, a link put into its place is followed */
    char *copy;   /* its path */
};

static unsigned rename_flags(const struct move *move)
{
    return move->flags & NW_COPY_EXCL ? RENAME_NOREPLACE : 0;
}

/* A file system without RENAME_NOREPLACE: a link is as good, for what is no folder. */
static int rename_by_link(const char *from, const char *to)
{
    if (linkat(AT_FDCWD, from, AT_FDCWD, to, 0) < 0)
        return -errno;
    return unlink(from) < 0 ? -errno : 0;
}

static int rename_path(const struct move *move, const char *from)
{
    struct stat status;

    if (renameat2(AT_FDCWD, from, AT_FDCWD, move->to, rename_flags(move)) == 0)
        return 0;
    if (errno != EINVAL || !rename_flags(move) || lstat(from, &status) < 0 || S_ISDIR(status.st_mode))
        return -errno;
    return rename_by_link(from, move->to);
}

static int rename_step(void *arg)
{
    const struct move *move = arg;

    return rename_path(move, move->from);
}

static size_t length_without_slashes(const char *path)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

/* A slash at the end says that it is a folder, which a link is not. */
static int check_slash(const char *path, const struct stat *status)
{
    return !S_ISDIR(status->st_mode) && path[length_without_slashes(path)] == '/' ? -ENOTDIR : 0;
}

static int find_source(struct move *move, struct stat *status)
{
    move->source = strndup(move->from, length_without_slashes(move->from));
    if (!move->source)
        return -ENOMEM;
    return lstat(move->source, status) < 0 ? -errno : check_slash(move->from, status);
}

/* What the rename at the end would refuse, before all the work. */
static int check_target(const struct move *move, const struct stat *from)
{
    struct stat to;
    int rc = check_slash(move->to, from);

    if (rc < 0)
        return rc;
    if (lstat(move->to, &to) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (move->flags & NW_COPY_EXCL)
        return -EEXIST;
    if (S_ISDIR(to.st_mode) && !S_ISDIR(from->st_mode))
        return -EISDIR;
    return !S_ISDIR(to.st_mode) && S_ISDIR(from->st_mode) ? -ENOTDIR : 0;
}

/* ".NAME.xxxxxxxxxxxxxxxx" in the target's folder; slashes at the end belong to no name. */
static int name_copy(struct move *move)
{
    char suffix[NW__SUFFIX_BYTES];
    size_t end = length_without_slashes(move->to), begin;
    int rc = nw__random_suffix(suffix);

    if (rc < 0)
        return rc;
    for (begin = end; begin > 0 && move->to[begin - 1] != '/'; begin--)
        ;
    if (end - begin > NAME_KEPT_BYTES)
        end = begin + NAME_KEPT_BYTES;
    if (asprintf(&move->copy, "%.*s.%.*s.%s", (int)begin, move->to, (int)(end - begin), move->to + begin,
                 suffix) < 0) {
        move->copy = NULL;
        return -ENOMEM;
    }
    return 0;
}

static int prepare_step(void *arg)
{
    struct move *move = arg;
    struct stat from;
    int rc = find_source(move, &from);

    if (rc == 0)
        rc = check_target(move, &from);
    return rc == 0 ? name_copy(move) : rc;
}

/* All of the copy is on disk before its name is, and that before the source goes. */
static int commit_step(void *arg)
{
    struct move *move = arg;
    int rc, folder_fd = nw__path_open_folder(move->copy);

    if (folder_fd < 0)
        return folder_fd;
    rc = syncfs(folder_fd) < 0 ? -errno : 0;
    if (rc == 0)
        rc = rename_path(move, move->copy);
    if (rc == 0) {
        free(move->copy);
        move->copy = NULL; /* it is the target now */
        rc = fsync(folder_fd) < 0 ? -errno : 0;
    }
    close(folder_fd);
    return rc;
}

static int stop_at_error(const char *path, int error, void *arg)
{
    (void)path, (void)arg;
    return error;
}

static int move_by_copy(struct move *move, const nw_copy_options *options)
{
    const nw_copy_options copying = {.parallel = options ? options->parallel : 0,
                                     .progress = options ? options->progress : (nw_progress){0},
                                     .on_error = stop_at_error};
    int rc = nw__work_await("move", prepare_step, move);

    if (rc == 0)
        rc = nw__copy_run(&copying, move->source, move->copy, NW_COPY_ALL | NW_COPY_EXCL, true);
    if (rc == 0)
        rc = nw__work_await("move", commit_step, move);
    if (move->copy) {
        nw_shield shield;
        nw_shield_begin(&shield);
        (void)nw_remove_tree(move->copy); /* what the error was, the caller is told already */
        nw_shield_end(&shield);
        free(move->copy);
    }
    if (rc == 0)
        rc = nw_remove_tree(move->source);
    free(move->source);
    return rc;
}

int nw_move(const nw_copy_options *options, const char *from, const char *to)
{
    struct move move = {.from = from, .to = to, .flags = options ? options->flags : 0};
    int rc;

    if (!from || !to || !nw__copy_options_valid(options) || move.flags & ~NW_COPY_EXCL)
        return -EINVAL;
    rc = nw__work_await("move", rename_step, &move);
    return rc == -EXDEV ? move_by_copy(&move, options) : rc;
}
