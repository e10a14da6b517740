/* SPDX-License-Identifier: MIT */
/*
 * Files with several names in a tree: the first name is copied, the others become links to that copy.
 * Owns a table of those whose names have not all been met; an entry goes with its last name. A name that is
 * met while the first is being copied has to wait: should that fail, no name of half a file may stay.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/copy.h"

#define BUCKETS_MIN 64

struct nw__copy_link {
    struct nw__copy_link *next;
    dev_t device;
    ino_t inode;
    nlink_t names_left;
    bool pending; /* a lane copies it now */
    bool copied;
    char *path; /* of the copy, below the root's target */
    dev_t to_device;
    ino_t to_inode;
};

struct nw__copy_links {
    struct nw__copy_link **buckets;
    size_t bucket_count, count;
};

static struct nw__copy_link **bucket_of(struct nw__copy_links *links, dev_t device, ino_t inode)
{
    uint64_t mixed = ((uint64_t)inode ^ (uint64_t)device << 32) * 0x9e3779b97f4a7c15u;

    return &links->buckets[(mixed >> 32) & (links->bucket_count - 1)];
}

int nw__copy_links_create(struct nw__copy *copy)
{
    struct nw__copy_links *links = calloc(1, sizeof *links);

    if (!links)
        return -ENOMEM;
    links->buckets = calloc(BUCKETS_MIN, sizeof(struct nw__copy_link *));
    links->bucket_count = BUCKETS_MIN;
    if (!links->buckets) {
        free(links);
        return -ENOMEM;
    }
    copy->links = links;
    return 0;
}

static void free_link(struct nw__copy_link *link)
{
    free(link->path);
    free(link);
}

void nw__copy_links_destroy(struct nw__copy *copy)
{
    struct nw__copy_links *links = copy->links;

    for (size_t i = 0; links && i < links->bucket_count; i++) {
        for (struct nw__copy_link *link = links->buckets[i], *next; link; link = next) {
            next = link->next;
            free_link(link);
        }
    }
    if (links)
        free(links->buckets);
    free(links);
}

/* More buckets are faster, not needed: without memory it stays as it is. */
static void grow(struct nw__copy_links *links)
{
    struct nw__copy_links grown = {calloc(links->bucket_count * 2, sizeof(struct nw__copy_link *)),
                                   links->bucket_count * 2, links->count};

    if (!grown.buckets)
        return;
    for (size_t i = 0; i < links->bucket_count; i++) {
        for (struct nw__copy_link *link = links->buckets[i], *next; link; link = next) {
            struct nw__copy_link **bucket = bucket_of(&grown, link->device, link->inode);
            next = link->next;
            link->next = *bucket;
            *bucket = link;
        }
    }
    free(links->buckets);
    *links = grown;
}

static struct nw__copy_link *find(struct nw__copy_links *links, const struct stat *source)
{
    struct nw__copy_link *link = *bucket_of(links, source->st_dev, source->st_ino);

    while (link && (link->device != source->st_dev || link->inode != source->st_ino))
        link = link->next;
    return link;
}

static struct nw__copy_link *add(struct nw__copy_links *links, const struct stat *source)
{
    struct nw__copy_link *link = calloc(1, sizeof *link), **bucket;

    if (!link)
        return NULL;
    if (links->count >= links->bucket_count)
        grow(links);
    bucket = bucket_of(links, source->st_dev, source->st_ino);
    *link = (struct nw__copy_link){
        .next = *bucket, .device = source->st_dev, .inode = source->st_ino, .names_left = source->st_nlink};
    *bucket = link;
    links->count++;
    return link;
}

/* A name was dealt with. The last one takes the entry along. */
static void count_name(struct nw__copy_links *links, struct nw__copy_link *link)
{
    struct nw__copy_link **place = bucket_of(links, link->device, link->inode);

    if (link->names_left > 1) {
        link->names_left--;
        return;
    }
    while (*place != link)
        place = &(*place)->next;
    *place = link->next;
    links->count--;
    free_link(link);
}

/* -- linking -- */

/* The folder of a path below `root_fd`, name by name, through no link; its last name with it. */
static int open_folder_of(int root_fd, char *path, const char **name_out)
{
    int fd = openat(root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
    char *slash;

    for (; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        *slash = '\0';
        next = openat(fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    *name_out = path;
    return fd < 0 ? -errno : fd;
}

static int link_there(int from_fd, const char *from, int to_fd, const char *to)
{
    if (linkat(from_fd, from, to_fd, to, 0) == 0)
        return 0;
    if (errno != EEXIST || unlinkat(to_fd, to, 0) < 0)
        return -errno;
    return linkat(from_fd, from, to_fd, to, 0) < 0 ? -errno : 0;
}

/* Returns: NW__COPY_LINKED; 0: it could not be made a name of the copy, so it is to be copied. */
static int make_link(struct nw__copy_lane *lane, const struct nw__copy_link *known, const char *path,
                     const char *name)
{
    struct nw__copy_folder *folder = lane->batch->folder;
    const char *first;
    struct stat status;
    char *walked = strdup(path);
    bool linked = false;
    int fd;

    if (!walked)
        return -ENOMEM;
    fd = open_folder_of(lane->copy->root_fd, walked, &first);
    if (fd >= 0) {
        bool same = fstatat(fd, first, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                    status.st_dev == known->to_device && status.st_ino == known->to_inode;
        linked = same && link_there(fd, first, folder->to_fd, name) == 0;
        close(fd);
    }
    free(walked);
    /* Somebody may have put something else in the first one's place just then. */
    if (linked && (fstatat(folder->to_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
                   status.st_ino != known->to_inode || status.st_dev != known->to_device)) {
        unlinkat(folder->to_fd, name, 0);
        return 0;
    }
    return linked ? NW__COPY_LINKED : 0;
}

int nw__copy_link_or_claim(struct nw__copy_lane *lane, const struct nw__copy_name *entry,
                           const struct stat *source)
{
    struct nw__copy *copy = lane->copy;
    struct nw__copy_link *link, known;
    char *path;
    int rc = 0;

    pthread_mutex_lock(&copy->lock);
    link = find(copy->links, source);
    if (link && link->copied) {
        known = *link;
        path = strdup(link->path);
        count_name(copy->links, link);
        pthread_mutex_unlock(&copy->lock);
        rc = path ? make_link(lane, &known, path, entry->name) : -ENOMEM;
        free(path);
        return rc;
    }
    if (link && link->pending) {
        rc = NW__COPY_WAITS;
    } else {
        if (!link)
            link = add(copy->links, source);
        if (link)
            link->pending = true;
        lane->link = link;
        rc = link ? 0 : -ENOMEM;
    }
    pthread_mutex_unlock(&copy->lock);
    return rc;
}

void nw__copy_link_done(struct nw__copy_lane *lane, bool complete)
{
    struct nw__copy *copy = lane->copy;
    struct nw__copy_link *link = lane->link;
    const char *name = lane->batch->entries[lane->batch->next].name;
    struct nw__copy_folder *folder = lane->batch->folder;
    struct stat status;

    if (!link)
        return;
    lane->link = NULL;
    complete = complete && fstatat(folder->to_fd, nw__copy_to_name(copy, folder, name), &status,
                                   AT_SYMLINK_NOFOLLOW) == 0;
    pthread_mutex_lock(&copy->lock);
    link->pending = false;
    if (complete && (link->path = nw__copy_path(copy, folder, name, NULL))) {
        link->copied = true;
        link->to_device = status.st_dev;
        link->to_inode = status.st_ino;
    }
    count_name(copy->links, link);
    pthread_mutex_unlock(&copy->lock);
}
