/* SPDX-License-Identifier: MIT */
/*
 * The entries of a directory, read with several workers, in the order of a page.
 * Owns the names. Must not tell of what would not be served: hidden names, links that leave the root.
 */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 200000 };

/* -- reading -- */

struct reading {
    const struct serve *serve;
    struct listing *listing;
};

static bool is_inside(const struct serve *serve, const char *path)
{
    size_t length = strlen(serve->root);
    if (length == 1)
        return true; /* "/" */
    return strncmp(path, serve->root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Where a link leads. Returns: false: nowhere, or out of what is served. */
static bool follow(const struct serve *serve, const char *path, struct stat *stat)
{
    nw_bytes real;
    if (nw_realpath(path, &real) < 0)
        return false;
    bool good = (serve->follow || is_inside(serve, real.data)) && nw_stat(real.data, stat) == 0;
    nw_bytes_finish(&real);
    return good;
}

static int keep(struct listing *listing, const char *name, const struct stat *stat)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity ? listing->capacity * 2 : 64;
        struct listed *items = realloc(listing->items, capacity * sizeof *items);
        if (!items)
            return -ENOMEM;
        listing->items = items;
        listing->capacity = capacity;
    }
    struct listed *item = &listing->items[listing->count];
    *item = (struct listed){strdup(name), stat->st_size, stat->st_mtim.tv_sec, S_ISDIR(stat->st_mode)};
    if (!item->name)
        return -ENOMEM;
    listing->count++;
    listing->directories += item->is_directory;
    listing->bytes += item->is_directory ? 0 : item->size_bytes;
    return 0;
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    struct reading *reading = arg;
    struct stat stat;
    if (entry->depth == 0)
        return entry->error;
    if (!entry->stat || (entry->name[0] == '.' && !reading->serve->hidden))
        return 0;
    stat = *entry->stat;
    if (S_ISLNK(stat.st_mode) && !follow(reading->serve, entry->path, &stat))
        return 0;
    if (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode))
        return 0;
    if (reading->listing->count == MOST_ENTRIES) {
        reading->listing->cut = true;
        return -EFBIG;
    }
    return keep(reading->listing, entry->name, &stat);
}

int list_read(const struct serve *serve, const char *path, struct listing *listing_out)
{
    struct listing listing = {0};
    struct reading reading = {serve, &listing};
    nw_walk_options options = {.flags = NW_WALK_STAT, .parallel = 2, .depth_max = 1};
    char *slashed = malloc(strlen(path) + 2); /* the root itself may be a link */
    if (!slashed)
        return -ENOMEM;
    strcat(strcpy(slashed, path), "/");
    int rc = nw_walk(&options, slashed, visit, &reading);
    free(slashed);
    if (rc == -EFBIG && listing.cut)
        rc = 0;
    if (rc < 0) {
        list_finish(&listing);
        return rc;
    }
    *listing_out = listing;
    return 0;
}

void list_finish(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->items[i].name);
    free(listing->items);
    *listing = (struct listing){0};
}

/* -- the order -- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : (unsigned char)c;
}

/* Numbers by their value, however long; `left` and `right` are moved behind them. */
static int compare_numbers(const char **left, const char **right)
{
    const char *a = *left + strspn(*left, "0");
    const char *b = *right + strspn(*right, "0");
    size_t a_size = strspn(a, "0123456789");
    size_t b_size = strspn(b, "0123456789");
    *left = a + a_size;
    *right = b + b_size;
    if (a_size != b_size)
        return a_size < b_size ? -1 : 1;
    return memcmp(a, b, a_size);
}

static int compare_names(const char *left, const char *right)
{
    const char *a = left;
    const char *b = right;
    while (*a && *b) {
        int difference;
        if (is_digit(*a) && is_digit(*b))
            difference = compare_numbers(&a, &b);
        else
            difference = fold(*a++) - fold(*b++);
        if (difference)
            return difference;
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(left, right); /* never the same, so that the order is always */
}

static int compare_amounts(int64_t left, int64_t right)
{
    return (left > right) - (left < right);
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct listed *a = left;
    const struct listed *b = right;
    const int *by = arg; /* the order, and 1 or -1 */
    int difference = 0;
    if (a->is_directory != b->is_directory)
        return a->is_directory ? -1 : 1;
    if (by[0] == ORDER_SIZE && !a->is_directory)
        difference = compare_amounts(a->size_bytes, b->size_bytes);
    if (by[0] == ORDER_TIME)
        difference = compare_amounts(a->modified_s, b->modified_s);
    if (difference)
        return difference * by[1];
    difference = compare_names(a->name, b->name);
    return by[0] == ORDER_NAME ? difference * by[1] : difference;
}

void list_sort(struct listing *listing, enum list_order order, bool descending)
{
    int by[2] = {(int)order, descending ? -1 : 1};
    if (listing->count > 1)
        qsort_r(listing->items, listing->count, sizeof *listing->items, compare, by);
}
