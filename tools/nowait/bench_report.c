/* SPDX-License-Identifier: MIT */
/*
 * What a benchmark gave: medians in a table with bars, or everything as JSON.
 * Owns nothing.
 * Must not claim what the numbers do not show: the words are made from the same medians as the table.
 */
#include "bench.h"

#include "human.h"
#include "json.h"
#include "table.h"
#include "tool.h"

#include <stdlib.h>

enum { BAR_WIDTH = 14 };

/* -- medians -- */

struct result {
    double seconds;
    double files_per_second;
    double bytes_per_second;
    double stall_ns;
    double worst_stall_ns;
};

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static struct result summarize(const struct bench *bench, enum bench_way way)
{
    const struct bench_run *runs = bench->runs[way];
    double seconds[BENCH_MOST_ROUNDS] = {0};
    double stalls[BENCH_MOST_ROUNDS] = {0};
    for (unsigned i = 0; i < bench->rounds; i++) {
        seconds[i] = runs[i].seconds;
        stalls[i] = runs[i].stall_ns;
    }
    struct result result = {.seconds = bench_median(seconds, bench->rounds),
                            .stall_ns = bench_median(stalls, bench->rounds)};
    result.worst_stall_ns = stalls[bench->rounds - 1]; /* sorted by now */
    if (result.seconds > 0) {
        result.files_per_second = (double)runs[0].files / result.seconds;
        result.bytes_per_second = (double)runs[0].bytes / result.seconds;
    }
    return result;
}

/* -- the table -- */

static void print_head(const struct bench *bench)
{
    const struct bench_run *run = &bench->runs[WAY_BLOCKING][0];
    output_printf(&tool_out, "%zu file%s%s, %s, below %s; backend %s\n", bench->count,
                  bench->count == 1 ? "" : "s", bench->capped ? " (the first ones)" : "",
                  human_bytes((double)run->bytes).text, bench->folder, nw_loop_backend(nw_loop_current()));
    output_printf(&tool_out, "median of %u round%s; concurrent: %u at a time; %s\n\n", bench->rounds,
                  bench->rounds == 1 ? "" : "s", bench->concurrency,
                  bench->cold ? "the kernel was asked to forget the files before each run"
                              : "all files were read once before");
}

static double greatest(const struct result *results, bool of_stalls)
{
    double most = 0;
    for (unsigned way = 0; way < WAY_COUNT; way++) {
        double value = of_stalls ? results[way].stall_ns : results[way].files_per_second;
        most = value > most ? value : most;
    }
    return most > 0 ? most : 1;
}

static void add_result(struct table *table, unsigned way, const struct result *results)
{
    const struct result *result = &results[way];
    bool unicode = tool_unicode();
    unsigned row = table_row(table);
    table_cell(table, row, 0, "%s", bench_way_name(way));
    table_cell(table, row, 4, "%s", human_duration(result->stall_ns).text);
    table_bar(table, row, 5, result->stall_ns / greatest(results, true), BAR_WIDTH, unicode);
    table_cell(table, row, 6, "%s", human_duration(result->worst_stall_ns).text);
    if (way == WAY_IDLE)
        return; /* it reads nothing: its stall is what the machine adds to everyone's */
    table_cell(table, row, 1, "%s", human_count(result->files_per_second).text);
    table_bar(table, row, 2, result->files_per_second / greatest(results, false), BAR_WIDTH, unicode);
    table_cell(table, row, 3, "%s", human_bytes(result->bytes_per_second).text);
}

static void print_table(const struct result *results)
{
    static const char *const titles[] = {"", "files/s", "", "bytes/s", "longest stall", "", "worst round"};
    struct table table;
    table_init(&table, "lrlrrlr");
    unsigned head = table_row(&table);
    for (unsigned column = 0; column < table.columns; column++)
        table_cell(&table, head, column, "%s", titles[column]);
    for (unsigned way = 0; way < WAY_ALL; way++)
        add_result(&table, way, results);
    table_print(&table, &tool_out);
}

/* -- the words -- */

static void print_stall_words(const struct result *results)
{
    const struct result *blocking = &results[WAY_BLOCKING];
    const struct result *many = &results[WAY_MANY];
    double ratio = many->stall_ns > 0 ? blocking->stall_ns / many->stall_ns : 0;
    output_printf(&tool_out, "In a typical round, blocking reads held up every other task for %s, ",
                  human_duration(blocking->stall_ns).text);
    output_printf(&tool_out, "concurrent async for %s", human_duration(many->stall_ns).text);
    if (ratio >= 1.5)
        output_printf(&tool_out, ", %s less.\n", human_ratio(ratio).text);
    else
        output_text(&tool_out, ": no gain; it takes more or larger files to see one.\n");
}

static void print_speed_words(const struct result *results)
{
    double blocking = results[WAY_BLOCKING].seconds;
    if (blocking <= 0)
        return;
    output_printf(&tool_out, "The same files took %s the blocking loop's time with concurrent async, ",
                  human_ratio(results[WAY_MANY].seconds / blocking).text);
    output_printf(&tool_out, "%s one at a time, ", human_ratio(results[WAY_ONE].seconds / blocking).text);
    output_printf(&tool_out, "%s through a thread pool.\n",
                  human_ratio(results[WAY_THREADS].seconds / blocking).text);
}

/* Runs that did not read the same are not to be compared in silence. */
static void warn_differences(const struct bench *bench)
{
    const struct bench_run *first = &bench->runs[WAY_BLOCKING][0];
    if (first->failed > 0)
        tool_error("%llu of the files could not be read", (unsigned long long)first->failed);
    for (unsigned way = 0; way < WAY_COUNT; way++) {
        for (unsigned round = 0; round < bench->rounds; round++) {
            const struct bench_run *run = &bench->runs[way][round];
            if (run->bytes != first->bytes || run->failed != first->failed) {
                tool_error("the files changed meanwhile: the runs did not read the same");
                return;
            }
        }
    }
}

/* -- JSON -- */

static void write_runs(struct json *json, const struct bench *bench, enum bench_way way)
{
    json_begin_array(json, "runs");
    for (unsigned round = 0; round < bench->rounds; round++) {
        const struct bench_run *run = &bench->runs[way][round];
        json_begin_object(json, NULL);
        json_number(json, "seconds", run->seconds);
        json_number(json, "stall_ns", run->stall_ns);
        json_integer(json, "files", (int64_t)run->files);
        json_integer(json, "bytes", (int64_t)run->bytes);
        json_integer(json, "failed", (int64_t)run->failed);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_way(struct json *json, const struct bench *bench, enum bench_way way,
                      const struct result *result)
{
    json_begin_object(json, NULL);
    json_string(json, "name", bench_way_name(way));
    json_number(json, "seconds", result->seconds);
    json_number(json, "files_per_second", result->files_per_second);
    json_number(json, "bytes_per_second", result->bytes_per_second);
    json_number(json, "stall_ns", result->stall_ns);
    json_number(json, "worst_stall_ns", result->worst_stall_ns);
    write_runs(json, bench, way);
    json_end_object(json);
}

static void write_json(const struct bench *bench, const struct result *results)
{
    struct json json;
    json_init(&json, &tool_out);
    json_begin_object(&json, NULL);
    json_string(&json, "version", nw_version());
    json_string(&json, "backend", nw_loop_backend(nw_loop_current()));
    json_string(&json, "folder", bench->folder);
    json_integer(&json, "files", (int64_t)bench->count);
    json_integer(&json, "bytes", (int64_t)bench->runs[WAY_BLOCKING][0].bytes);
    json_integer(&json, "rounds", bench->rounds);
    json_integer(&json, "concurrency", bench->concurrency);
    json_bool(&json, "cold", bench->cold);
    json_begin_array(&json, "ways");
    for (unsigned way = 0; way < WAY_ALL; way++)
        write_way(&json, bench, way, &results[way]);
    json_end_array(&json);
    json_end_object(&json);
}

void bench_report(const struct bench *bench)
{
    struct result results[WAY_ALL];
    for (unsigned way = 0; way < WAY_ALL; way++)
        results[way] = summarize(bench, way);
    warn_differences(bench);
    if (bench->json) {
        write_json(bench, results);
        return;
    }
    print_head(bench);
    print_table(results);
    output_text(&tool_out, "\n");
    print_stall_words(results);
    print_speed_words(results);
}
