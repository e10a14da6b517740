/* SPDX-License-Identifier: MIT */
/*
 * Directories by getdents64(2) itself: readdir(3) hides where a batch ends, and a worker must know.
 * Owns a batch's buffer. Must not wait for anything but the file system.
 */
#define _GNU_SOURCE
#include "io/entries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM_BYTES 4096 /* with less, it is not worth asking for more names */

/* Returns: the bytes that came behind those that are there; 0 at the end. */
static long read_more(struct nw__entries *entries, int fd)
{
    long n = syscall(SYS_getdents64, fd, entries->data + entries->size_bytes,
                     entries->capacity - entries->size_bytes);

    if (n < 0)
        return errno == ENOENT ? 0 : -errno; /* ENOENT: the directory itself was removed */
    entries->size_bytes += (size_t)n;
    return n;
}

int nw__entries_read(struct nw__entries *entries, int fd)
{
    long n;

    if (entries->capacity < NW__ENTRIES_BYTES) {
        nw__entries_finish(entries); /* none, or one that was fitted */
        entries->data = malloc(NW__ENTRIES_BYTES);
        if (!entries->data)
            return -ENOMEM;
        entries->capacity = NW__ENTRIES_BYTES;
    }
    entries->at_bytes = 0;
    entries->size_bytes = 0;
    do {
        n = read_more(entries, fd);
    } while (n > 0 && entries->capacity - entries->size_bytes >= ROOM_BYTES);
    if (n < 0 && entries->size_bytes == 0)
        return (int)n; /* else what came before the error comes first, and the error with the next batch */
    entries->end = n == 0;
    return entries->size_bytes > 0;
}

static bool is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

struct nw__entry *nw__entries_current(struct nw__entries *entries)
{
    while (entries->at_bytes < entries->size_bytes) {
        struct nw__entry *entry = (struct nw__entry *)(void *)(entries->data + entries->at_bytes);
        if (!is_dot(entry->name))
            return entry;
        entries->at_bytes += entry->size_bytes;
    }
    return NULL;
}

void nw__entries_find_types(struct nw__entries *entries, int fd)
{
    struct nw__entries from_here = *entries;
    struct nw__entry *entry;
    struct stat status;

    while ((entry = nw__entries_current(&from_here))) {
        if (entry->type == DT_UNKNOWN && fstatat(fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            entry->type = (uint8_t)IFTODT(status.st_mode);
        nw__entries_advance(&from_here, entry);
    }
}

void nw__entries_fit(struct nw__entries *entries)
{
    char *fitted = entries->size_bytes > 0 ? realloc(entries->data, entries->size_bytes) : NULL;

    if (!fitted)
        return;
    entries->data = fitted;
    entries->capacity = entries->size_bytes;
}

void nw__entries_finish(struct nw__entries *entries)
{
    free(entries->data);
    *entries = (struct nw__entries){0};
}
