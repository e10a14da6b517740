/* SPDX-License-Identifier: MIT */
/*
 * What a lane does: entries of any kind but folders, one after the other, in trips.
 * Owns the entry that is under way. What it has to say goes into a list of events, for the task.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/copy.h"

/* -- what the task has to be told of -- */

static size_t put(char *path, size_t end, const char *name)
{
    for (size_t left = strlen(name); left > 0; left--)
        path[--end] = name[left - 1];
    return end;
}

char *nw__copy_path(const struct nw__copy *copy, const struct nw__copy_folder *folder, const char *name,
                    const char *root)
{
    size_t root_bytes = root ? strlen(root) : 0, size = root_bytes + strlen(name) + 2, end;
    char *path;

    if (folder == copy->top)
        return strdup(root ? root : name);
    for (const struct nw__copy_folder *f = folder; f->parent != copy->top; f = f->parent)
        size += strlen(f->name) + 1;
    path = malloc(size);
    if (!path)
        return NULL;
    path[size - 1] = '\0';
    end = put(path, size - 1, name);
    for (const struct nw__copy_folder *f = folder; f->parent != copy->top; f = f->parent) {
        path[--end] = '/';
        end = put(path, end, f->name);
    }
    if (root_bytes > 0 && root[root_bytes - 1] != '/')
        path[--end] = '/';
    if (root)
        end = put(path, end, root);
    memmove(path, path + end, size - end);
    return path;
}

void nw__copy_tell(struct nw__copy *copy, const struct nw__copy_folder *folder, const char *name, int error)
{
    struct nw__copy_event *event;

    if (error == 0 && !copy->wants_entries)
        return;
    event = calloc(1, sizeof *event);
    if (event) {
        event->error = error;
        event->from = nw__copy_path(copy, folder, name, copy->from);
        event->to = error == 0 ? nw__copy_path(copy, folder, name, copy->to) : NULL;
    }
    if (!event || !event->from || (error == 0 && !event->to)) {
        atomic_store(&copy->fatal, error ? error : -ENOMEM);
        atomic_store(&copy->stop, true);
        if (event) {
            free(event->from);
            free(event->to);
        }
        free(event);
        return;
    }
    pthread_mutex_lock(&copy->lock);
    nw__list_push_back(&copy->events, &event->link);
    pthread_mutex_unlock(&copy->lock);
}

void nw__copy_remove(int folder_fd, const char *name, dev_t device, ino_t inode)
{
    struct stat now;

    /* Unknown: it could not be looked at a moment after it was made. */
    if (inode != 0 && (fstatat(folder_fd, name, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_dev != device ||
                       now.st_ino != inode))
        return;
    unlinkat(folder_fd, name, 0);
}

/* -- links, FIFOs, sockets, devices -- */

static int make_symlink(const struct nw__copy_node *node)
{
    char target[PATH_MAX]; /* the kernel's limit for what a link says */
    ssize_t n = readlinkat(node->from_dir, node->from, target, sizeof target - 1);

    if (n < 0)
        return -errno;
    target[n] = '\0';
    return symlinkat(target, node->to_dir, node->to) < 0 ? -errno : 0;
}

static int make_special(const struct nw__copy_node *node)
{
    mode_t mode = node->source->st_mode & (S_IFMT | 0777);

    if (S_ISLNK(node->source->st_mode))
        return make_symlink(node);
    return mknodat(node->to_dir, node->to, mode, node->source->st_rdev) < 0 ? -errno : 0;
}

/* A link in the place of the file that it leads to would be all that is left of that. */
static bool leads_there(const struct nw__copy_node *node, const struct stat *there)
{
    struct stat target;

    return S_ISLNK(node->source->st_mode) && fstatat(node->from_dir, node->from, &target, 0) == 0 &&
           target.st_dev == there->st_dev && target.st_ino == there->st_ino;
}

/* Something has the name. Returns: 0: it was taken away; NW__COPY_LEFT; an error. */
static int make_room(const struct nw__copy_lane *lane, const struct nw__copy_node *node)
{
    const struct nw__copy *copy = lane->copy;
    struct stat there;

    if (lane->batch->folder == copy->top && copy->flags & NW_COPY_EXCL)
        return -EEXIST;
    if (fstatat(node->to_dir, node->to, &there, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (there.st_dev == node->source->st_dev && there.st_ino == node->source->st_ino)
        return -EINVAL;
    if (S_ISDIR(there.st_mode))
        return -EISDIR;
    if (nw__copy_leaves(copy, &there, node->source))
        return NW__COPY_LEFT;
    if (leads_there(node, &there))
        return -EINVAL;
    return unlinkat(node->to_dir, node->to, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int copy_special(struct nw__copy_lane *lane, struct nw__copy_node *node)
{
    struct stat made;
    int rc = make_special(node);

    if (rc == -EEXIST) {
        rc = make_room(lane, node);
        if (rc == 0)
            rc = make_special(node);
    }
    if (rc != 0)
        return rc;
    if (fstatat(node->to_dir, node->to, &made, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    node->mode = made.st_mode;
    node->made = true;
    rc = nw__copy_attributes(node, lane->copy->flags);
    if (rc < 0)
        nw__copy_remove(node->to_dir, node->to, made.st_dev, made.st_ino);
    return rc;
}

/* -- one entry -- */

/* Must this entry be made a name of another one's copy? 0: no, copy it. */
static int check_links(struct nw__copy_lane *lane, const struct nw__copy_name *entry,
                       const struct stat *source)
{
    struct nw__copy *copy = lane->copy;
    struct nw__copy_folder *folder = lane->batch->folder;
    struct stat there;

    if (!copy->links || source->st_nlink < 2 || folder == copy->top)
        return 0;
    if (copy->flags & (NW_COPY_KEEP | NW_COPY_UPDATE) &&
        fstatat(folder->to_fd, entry->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        nw__copy_leaves(copy, &there, source))
        return NW__COPY_LEFT;
    return nw__copy_link_or_claim(lane, entry, source);
}

static int copy_other(struct nw__copy_lane *lane, const struct nw__copy_name *entry,
                      const struct stat *source)
{
    struct nw__copy_folder *folder = lane->batch->folder;
    struct nw__copy_node node = {.from_fd = -1,
                                 .to_fd = -1,
                                 .from_dir = folder->from_fd,
                                 .to_dir = folder->to_fd,
                                 .from = nw__copy_from_name(lane->copy, folder, entry->name),
                                 .to = nw__copy_to_name(lane->copy, folder, entry->name),
                                 .source = source};
    int rc;

    if (S_ISDIR(source->st_mode))
        return -EISDIR; /* it was none a moment ago */
    rc = check_links(lane, entry, source);
    if (rc == 0)
        return copy_special(lane, &node);
    return rc == NW__COPY_LINKED ? 0 : rc;
}

static int go_on(struct nw__copy_lane *lane)
{
    int rc = nw__copy_file_step(lane);

    return rc == 0 ? nw__copy_file_complete(lane) : rc;
}

/* The source is open. */
static int copy_regular(struct nw__copy_lane *lane, const struct nw__copy_name *entry)
{
    int rc = check_links(lane, entry, &lane->file.source);

    if (rc == 0)
        rc = nw__copy_file_open_target(lane, entry);
    if (rc == 0) {
        lane->open = true;
        return go_on(lane);
    }
    if (rc > 0)
        nw__copy_file_abandon(lane); /* all there is is the open source */
    return rc == NW__COPY_LINKED ? 0 : rc;
}

static int begin_entry(struct nw__copy_lane *lane)
{
    const struct nw__copy *copy = lane->copy;
    struct nw__copy_folder *folder = lane->batch->folder;
    const struct nw__copy_name *entry = &lane->batch->entries[lane->batch->next];
    bool root = folder == copy->top;
    struct stat source;
    int rc = -ENOTSUP;

    if (entry->type == DT_REG || copy->flags & NW__COPY_FOLLOW) {
        rc = nw__copy_file_open(lane, entry);
        if (rc == 0)
            return copy_regular(lane, entry);
    }
    if (rc == -ENOTSUP && copy->flags & NW__COPY_FOLLOW)
        return -EINVAL;
    if (rc == -ENOTSUP)
        rc = fstatat(folder->from_fd, nw__copy_from_name(copy, folder, entry->name), &source,
                     AT_SYMLINK_NOFOLLOW) < 0
                 ? -errno
                 : 0;
    if (rc == 0 && S_ISREG(source.st_mode)) {
        rc = nw__copy_file_open(lane, entry);
        return rc == 0 ? copy_regular(lane, entry) : rc == -ENOTSUP ? -EBUSY : rc;
    }
    if (rc == -ENOENT && !root)
        return NW__COPY_LEFT; /* it has vanished */
    return rc < 0 ? rc : copy_other(lane, entry, &source);
}

/* -- a lane -- */

static bool take_batch(struct nw__copy_lane *lane)
{
    struct nw__copy *copy = lane->copy;

    pthread_mutex_lock(&copy->lock);
    if (!nw__list_empty(&copy->queue)) {
        struct nw__link *link = nw__list_pop_front(&copy->queue);
        lane->batch = nw__container(link, struct nw__copy_batch, link);
        copy->queued--;
    }
    pthread_mutex_unlock(&copy->lock);
    return lane->batch;
}

static void release_batch(struct nw__copy *copy, struct nw__copy_batch *batch)
{
    nw__copy_folder_leave(copy, batch->folder);
    free(batch);
}

static void end_entry(struct nw__copy_lane *lane, int rc)
{
    struct nw__copy_batch *batch = lane->batch;

    if (rc < 0)
        nw__copy_file_abandon(lane);
    nw__copy_link_done(lane, rc == 0);
    if (rc != NW__COPY_LEFT)
        nw__copy_tell(lane->copy, batch->folder, batch->entries[batch->next].name, rc);
    lane->open = false;
    if (++batch->next == batch->count) {
        lane->batch = NULL;
        release_batch(lane->copy, batch);
    }
}

int nw__copy_lane_trip(void *arg)
{
    struct nw__copy_lane *lane = arg;
    int64_t until_ns = nw__clock_ns() + NW__COPY_SLICE_NS;

    do {
        if (!lane->batch && !take_batch(lane))
            return NW__COPY_IDLE;
        int rc = lane->open ? go_on(lane) : begin_entry(lane);
        if (rc == NW__JOB_GOES_ON || rc == NW__COPY_PIECE || rc == NW__COPY_WAITS)
            return rc;
        end_entry(lane, rc);
    } while (!atomic_load_explicit(&lane->copy->stop, memory_order_relaxed) && nw__clock_ns() < until_ns);
    return NW__JOB_GOES_ON;
}

void nw__copy_lane_finish(struct nw__copy_lane *lane)
{
    if (lane->batch) {
        nw__copy_file_abandon(lane);
        nw__copy_link_done(lane, false);
        release_batch(lane->copy, lane->batch);
        lane->batch = NULL;
    }
    while (take_batch(lane)) {
        release_batch(lane->copy, lane->batch);
        lane->batch = NULL;
    }
    free(lane->file.pieces[0]);
    free(lane->file.pieces[1]);
}
