/* SPDX-License-Identifier: MIT */
/*
 * The end of a file: found from behind, in blocks, where that is possible; else by reading all of it and
 * keeping no more than its end. Owns what it keeps. Must print what tail(1) prints.
 */
#include "tail.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- reading on -- */

/* A read failed: that is said, and this file is done, or the task is cancelled. */
static int read_failed(struct tail *tail, const struct tail_file *file, int error)
{
    if (error == -ECANCELED)
        return error;
    if (error < 0)
        tail_complain(tail, file, error);
    return 0;
}

static ssize_t read_piece(struct tail *tail, struct tail_file *file)
{
    ssize_t n;
    if (!file->regular)
        return nw_fd_read(file->fd, tail->buffer, TAIL_PIECE_BYTES);
    n = nw_fd_pread(file->fd, tail->buffer, TAIL_PIECE_BYTES, file->position);
    file->position += n > 0 ? n : 0;
    return n;
}

int tail_rest(struct tail *tail, struct tail_file *file)
{
    ssize_t n;
    while ((n = read_piece(tail, file)) > 0) {
        int rc = tail_print(tail, file, tail->buffer, (size_t)n);
        if (rc < 0)
            return rc;
    }
    return read_failed(tail, file, (int)n);
}

/* Pass over what stands before number `count`, and print the rest. */
static int from_start(struct tail *tail, struct tail_file *file)
{
    uint64_t left = tail->count > 0 ? tail->count - 1 : 0;
    ssize_t n = 1;
    if (tail->bytes && file->regular) {
        file->position += left < INT64_MAX / 2 ? (int64_t)left : INT64_MAX / 2;
        left = 0;
    }
    while (left > 0 && (n = read_piece(tail, file)) > 0) {
        const char *at = tail->buffer, *end = at + n;
        if (tail->bytes) {
            size_t skipped = left < (uint64_t)n ? (size_t)left : (size_t)n;
            at += skipped;
            left -= skipped;
        }
        for (const char *found; !tail->bytes && left > 0 && at < end; left -= found != NULL) {
            found = memchr(at, tail->line_end, (size_t)(end - at));
            at = found ? found + 1 : end;
        }
        int rc = at < end ? tail_print(tail, file, at, (size_t)(end - at)) : 0;
        if (rc < 0)
            return rc;
    }
    return n > 0 ? tail_rest(tail, file) : read_failed(tail, file, (int)n);
}

/* -- from behind -- */

/* Where the last `count` lines of what lies between the two begin. */
static int find_lines(struct tail *tail, struct tail_file *file, int64_t begin, int64_t end)
{
    uint64_t left = tail->count;
    bool at_end = true;
    while (end > begin) {
        int64_t over = end % (int64_t)TAIL_PIECE_BYTES;
        int64_t at = end - (over ? over : (int64_t)TAIL_PIECE_BYTES);
        if (at < begin)
            at = begin;
        size_t size = (size_t)(end - at);
        ssize_t n = nw_fd_pread(file->fd, tail->buffer, size, at);
        if (n < 0)
            return (int)n;
        size = (size_t)n; /* less when it was cut meanwhile */
        if (at_end && size > 0 && tail->buffer[size - 1] != tail->line_end)
            left--; /* the last line has no end, and counts */
        at_end = at_end && size == 0;
        for (const char *found; (found = memrchr(tail->buffer, tail->line_end, size)); left--) {
            size = (size_t)(found - tail->buffer);
            if (left == 0) {
                file->position = at + (int64_t)size + 1;
                return 0;
            }
        }
        end = at;
    }
    file->position = begin;
    return 0;
}

static int from_behind(struct tail *tail, struct tail_file *file, int64_t end)
{
    int64_t begin = file->position;
    if (tail->bytes || tail->count == 0) {
        if (tail->count < (uint64_t)(end - begin))
            file->position = end - (int64_t)tail->count;
    } else {
        int rc = find_lines(tail, file, begin, end);
        if (rc < 0)
            return read_failed(tail, file, rc);
    }
    return tail_rest(tail, file);
}

/* -- what can be read only once: blocks, of which the first go as soon as they cannot matter -- */

struct block {
    struct block *next;
    size_t size;
    size_t lines;
    char data[TAIL_PIECE_BYTES];
};

struct kept {
    struct block *first;
    struct block *last;
    uint64_t bytes;
    uint64_t lines;
};

static size_t count_lines(const char *data, size_t size, char end)
{
    size_t lines = 0;
    for (const char *at = data, *found; (found = memchr(at, end, size - (size_t)(at - data))); at = found + 1)
        lines++;
    return lines;
}

static void drop_first(struct kept *kept)
{
    struct block *first = kept->first;
    kept->bytes -= first->size;
    kept->lines -= first->lines;
    kept->first = first->next;
    free(first);
}

static bool add_block(struct kept *kept)
{
    struct block *block = malloc(sizeof *block);
    if (!block)
        return false;
    block->next = NULL;
    block->size = block->lines = 0;
    if (kept->first)
        kept->last->next = block;
    else
        kept->first = block;
    kept->last = block;
    return true;
}

/* Is what comes after the first block enough? */
static bool enough_without_first(const struct tail *tail, const struct kept *kept)
{
    if (!kept->first->next)
        return false;
    if (tail->bytes)
        return kept->bytes - kept->first->size >= tail->count;
    return kept->lines - kept->first->lines > tail->count;
}

static ssize_t keep_end(struct tail *tail, const struct tail_file *file, struct kept *kept)
{
    for (;;) {
        if (!kept->first || kept->last->size == TAIL_PIECE_BYTES) {
            if (!add_block(kept))
                return -ENOMEM;
        }
        struct block *last = kept->last;
        ssize_t n = nw_fd_read(file->fd, last->data + last->size, TAIL_PIECE_BYTES - last->size);
        if (n <= 0)
            return n;
        size_t lines = tail->bytes ? 0 : count_lines(last->data + last->size, (size_t)n, tail->line_end);
        last->size += (size_t)n;
        last->lines += lines;
        kept->bytes += (uint64_t)n;
        kept->lines += lines;
        while (enough_without_first(tail, kept))
            drop_first(kept);
    }
}

static bool ends_in_line(const struct tail *tail, const struct kept *kept)
{
    const struct block *last = kept->first;
    for (const struct block *block = kept->first; block; block = block->next)
        last = block->size ? block : last;
    return last->size == 0 || last->data[last->size - 1] == tail->line_end;
}

/* How much of the first blocks comes before the end that was asked for. */
static size_t skip_in_first(const struct tail *tail, struct kept *kept)
{
    if (tail->bytes)
        return kept->bytes > tail->count ? (size_t)(kept->bytes - tail->count) : 0;
    uint64_t lines = kept->lines + !ends_in_line(tail, kept);
    uint64_t left = lines > tail->count ? lines - tail->count : 0;
    while (left > 0 && kept->first->next && kept->first->lines < left) {
        left -= kept->first->lines;
        drop_first(kept);
    }
    const char *at = kept->first->data, *end = at + kept->first->size;
    for (; left > 0 && at < end; left--) {
        const char *found = memchr(at, tail->line_end, (size_t)(end - at));
        at = found ? found + 1 : end;
    }
    return (size_t)(at - kept->first->data);
}

static int from_memory(struct tail *tail, struct tail_file *file)
{
    struct kept kept = {0};
    ssize_t n = keep_end(tail, file, &kept);
    int rc = read_failed(tail, file, (int)n);
    if (n == 0) {
        size_t skip = skip_in_first(tail, &kept);
        for (struct block *block = kept.first; block && rc == 0; block = block->next) {
            size_t skipped = skip < block->size ? skip : block->size;
            skip -= skipped;
            if (block->size > skipped)
                rc = tail_print(tail, file, block->data + skipped, block->size - skipped);
        }
    }
    while (kept.first)
        drop_first(&kept);
    return rc;
}

int tail_last(struct tail *tail, struct tail_file *file)
{
    int64_t begin = file->regular ? lseek(file->fd, 0, SEEK_CUR) : -1;
    int rc;
    file->position = begin;
    if (begin < 0 || file->status.st_size == 0)
        file->regular = file->regular && tail->follow;
    if (tail->from_start)
        rc = from_start(tail, file);
    else if (file->regular && begin < file->status.st_size)
        rc = from_behind(tail, file, file->status.st_size);
    else if (file->regular)
        rc = tail_rest(tail, file);
    else
        rc = from_memory(tail, file);
    if (file->regular && rc == 0)
        (void)lseek(file->fd, file->position, SEEK_SET); /* for those who share it */
    return rc;
}
