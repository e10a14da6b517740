/* SPDX-License-Identifier: MIT */
/*
 * The lines of `nowait du`: as du(1) prints them, or as JSON; at once, or sorted at the end.
 * Owns the lines that are kept. Must not know where they come from.
 */
#include "du.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* Rounded up, as du does: what takes a byte does not take nothing. */
static void print_human(uint64_t bytes)
{
    static const char units[] = "KMGTPE";
    uint64_t unit = 1024;
    size_t i = 0;

    if (bytes < 1024) {
        output_printf(&tool_out, "%" PRIu64, bytes);
        return;
    }
    while (units[i + 1] && (bytes - 1) / unit >= 1023) {
        unit *= 1024;
        i++;
    }
    uint64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit;
    if (tenths < 100)
        output_printf(&tool_out, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10, units[i]);
    else
        output_printf(&tool_out, "%" PRIu64 "%c", bytes / unit + (bytes % unit > 0), units[i]);
}

static void print_text(const struct du *du, const char *path, const nw_usage *usage)
{
    uint64_t bytes = (uint64_t)du_bytes(du, usage), unit = du->unit_bytes;

    if (unit)
        output_printf(&tool_out, "%" PRIu64, bytes / unit + (bytes % unit > 0));
    else
        print_human(bytes);
    if (du->unit_letter)
        output_append(&tool_out, &du->unit_letter, 1);
    output_text(&tool_out, "\t");
    output_text(&tool_out, path);
    output_append(&tool_out, &du->end, 1);
}

static void print_numbers(struct json *json, const nw_usage *usage)
{
    json_integer(json, "allocated_bytes", usage->allocated_bytes);
    json_integer(json, "apparent_bytes", usage->apparent_bytes);
    json_integer(json, "files", (int64_t)usage->files);
    json_integer(json, "directories", (int64_t)usage->directories);
    json_integer(json, "errors", (int64_t)usage->errors);
}

static void print_line(struct du *du, const char *path, const nw_usage *usage, bool is_directory)
{
    if (!du->json) {
        print_text(du, path, usage);
        return;
    }
    json_begin_object(&du->writer, NULL);
    json_string(&du->writer, "path", path);
    json_string(&du->writer, "type", is_directory ? "directory" : "file");
    print_numbers(&du->writer, usage);
    json_end_object(&du->writer);
}

static int keep_line(struct du *du, const char *path, const nw_usage *usage, bool is_directory)
{
    if (du->line_count == du->line_capacity) {
        size_t capacity = du->line_capacity ? du->line_capacity * 2 : 64;
        struct du_line *lines = realloc(du->lines, capacity * sizeof *lines);
        if (!lines)
            return -ENOMEM;
        du->lines = lines;
        du->line_capacity = capacity;
    }
    struct du_line line = {strdup(path), *usage, is_directory};
    if (!line.path)
        return -ENOMEM;
    du->lines[du->line_count++] = line;
    return 0;
}

int du_line(struct du *du, const char *path, const nw_usage *usage, bool is_directory)
{
    if (du->sort != DU_UNSORTED)
        return keep_line(du, path, usage, is_directory);
    print_line(du, path, usage, is_directory);
    return 0;
}

static const struct du *sorting; /* for the two below: qsort() hands nothing over */

static int compare_names(const void *left, const void *right)
{
    const struct du_line *a = left, *b = right;

    return strcmp(a->path, b->path);
}

/* The largest first. */
static int compare_sizes(const void *left, const void *right)
{
    const struct du_line *a = left, *b = right;
    int64_t x = du_bytes(sorting, &a->usage), y = du_bytes(sorting, &b->usage);

    return x != y ? (x < y) - (x > y) : compare_names(left, right);
}

void du_begin_lines(struct du *du)
{
    if (!du->json)
        return;
    json_init(&du->writer, &tool_out);
    json_begin_object(&du->writer, NULL);
    json_begin_array(&du->writer, "entries");
}

void du_end_lines(struct du *du, const nw_usage *total)
{
    sorting = du;
    if (du->line_count > 1)
        qsort(du->lines, du->line_count, sizeof *du->lines,
              du->sort == DU_BY_SIZE ? compare_sizes : compare_names);
    for (size_t i = 0; i < du->line_count; i++) {
        print_line(du, du->lines[i].path, &du->lines[i].usage, du->lines[i].is_directory);
        free(du->lines[i].path);
    }
    free(du->lines);
    if (du->json) {
        json_end_array(&du->writer);
        json_begin_object(&du->writer, "total");
        print_numbers(&du->writer, total);
        json_end_object(&du->writer);
        json_end_object(&du->writer);
    } else if (du->total) {
        print_text(du, "total", total);
    }
}
