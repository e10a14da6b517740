/* SPDX-License-Identifier: MIT */
/*
 * The workers' half of nw_disk_usage(). Owns the spots, and the reports until they are in their list.
 * Must not call the caller, and must not hold the lock during a system call.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/usage.h"

#define BLOCK_BYTES 512 /* of st_blocks, whatever the file system's own are */

/* What one batch came to. */
struct tally {
    struct nw__measure *measure;
    struct nw__spot *spot;
    struct nw__list found;   /* spots, the first on top */
    struct nw__list reports; /* in their order */
    unsigned found_count;
    unsigned report_count;
    nw_usage usage;
    struct nw__tree_path path; /* of the spot, once it was needed */
    bool has_path;
};

/* As du: what is too much for the type is as much as it can say. Two sparse files can be. */
static int64_t add_bytes(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static void add_usage(nw_usage *sum, const nw_usage *more)
{
    sum->apparent_bytes = add_bytes(sum->apparent_bytes, more->apparent_bytes);
    sum->allocated_bytes = add_bytes(sum->allocated_bytes, more->allocated_bytes);
    sum->files += more->files;
    sum->directories += more->directories;
    sum->errors += more->errors;
}

static nw_usage usage_of(const struct stat *status)
{
    nw_usage usage = {.allocated_bytes = (int64_t)status->st_blocks * BLOCK_BYTES};

    if (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode))
        usage.apparent_bytes = status->st_size; /* of anything else, what it means is nowhere defined */
    usage.files = !S_ISDIR(status->st_mode);
    usage.directories = S_ISDIR(status->st_mode);
    return usage;
}

static bool foreign(const struct nw__measure *measure, const struct stat *status)
{
    return measure->options->flags & NW_WALK_ONE_FILE_SYSTEM && status->st_dev != measure->device;
}

/* Returns: whether it counts: it was not counted under another name. */
static int counts(struct nw__measure *measure, const struct stat *status)
{
    unsigned flags = measure->options->flags;

    if (flags & NW_WALK_FOLLOW)
        return nw__file_set_add(&measure->files, status->st_dev, status->st_ino);
    if (flags & NW_USAGE_LINKS || status->st_nlink < 2 || S_ISDIR(status->st_mode))
        return 1;
    return nw__file_set_add(&measure->files, status->st_dev, status->st_ino);
}

static struct nw__spot *create_spot(struct nw__spot *parent, const char *name)
{
    size_t name_bytes = strlen(name) + 1;
    struct nw__spot *spot = malloc(sizeof *spot + name_bytes);

    if (!spot)
        return NULL;
    *spot = (struct nw__spot){.pending = 1};
    memcpy(spot->name, name, name_bytes);
    nw__folder_init(&spot->folder, parent ? &parent->folder : NULL, spot->name);
    nw__link_init(&spot->todo);
    nw__link_init(&spot->alive);
    return spot;
}

void nw__spot_free(struct nw__measure *measure, struct nw__spot *spot)
{
    nw__folder_drop(&measure->descent, &spot->folder);
    free(spot);
}

/* -- reports -- */

static int add_report(struct tally *tally, const char *path, const struct nw__report *values)
{
    size_t path_bytes = strlen(path) + 1;
    struct nw__report *report = malloc(sizeof *report + path_bytes);

    if (!report)
        return -ENOMEM;
    *report = *values;
    memcpy(report->path, path, path_bytes);
    nw__link_init(&report->link);
    nw__list_push_back(&tally->reports, &report->link);
    tally->report_count++;
    return 0;
}

/* `name` NULL: of the spot itself. */
static int report(struct tally *tally, const char *name, const struct nw__report *values)
{
    const struct nw__folder *folder = &tally->spot->folder;
    int rc = tally->has_path && name ? 0 : nw__tree_path_folder(&tally->path, folder);

    tally->has_path = true;
    if (rc == 0 && name)
        rc = nw__tree_path_entry(&tally->path, folder, name);
    return rc < 0 ? rc : add_report(tally, tally->path.text, values);
}

static int note_error(struct tally *tally, const char *name, int error)
{
    struct nw__report values = {.error = error, .depth = tally->spot->folder.depth + !!name};

    tally->usage.errors++;
    return tally->measure->options->on_error ? report(tally, name, &values) : 0;
}

static int note_file(struct tally *tally, const char *name, const nw_usage *usage)
{
    struct nw__report values = {.usage = *usage, .depth = tally->spot->folder.depth + 1};

    add_usage(&tally->usage, usage);
    return tally->measure->options->on_file ? report(tally, name, &values) : 0;
}

/* -- entries -- */

static int note_directory(struct tally *tally, const char *name)
{
    struct nw__spot *spot = create_spot(tally->spot, name);

    if (!spot)
        return -ENOMEM;
    nw__list_push_back(&tally->found, &spot->todo);
    tally->found_count++;
    return 0;
}

/* As du -L: what a link leads to; the link itself when that is not there. */
static int look_at_name(const struct nw__measure *measure, int fd, const char *name, struct stat *status)
{
    bool follow = measure->options->flags & NW_WALK_FOLLOW;

    if (fstatat(fd, name, status, AT_NO_AUTOMOUNT | (follow ? 0 : AT_SYMLINK_NOFOLLOW)) == 0)
        return 0;
    if (!follow || errno != ENOENT)
        return -errno;
    return fstatat(fd, name, status, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int count_entry(struct tally *tally, const struct nw__entry *entry)
{
    struct nw__measure *measure = tally->measure;
    struct stat status;
    int rc;

    if (entry->type == DT_DIR)
        return note_directory(tally, entry->name); /* it is looked at when it is open */
    rc = look_at_name(measure, tally->spot->folder.fd, entry->name, &status);
    if (rc == -ENOENT)
        return 0;
    if (rc < 0)
        return note_error(tally, entry->name, rc);
    if (S_ISDIR(status.st_mode))
        return note_directory(tally, entry->name);
    if (foreign(measure, &status))
        return 0;
    rc = counts(measure, &status);
    if (rc <= 0)
        return rc;
    nw_usage usage = usage_of(&status);
    return note_file(tally, entry->name, &usage);
}

/* -- directories -- */

/* The directory itself. Returns: 1; 0: it is not to be counted, and what is in it neither. */
static int count_directory(struct tally *tally, const struct stat *status)
{
    int rc = foreign(tally->measure, status) ? 0 : counts(tally->measure, status);

    if (rc <= 0) {
        tally->spot->foreign = true;
        return rc;
    }
    nw_usage usage = usage_of(status);
    add_usage(&tally->usage, &usage);
    return 1;
}

/* It cannot be opened: then its folder tells what it takes. */
static int count_closed(struct tally *tally, int error)
{
    struct nw__folder *folder = &tally->spot->folder;
    struct nw__descent *descent = &tally->measure->descent;
    int rc, fd = folder->parent ? nw__folder_pin(descent, folder->parent, NULL) : AT_FDCWD;
    struct stat status;

    if (fd < 0 && folder->parent)
        return fd == -ENOENT ? 0 : fd == -ENOMEM ? fd : note_error(tally, NULL, error);
    rc = look_at_name(tally->measure, fd, folder->name, &status);
    if (rc == 0)
        rc = count_directory(tally, &status);
    else if (rc != -ENOMEM)
        rc = 0;
    if (folder->parent)
        nw__folder_unpin(descent, folder->parent);
    return rc < 0 || tally->spot->foreign ? rc : note_error(tally, NULL, error);
}

/* Returns: 1: it stands at the next batch; 0: nothing is to be read. It is pinned if it is open. */
static int open_spot(struct tally *tally, int *fd_out)
{
    struct nw__spot *spot = tally->spot;
    struct nw__descent *descent = &tally->measure->descent;
    bool again = spot->opened;
    struct stat status;
    int rc,
        fd = again ? nw__folder_pin(descent, &spot->folder, NULL) : nw__folder_open(descent, &spot->folder);

    spot->opened = true;
    if (fd == -ENOMEM)
        return fd;
    if (fd < 0 && again)
        return fd == -ENOENT ? 0 : note_error(tally, NULL, fd); /* the rest of it */
    if (fd < 0) {
        spot->foreign =
            fd == -ENOENT || fd == -ENOTDIR; /* vanished: du tells of it no more than of the files */
        return spot->foreign ? 0 : count_closed(tally, fd);
    }
    *fd_out = fd;
    if (again)
        return lseek(fd, 0, SEEK_CUR) == spot->position || lseek(fd, spot->position, SEEK_SET) >= 0;
    rc = fstat(fd, &status) < 0 ? note_error(tally, NULL, -errno) : count_directory(tally, &status);
    return rc;
}

static int count_entries(struct tally *tally, struct nw__entries *entries)
{
    struct nw__entry *entry;
    int rc = 0;

    while (rc == 0 && (entry = nw__entries_current(entries)) && !nw__crew_stopped(&tally->measure->crew)) {
        rc = count_entry(tally, entry);
        nw__entries_advance(entries, entry);
    }
    return rc;
}

/* Returns: 1: there is more of it; 0: that was all. */
static int read_spot(struct tally *tally, struct nw__entries *entries)
{
    int fd = -1, rc = open_spot(tally, &fd);

    entries->end = true;
    if (rc > 0) {
        rc = nw__entries_read(entries, fd);
        if (rc < 0 && rc != -ENOMEM) {
            entries->end = true;
            rc = note_error(tally, NULL, rc);
        } else if (rc > 0) {
            rc = count_entries(tally, entries);
        }
        if (!entries->end)
            tally->spot->position = lseek(fd, 0, SEEK_CUR);
    }
    if (fd >= 0)
        nw__folder_unpin(&tally->measure->descent, &tally->spot->folder);
    return rc < 0 ? rc : !entries->end;
}

/* -- order -- */

static int compare_spots(const void *left, const void *right)
{
    const struct nw__spot *const *a = left, *const *b = right;

    return strcmp((*a)->name, (*b)->name);
}

static int compare_reports(const void *left, const void *right)
{
    const struct nw__report *const *a = left, *const *b = right;

    return strcmp((*a)->path, (*b)->path);
}

/* `offset`: of the link in what is compared. */
static int sort_list(struct nw__list *list, size_t count, size_t offset,
                     int (*compare)(const void *left, const void *right))
{
    void **items = count > 1 ? malloc(count * sizeof *items) : NULL;
    struct nw__link *link;
    size_t n = 0;

    if (count < 2)
        return 0;
    if (!items)
        return -ENOMEM;
    while ((link = nw__list_pop_front(list)))
        items[n++] = (char *)link - offset;
    qsort(items, n, sizeof *items, compare);
    for (size_t i = 0; i < n; i++)
        nw__list_push_back(list, (struct nw__link *)(void *)((char *)items[i] + offset));
    free(items);
    return 0;
}

/* All of it at once, and sorted. */
static int read_ordered(struct tally *tally, struct nw__entries *entries)
{
    int rc;

    do {
        rc = read_spot(tally, entries);
    } while (rc > 0 && !nw__crew_stopped(&tally->measure->crew));
    if (rc == 0)
        rc = sort_list(&tally->found, tally->found_count, offsetof(struct nw__spot, todo), compare_spots);
    if (rc == 0)
        rc = sort_list(&tally->reports, tally->report_count, offsetof(struct nw__report, link),
                       compare_reports);
    return rc;
}

/* -- adding up -- */

/* With the lock, so that a directory is reported after those in it. */
static int report_directory(struct tally *tally, struct nw__spot *spot)
{
    struct nw__report values = {.usage = spot->usage, .depth = spot->folder.depth, .is_directory = true};
    int rc;

    if (!tally->measure->options->on_directory || spot->foreign)
        return 0;
    rc = nw__tree_path_folder(&tally->path, &spot->folder);
    tally->has_path = false;
    return rc < 0 ? rc : add_report(tally, tally->path.text, &values);
}

/* With the lock: those in which nothing is left to be counted, from the spot upwards. They go into `done`. */
static int settle(struct tally *tally, struct nw__list *done)
{
    struct nw__spot *spot = tally->spot;
    int rc = 0;

    while (rc == 0 && spot && --spot->pending == 0) {
        struct nw__spot *parent = (struct nw__spot *)spot->folder.parent;
        add_usage(parent ? &parent->usage : &tally->measure->total, &spot->usage);
        rc = report_directory(tally, spot);
        nw__list_remove(&spot->alive);
        nw__list_push_back(done, &spot->todo);
        spot = parent;
    }
    return rc;
}

/* With the lock. */
static void take_found(struct tally *tally, bool more)
{
    struct nw__measure *measure = tally->measure;
    struct nw__spot *spot = tally->spot;

    nw__list_each (link, &tally->found)
        nw__list_push_back(&measure->spots, &nw__container(link, struct nw__spot, todo)->alive);
    if (more)
        nw__list_push_back(&tally->found, &spot->todo);
    nw__list_splice_back(&tally->found, &measure->todo); /* what was found goes first */
    nw__list_splice_back(&measure->todo, &tally->found);
    measure->todo_count += tally->found_count + more;
    spot->pending += tally->found_count;
    add_usage(&spot->usage, &tally->usage);
    add_usage(&measure->so_far, &tally->usage);
}

/* Returns: 1: go on; 0: there is work for others, or something to tell: come back. */
static int hand_over(struct tally *tally, bool more)
{
    struct nw__measure *measure = tally->measure;
    struct nw__list done;
    struct nw__link *link;
    int rc = 0;

    nw__list_init(&done);
    pthread_mutex_lock(&measure->lock);
    take_found(tally, more);
    if (!more)
        rc = settle(tally, &done);
    nw__list_splice_back(&measure->reports, &tally->reports);
    measure->report_count += tally->report_count;
    bool help = measure->todo_count > measure->working && measure->working < measure->crew.size;
    pthread_mutex_unlock(&measure->lock);
    while ((link = nw__list_pop_front(&done)))
        nw__spot_free(measure, nw__container(link, struct nw__spot, todo));
    return rc < 0 ? rc : !help;
}

/* -- the crew -- */

/* One batch of one spot. */
static int count_spot(struct nw__measure *measure, struct nw__spot *spot, struct nw__entries *entries)
{
    struct tally tally = {.measure = measure, .spot = spot};
    int rc, handed;

    nw__list_init(&tally.found);
    nw__list_init(&tally.reports);
    if (measure->options->flags & NW_WALK_ORDERED)
        rc = read_ordered(&tally, entries);
    else
        rc = read_spot(&tally, entries);
    handed = hand_over(&tally, rc > 0);
    nw__tree_path_finish(&tally.path);
    return rc < 0 ? rc : handed;
}

static struct nw__spot *take_spot(struct nw__measure *measure)
{
    struct nw__link *link = NULL;

    pthread_mutex_lock(&measure->lock);
    if (!nw__crew_stopped(&measure->crew) && measure->report_count < NW__REPORTS_MAX)
        link = nw__list_pop_front(&measure->todo);
    if (link)
        measure->todo_count--;
    pthread_mutex_unlock(&measure->lock);
    return link ? nw__container(link, struct nw__spot, todo) : NULL;
}

static void count_working(struct nw__measure *measure, unsigned change)
{
    pthread_mutex_lock(&measure->lock);
    measure->working += change;
    pthread_mutex_unlock(&measure->lock);
}

int nw__measure_count(void *arg)
{
    struct nw__measure *measure = arg;
    int64_t until_ns = nw__clock_ns() + NW__CREW_SLICE_NS;
    struct nw__entries entries = {0};
    struct nw__spot *spot;
    int rc = 1;

    count_working(measure, 1);
    while (rc > 0 && (spot = take_spot(measure))) {
        nw__descent_sweep(&measure->descent);
        rc = count_spot(measure, spot, &entries);
        if (rc > 0)
            rc = nw__clock_ns() < until_ns;
    }
    count_working(measure, -1U);
    nw__entries_finish(&entries);
    return rc < 0 ? rc : 0;
}

/* -- the root -- */

static int look_at_root(const struct nw__measure *measure, struct stat *status)
{
    bool follow = measure->options->flags & NW_WALK_FOLLOW;
    int rc, fd = nw__open_long(AT_FDCWD, measure->path, O_PATH | (follow ? 0 : O_NOFOLLOW));

    if (fd == -ENOENT && follow)
        fd = nw__open_long(AT_FDCWD, measure->path, O_PATH | O_NOFOLLOW);
    if (fd < 0)
        return fd;
    rc = fstat(fd, status) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

int nw__measure_begin(void *arg)
{
    struct nw__measure *measure = arg;
    struct nw__spot *root;
    struct stat status;
    int rc = look_at_root(measure, &status);

    if (rc < 0)
        return rc;
    measure->device = status.st_dev;
    if (!S_ISDIR(status.st_mode)) {
        measure->total = usage_of(&status);
        return 0;
    }
    root = create_spot(NULL, measure->path);
    if (!root)
        return -ENOMEM;
    nw__list_push_back(&measure->todo, &root->todo);
    nw__list_push_back(&measure->spots, &root->alive);
    measure->todo_count = 1;
    return 0;
}
