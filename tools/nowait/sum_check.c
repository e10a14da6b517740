/* SPDX-License-Identifier: MIT */
/*
 * Verifying a checksum list: read it, digest what it names, compare, and report as sha256sum -c does.
 * Owns the text of the list while it is checked.
 * Must not stop at a bad line or file: everything else is still checked.
 */
#include "sum.h"

#include "paths.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check {
    struct sum *sum;
    const char *path; /* of the list */
    struct parsed_line *lines;
    size_t count;
    size_t capacity;
    size_t malformed;
    size_t unreadable;
    size_t mismatched;
    size_t matched;
};

/* -- the list -- */

static int read_all(int fd, nw_bytes *text)
{
    size_t capacity = 0;
    for (;;) {
        if (capacity - text->size < 2) { /* one more for the NUL */
            capacity = capacity ? capacity * 2 : 64 * 1024;
            char *data = realloc(text->data, capacity);
            if (!data)
                return -ENOMEM;
            text->data = data;
        }
        ssize_t got = nw_fd_read(fd, text->data + text->size, capacity - text->size - 1);
        if (got < 0)
            return (int)got;
        text->size += (size_t)got;
        text->data[text->size] = '\0';
        if (got == 0)
            return 0;
    }
}

static int read_list(const char *path, nw_bytes *text)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, text);
    int fd = path_open(path, O_RDONLY);
    if (fd < 0)
        return fd;
    int rc = read_all(fd, text);
    nw_fd_close(fd);
    return rc;
}

static int keep_line(struct check *check, const struct parsed_line *line)
{
    if (check->count == check->capacity) {
        size_t capacity = check->capacity ? check->capacity * 2 : 64;
        struct parsed_line *lines = realloc(check->lines, capacity * sizeof *lines);
        if (!lines)
            return -ENOMEM;
        check->lines = lines;
        check->capacity = capacity;
    }
    check->lines[check->count++] = *line;
    return 0;
}

static const char *list_name(const struct check *check)
{
    return strcmp(check->path, "-") == 0 ? "standard input" : check->path;
}

static int parse_line(struct check *check, char *line, size_t length, size_t number,
                      enum line_dialect *dialect)
{
    struct parsed_line parsed;
    if (*line == '#')
        return 0;
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    if (length == 0)
        return 0;

    int rc = -EINVAL;
    if (strlen(line) == length) /* else there is a NUL in it, which no name can hold */
        rc = line_parse(check->sum->kind, line, dialect, &parsed);
    if (rc == 0 && strcmp(check->path, "-") == 0 && strcmp(parsed.name, "-") == 0)
        rc = -EINVAL; /* standard input is taken by the list itself */
    if (rc == 0)
        return keep_line(check, &parsed);
    check->malformed++;
    if (check->sum->warn)
        tool_error("%s: %zu: improperly formatted %s checksum line", list_name(check), number,
                   check->sum->kind->tag);
    return 0;
}

static int parse_list(struct check *check, nw_bytes *text)
{
    enum line_dialect dialect = DIALECT_UNKNOWN;
    char *line = text->data;
    char *end = text->data + text->size;
    for (size_t number = 1; line < end; number++) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            stop = end;
        *stop = '\0';
        int rc = parse_line(check, line, (size_t)(stop - line), number, &dialect);
        if (rc < 0)
            return rc;
        line = stop + 1;
    }
    return 0;
}

/* -- the verdicts -- */

static void verdict(const struct check *check, const char *name, const char *text)
{
    if (check->sum->status_only)
        return;
    line_print_name(&tool_out, name);
    output_printf(&tool_out, ": %s\n", text);
}

static void emit_verdict(const struct sum_file *file, void *context)
{
    struct check *check = context;
    if (file->error == -ENOENT && check->sum->ignore_missing)
        return;
    if (file->error) {
        check->unreadable++;
        tool_path_error(file->name, file->error);
        verdict(check, file->name, "FAILED open or read");
    } else if (memcmp(file->digest, file->expected, check->sum->kind->size_bytes) != 0) {
        check->mismatched++;
        verdict(check, file->name, "FAILED");
    } else {
        check->matched++;
        if (!check->sum->quiet)
            verdict(check, file->name, "OK");
    }
}

static int verify_lines(struct check *check)
{
    struct pipeline *pipeline = &check->sum->pipeline;
    pipeline->emit = emit_verdict;
    pipeline->context = check;
    pipeline_begin(pipeline, check->sum->jobs);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < check->count; i++) {
        struct sum_hint hint = {.expected = check->lines[i].digest};
        rc = pipeline_add(pipeline, check->lines[i].name, &hint);
    }
    int ended = pipeline_end(pipeline);
    return ended < 0 ? ended : rc;
}

static int verify_with_progress(struct check *check)
{
    const char **names = calloc(check->count + 1, sizeof *names);
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < check->count; i++)
        names[i] = check->lines[i].name;
    struct scout scout = {.progress = &check->sum->progress, .names = names, .count = check->count};
    progress_begin(&check->sum->progress, check->sum->progress_mode);
    scout_begin(&scout, check->sum->progress_mode);
    int rc = verify_lines(check);
    scout_end(&scout);
    progress_end(&check->sum->progress);
    free(names);
    return rc;
}

/* -- the summary -- */

static void warn_count(size_t count, const char *one, const char *many)
{
    if (count > 0)
        tool_error("WARNING: %zu %s", count, count == 1 ? one : many);
}

static void summarize(const struct check *check)
{
    struct sum *sum = check->sum;
    if (check->count == 0) {
        tool_error("%s: no properly formatted checksum lines found", list_name(check));
    } else if (!sum->status_only) {
        warn_count(check->malformed, "line is improperly formatted", "lines are improperly formatted");
        warn_count(check->unreadable, "listed file could not be read", "listed files could not be read");
        warn_count(check->mismatched, "computed checksum did NOT match", "computed checksums did NOT match");
        if (sum->ignore_missing && check->matched == 0)
            tool_error("%s: no file was verified", list_name(check));
    }
    bool good = check->count > 0 && check->mismatched == 0 && check->unreadable == 0 &&
                (!sum->ignore_missing || check->matched > 0) && (!sum->strict || check->malformed == 0);
    if (!good)
        sum->status = STATUS_FAILED;
}

int sum_check_list(struct sum *sum, const char *path)
{
    struct check check = {.sum = sum, .path = path};
    nw_bytes text = {0};
    int rc = read_list(path, &text);
    if (rc < 0 && rc != -ECANCELED && rc != -ENOMEM) {
        tool_path_error(path, rc);
        sum->status = STATUS_FAILED;
        rc = 0;
        goto out;
    }
    if (rc == 0)
        rc = parse_list(&check, &text);
    if (rc == 0)
        rc = verify_with_progress(&check);
    if (rc == 0)
        summarize(&check);
out:
    free(check.lines);
    free(text.data);
    return rc;
}
