/* SPDX-License-Identifier: MIT */
/*
 * The walk of a copying: down the source, depth first; it makes the folders and queues what is in them.
 * Owns the folders it is in, on a chain on the heap. Only the lowest are kept open; one further up is found
 * again through "..", which must be the same one. Copies nothing itself.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/copy.h"

#define ENTRIES_MAX (NW__ENTRIES_BYTES / 24 + 1) /* an entry takes 24 bytes at least */

/* -- folders -- */

static struct nw__copy_folder *new_folder(struct nw__copy_folder *parent, const char *name)
{
    struct nw__copy_folder *folder = calloc(1, sizeof *folder + strlen(name) + 1);

    if (!folder)
        return NULL;
    *folder =
        (struct nw__copy_folder){.parent = parent, .users = 1, .references = 1, .from_fd = -1, .to_fd = -1};
    strcpy(folder->name, name);
    return folder;
}

static void close_both(struct nw__copy_folder *folder)
{
    if (folder->from_fd >= 0)
        close(folder->from_fd);
    if (folder->to_fd >= 0)
        close(folder->to_fd);
    folder->from_fd = -1;
    folder->to_fd = -1;
}

/* All in it is there: now what would have kept it from being filled, and its times. */
static void complete_folder(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    const struct nw__copy_node node = {.from_fd = folder->from_fd,
                                       .to_fd = folder->to_fd,
                                       .source = &folder->source,
                                       .mode = folder->target.st_mode,
                                       .made = folder->made};
    int rc = folder->to_fd >= 0 ? nw__copy_attributes(&node, copy->flags) : 0;

    if (folder->error == 0)
        folder->error = rc;
    close_both(folder);
}

/* With its last reference a folder goes, and with it, perhaps, those above. */
static void release(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    while (folder) {
        struct nw__copy_folder *parent = folder->parent;
        pthread_mutex_lock(&copy->lock);
        bool last = --folder->references == 0;
        pthread_mutex_unlock(&copy->lock);
        if (!last)
            return;
        if (parent && folder->error != NW__COPY_LEFT)
            nw__copy_tell(copy, parent, folder->name, folder->error);
        nw__entries_finish(&folder->entries);
        free(folder);
        folder = parent;
    }
}

void nw__copy_folder_leave(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    pthread_mutex_lock(&copy->lock);
    bool last = --folder->users == 0;
    pthread_mutex_unlock(&copy->lock);
    if (!last)
        return;
    if (folder->parent)
        complete_folder(copy, folder);
    release(copy, folder);
}

/* -- batches -- */

static void queue_batch(struct nw__copy *copy, struct nw__copy_batch *batch)
{
    pthread_mutex_lock(&copy->lock);
    batch->folder->users++;
    nw__list_push_back(&copy->queue, &batch->link);
    copy->queued++;
    pthread_mutex_unlock(&copy->lock);
}

static int queue_names(struct nw__copy *copy, struct nw__copy_folder *folder,
                       const struct nw__copy_name *entries, size_t count)
{
    size_t names_bytes = 0, at = 0;
    struct nw__copy_batch *batch;

    for (size_t i = 0; i < count; i++)
        names_bytes += strlen(entries[i].name) + 1;
    batch = malloc(sizeof *batch + names_bytes);
    if (!batch)
        return -ENOMEM;
    batch->folder = folder;
    batch->count = count;
    batch->next = 0;
    for (size_t i = 0; i < count; i++) {
        batch->entries[i] = entries[i];
        batch->entries[i].name = strcpy(batch->names + at, entries[i].name);
        at += strlen(entries[i].name) + 1;
    }
    queue_batch(copy, batch);
    return 0;
}

int nw__copy_queue_one(struct nw__copy *copy, struct nw__copy_folder *folder, const char *name,
                       unsigned char type)
{
    const struct nw__copy_name entry = {.type = type, .name = name};

    return queue_names(copy, folder, &entry, 1);
}

/* What there will be to copy. */
static void count_bytes(struct nw__copy *copy, const struct nw__copy_folder *folder, const char *name)
{
    struct stat status;

    if (fstatat(folder->from_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
        atomic_fetch_add(&copy->total_bytes, (unsigned long long)status.st_size);
}

static int by_inode(const void *a, const void *b)
{
    const struct nw__copy_name *x = a, *y = b;

    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* All of the batch that are no folders, in the order in which their inodes lie on the disk. */
static int queue_files(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    struct nw__copy_name names[ENTRIES_MAX];
    struct nw__entries entries = folder->entries;
    const struct nw__entry *entry;
    size_t count = 0;
    int rc = 0;

    while ((entry = nw__entries_current(&entries))) {
        if (entry->type != DT_DIR)
            names[count++] =
                (struct nw__copy_name){.inode = entry->inode, .type = entry->type, .name = entry->name};
        nw__entries_advance(&entries, entry);
    }
    if (count > 1)
        qsort(names, count, sizeof *names, by_inode);
    for (size_t i = 0; copy->wants_total && i < count; i++)
        count_bytes(copy, folder, names[i].name);
    for (size_t at = 0; rc == 0 && at < count; at += NW__COPY_BATCH)
        rc = queue_names(copy, folder, names + at, count - at < NW__COPY_BATCH ? count - at : NW__COPY_BATCH);
    return rc;
}

/* -- going down -- */

/* Is `fd`, or a folder above it, the one that is to be copied? Bind mounts and links make no difference. */
static int is_inside(int fd, const struct stat *folder)
{
    struct stat here, before = {0};
    int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), above, inside = 0;

    while (at >= 0 && fstat(at, &here) == 0) {
        inside = here.st_dev == folder->st_dev && here.st_ino == folder->st_ino;
        if (inside || (here.st_dev == before.st_dev && here.st_ino == before.st_ino))
            break; /* above "/" is "/" */
        before = here;
        above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = above;
    }
    if (at < 0) /* nothing in a folder that we may not search could have been copied by us */
        return errno == EACCES ? 0 : -errno;
    close(at);
    return inside;
}

/* The root is known now. Returns: 0; -EINVAL: it would be copied into itself. */
static int check_root(struct nw__copy *copy, const struct nw__copy_folder *folder)
{
    int rc = is_inside(folder->to_fd, &folder->source);

    copy->root_device = folder->target.st_dev;
    copy->root_inode = folder->target.st_ino;
    if (rc == 0 && copy->links) {
        copy->root_fd = fcntl(folder->to_fd, F_DUPFD_CLOEXEC, 0);
        rc = copy->root_fd < 0 ? -errno : 0;
    }
    return rc == 1 ? -EINVAL : rc;
}

static int open_source(const struct nw__copy *copy, struct nw__copy_folder *folder)
{
    const char *name = nw__copy_from_name(copy, folder->parent, folder->name);

    folder->from_fd = openat(folder->parent->from_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->from_fd < 0)
        return errno == ELOOP ? -ENOTDIR : -errno;
    if (fstat(folder->from_fd, &folder->source) < 0)
        return -errno;
    /* The copy itself, below the source, by a way that nobody could foresee. */
    if (folder->parent != copy->top && folder->source.st_dev == copy->root_device &&
        folder->source.st_ino == copy->root_inode)
        return -EINVAL;
    return 0;
}

/* Ours alone until it has its owner; and we must be able to fill it. */
static int make_target(const struct nw__copy *copy, struct nw__copy_folder *folder)
{
    mode_t kept =
        copy->flags & (NW_COPY_OWNER | NW_COPY_XATTRS) && !(copy->flags & NW_COPY_UMASK) ? 0700 : 01777;
    int folder_fd = folder->parent->to_fd;
    const char *name = nw__copy_to_name(copy, folder->parent, folder->name);

    folder->made = mkdirat(folder_fd, name, (folder->source.st_mode & kept) | 0700) == 0;
    if (!folder->made && (errno != EEXIST || (folder->parent == copy->top && copy->flags & NW_COPY_EXCL)))
        return -errno;
    folder->to_fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->to_fd < 0)
        return errno == ELOOP ? -ENOTDIR : -errno;
    return fstat(folder->to_fd, &folder->target) < 0 ? -errno : 0;
}

static int open_target(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    const struct nw__copy_folder *parent = folder->parent;
    int rc = make_target(copy, folder);

    if (rc == 0 && parent == copy->top)
        rc = check_root(copy, folder);
    if (rc < 0 && folder->made)
        unlinkat(parent->to_fd, nw__copy_to_name(copy, parent, folder->name), AT_REMOVEDIR);
    return rc;
}

/* What the kernel refused above will be refused here, unless this is another file system. */
static void inherit(struct nw__copy_folder *folder)
{
    const struct nw__copy_folder *parent = folder->parent;

    if (folder->source.st_dev != parent->source.st_dev || folder->target.st_dev != parent->target.st_dev)
        return;
    atomic_init(&folder->no_clone, atomic_load_explicit(&parent->no_clone, memory_order_relaxed));
    atomic_init(&folder->no_range, atomic_load_explicit(&parent->no_range, memory_order_relaxed));
}

static int grow(struct nw__copy *copy)
{
    size_t capacity = copy->capacity ? copy->capacity * 2 : 32;
    struct nw__copy_folder **chain = realloc(copy->chain, capacity * sizeof(struct nw__copy_folder *));

    if (!chain)
        return -ENOMEM;
    copy->chain = chain;
    copy->capacity = capacity;
    return 0;
}

static void discard(struct nw__copy_folder *folder)
{
    close_both(folder);
    free(folder);
}

/* Returns: 0: entered, or told why not, or it vanished; -ENOTDIR: it is no folder; a fatal error. */
static int enter(struct nw__copy *copy, struct nw__copy_folder *parent, const char *name)
{
    bool root = parent == copy->top;
    struct nw__copy_folder *folder;
    int rc = copy->depth == copy->capacity ? grow(copy) : 0;

    if (rc < 0)
        return rc;
    folder = new_folder(parent, name);
    if (!folder)
        return -ENOMEM;
    rc = open_source(copy, folder);
    if (rc == -ENOTDIR || (rc == -ENOENT && !root)) {
        discard(folder);
        return rc == -ENOTDIR ? rc : 0;
    }
    if (rc == 0)
        rc = open_target(copy, folder);
    if (rc < 0) {
        nw__copy_tell(copy, parent, name, rc);
        discard(folder);
        return 0;
    }
    inherit(folder);
    pthread_mutex_lock(&copy->lock);
    parent->references++;
    pthread_mutex_unlock(&copy->lock);
    copy->chain[copy->depth++] = folder;
    return 0;
}

/* -- coming up -- */

/* Open again the folder below which we were. Should ".." be another one by now, the tree was moved: stop. */
static int come_back(int child_fd, const struct stat *known, int *fd_out)
{
    struct stat status;
    int fd = openat(child_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0 || status.st_dev != known->st_dev || status.st_ino != known->st_ino) {
        close(fd);
        return -EBUSY;
    }
    *fd_out = fd;
    return 0;
}

/* All of the lowest folder is queued. */
static int go_up(struct nw__copy *copy)
{
    struct nw__copy_folder *folder = copy->chain[copy->depth - 1];
    struct nw__copy_folder *parent = folder->parent;
    int rc = 0;

    if (parent->from_fd == -1) {
        rc = come_back(folder->from_fd, &parent->source, &parent->from_fd);
        if (rc == 0)
            rc = come_back(folder->to_fd, &parent->target, &parent->to_fd);
        if (rc == 0 && lseek(parent->from_fd, parent->position, SEEK_SET) < 0)
            rc = -errno;
    }
    copy->depth--;
    nw__copy_folder_leave(copy, folder);
    return rc;
}

/* Few descriptors, whatever the depth. Returns: NW__COPY_WAITS while the one to be closed is in use. */
static int let_go(struct nw__copy *copy)
{
    struct nw__copy_folder *folder = copy->depth > copy->held ? copy->chain[copy->depth - copy->held] : NULL;

    if (!folder || folder->from_fd < 0)
        return 0;
    pthread_mutex_lock(&copy->lock);
    bool in_use = folder->users > 1;
    pthread_mutex_unlock(&copy->lock);
    if (in_use)
        return NW__COPY_WAITS;
    folder->position = lseek(folder->from_fd, 0, SEEK_CUR);
    close_both(folder);
    nw__entries_fit(&folder->entries);
    return 0;
}

/* -- the walk -- */

static int enter_next(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    const struct nw__entry *entry = nw__entries_current(&folder->entries);
    int rc = 0;

    if (entry->type == DT_DIR) {
        rc = let_go(copy);
        if (rc == 0)
            rc = enter(copy, folder, entry->name);
        if (rc == -ENOTDIR) /* by now */
            rc = nw__copy_queue_one(copy, folder, entry->name, DT_UNKNOWN);
    }
    if (rc == 0)
        nw__entries_advance(&folder->entries, entry);
    return rc;
}

static bool is_other_mount(const struct nw__copy *copy, const struct nw__copy_folder *folder)
{
    return copy->flags & NW_COPY_ONE_FILE_SYSTEM && folder->source.st_dev != copy->chain[0]->source.st_dev;
}

/* Returns: 1: there are more entries; 0: no. */
static int read_batch(const struct nw__copy *copy, struct nw__copy_folder *folder)
{
    if (folder->entries.end || is_other_mount(copy, folder))
        return 0;
    return nw__entries_read(&folder->entries, folder->from_fd);
}

static int read_more(struct nw__copy *copy, struct nw__copy_folder *folder)
{
    int rc = read_batch(copy, folder);

    if (rc == -ENOMEM)
        return rc;
    if (rc < 0)
        folder->error = rc;
    if (rc <= 0)
        return go_up(copy);
    nw__entries_find_types(&folder->entries, folder->from_fd);
    return queue_files(copy, folder);
}

static int begin(struct nw__copy *copy)
{
    int rc = enter(copy, copy->top, "");

    copy->begun = true;
    return rc == -ENOTDIR ? nw__copy_queue_one(copy, copy->top, "", DT_UNKNOWN) : rc;
}

static int one_step(struct nw__copy *copy)
{
    struct nw__copy_folder *folder = copy->chain[copy->depth - 1];

    if (nw__entries_current(&folder->entries))
        return enter_next(copy, folder);
    pthread_mutex_lock(&copy->lock);
    bool full = copy->queued >= copy->queue_max;
    pthread_mutex_unlock(&copy->lock);
    return full ? NW__COPY_WAITS : read_more(copy, folder);
}

/* Lanes have nothing to do, and there is something: the task must hear of it. */
static bool awaited(struct nw__copy *copy)
{
    if (atomic_load_explicit(&copy->hungry, memory_order_relaxed) == 0)
        return false;
    pthread_mutex_lock(&copy->lock);
    bool any = copy->queued > 0;
    pthread_mutex_unlock(&copy->lock);
    return any;
}

int nw__copy_walk_trip(void *arg)
{
    struct nw__copy *copy = arg;
    int64_t until_ns = nw__clock_ns() + NW__COPY_SLICE_NS;
    int rc = copy->begun ? 0 : begin(copy);

    while (rc == 0 && copy->depth > 0) {
        rc = one_step(copy);
        if (rc == 0 && copy->depth > 0 &&
            (atomic_load_explicit(&copy->stop, memory_order_relaxed) || awaited(copy) ||
             nw__clock_ns() > until_ns))
            return NW__JOB_GOES_ON;
    }
    return rc;
}

int nw__copy_walk_begin(struct nw__copy *copy)
{
    copy->top = new_folder(NULL, "");
    if (!copy->top)
        return -ENOMEM;
    copy->top->from_fd = AT_FDCWD;
    copy->top->to_fd = AT_FDCWD;
    return 0;
}

void nw__copy_walk_finish(struct nw__copy *copy)
{
    while (copy->depth > 0)
        nw__copy_folder_leave(copy, copy->chain[--copy->depth]);
    if (copy->top)
        nw__copy_folder_leave(copy, copy->top);
    if (copy->root_fd >= 0)
        close(copy->root_fd);
    free(copy->chain);
}
