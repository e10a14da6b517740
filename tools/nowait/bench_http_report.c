/* SPDX-License-Identifier: MIT */
/*
 * What `bench http` found out: a table and two lines of words, or JSON.
 * Owns nothing.
 * Must not claim what the numbers do not show. Ratios are those within a round, and then their median: what
 * the machine did meanwhile, it did to both.
 */
#include "bench_http.h"

#include "human.h"
#include "json.h"
#include "table.h"
#include "tool.h"

enum { BAR_WIDTH = 20 };

/* The median over the rounds of one number of a run. */
static double median_of(const struct http_bench *bench, enum http_way way,
                        double (*number)(const struct http_run *))
{
    double values[BENCH_MOST_ROUNDS] = {0};
    for (unsigned i = 0; i < bench->rounds; i++)
        values[i] = number(&bench->runs[way][i]);
    return bench_median(values, bench->rounds);
}

static double answers_per_second(const struct http_run *run)
{
    return run->seconds > 0 ? (double)run->answers / run->seconds : 0;
}

static double bytes_per_second(const struct http_run *run)
{
    return run->seconds > 0 ? (double)run->bytes / run->seconds : 0;
}

static double run_seconds(const struct http_run *run)
{
    return run->seconds;
}

static double median_answer(const struct http_run *run)
{
    return run->median_ns;
}

static double slowest_answer(const struct http_run *run)
{
    return run->slowest_ns;
}

/* How many times as long `way` took as the concurrent one: the median of the rounds, and the extremes. */
static double ratios(const struct http_bench *bench, enum http_way way, double *least, double *most)
{
    double values[BENCH_MOST_ROUNDS] = {0};
    for (unsigned i = 0; i < bench->rounds; i++) {
        double many = bench->runs[HTTP_MANY][i].seconds;
        values[i] = many > 0 ? bench->runs[way][i].seconds / many : 0;
    }
    double middle = bench_median(values, bench->rounds);
    *least = values[0]; /* sorted by now */
    *most = values[bench->rounds - 1];
    return middle;
}

/* -- the table -- */

static void print_head(const struct http_bench *bench)
{
    if (bench->url) {
        output_printf(&tool_out, "%u requests for ", bench->requests);
        tool_printable(&tool_out, bench->url);
    } else {
        output_printf(&tool_out, "%u requests for %s", bench->requests,
                      human_bytes((double)bench->size_bytes).text);
        output_printf(&tool_out, " each, from a server that waits %s before it answers",
                      human_duration((double)bench->delay_ns).text);
    }
    output_printf(&tool_out, "; backend %s\n", nw_loop_backend(nw_loop_current()));
    output_printf(&tool_out, "median of %u round%s; concurrent: %u at a time\n\n", bench->rounds,
                  bench->rounds == 1 ? "" : "s", bench->concurrency);
}

static void add_row(struct table *table, const struct http_bench *bench, enum http_way way, double greatest)
{
    unsigned row = table_row(table);
    double answers = median_of(bench, way, answers_per_second);
    table_cell(table, row, 0, "%s", bench_http_way_name(way));
    table_cell(table, row, 1, "%s", human_duration(median_of(bench, way, run_seconds) * 1e9).text);
    table_cell(table, row, 2, "%s", human_count(answers).text);
    table_bar(table, row, 3, greatest > 0 ? answers / greatest : 0, BAR_WIDTH, tool_unicode());
    table_cell(table, row, 4, "%s", human_bytes(median_of(bench, way, bytes_per_second)).text);
    table_cell(table, row, 5, "%s", human_duration(median_of(bench, way, median_answer)).text);
    table_cell(table, row, 6, "%s", human_duration(median_of(bench, way, slowest_answer)).text);
}

static void print_table(const struct http_bench *bench)
{
    static const char *const titles[] = {"",        "time",          "answers/s",     "",
                                         "bytes/s", "median answer", "slowest answer"};
    struct table table;
    double greatest = 0;
    for (enum http_way way = 0; way < HTTP_WAYS; way++) {
        double answers = median_of(bench, way, answers_per_second);
        greatest = answers > greatest ? answers : greatest;
    }
    table_init(&table, "lrrlrrr");
    unsigned head = table_row(&table);
    for (unsigned column = 0; column < table.columns; column++)
        table_cell(&table, head, column, "%s", titles[column]);
    for (enum http_way way = 0; way < HTTP_WAYS; way++)
        add_row(&table, bench, way, greatest);
    table_print(&table, &tool_out);
}

static void print_words(const struct http_bench *bench)
{
    double least, most;
    double middle = ratios(bench, HTTP_ONE, &least, &most);
    output_text(&tool_out, "\nOne after the other took ");
    output_printf(&tool_out, "%s the time of concurrent requests ", human_ratio(middle).text);
    output_printf(&tool_out, "(%s to ", human_ratio(least).text);
    output_printf(&tool_out, "%s in the rounds), ", human_ratio(most).text);
    output_printf(&tool_out, "%s with a new connection each.\n",
                  human_ratio(ratios(bench, HTTP_FRESH, &least, &most)).text);
}

static void warn_failures(const struct http_bench *bench)
{
    uint64_t failed = 0;
    for (enum http_way way = 0; way < HTTP_WAYS; way++) {
        for (unsigned round = 0; round < bench->rounds; round++)
            failed += bench->runs[way][round].failed;
    }
    if (failed > 0)
        tool_error("%llu of the requests have failed", (unsigned long long)failed);
}

/* -- JSON -- */

static void write_way(struct json *json, const struct http_bench *bench, enum http_way way)
{
    double least, most;
    json_begin_object(json, NULL);
    json_string(json, "name", bench_http_way_name(way));
    json_number(json, "seconds", median_of(bench, way, run_seconds));
    json_number(json, "answers_per_second", median_of(bench, way, answers_per_second));
    json_number(json, "bytes_per_second", median_of(bench, way, bytes_per_second));
    json_number(json, "median_ns", median_of(bench, way, median_answer));
    json_number(json, "slowest_ns", median_of(bench, way, slowest_answer));
    json_number(json, "times_concurrent", ratios(bench, way, &least, &most));
    json_begin_array(json, "runs");
    for (unsigned round = 0; round < bench->rounds; round++) {
        const struct http_run *run = &bench->runs[way][round];
        json_begin_object(json, NULL);
        json_number(json, "seconds", run->seconds);
        json_integer(json, "answers", (int64_t)run->answers);
        json_integer(json, "bytes", (int64_t)run->bytes);
        json_integer(json, "failed", (int64_t)run->failed);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void write_json(const struct http_bench *bench)
{
    struct json json;
    json_init(&json, &tool_out);
    json_begin_object(&json, NULL);
    json_string(&json, "version", nw_version());
    json_string(&json, "backend", nw_loop_backend(nw_loop_current()));
    json_string(&json, "url", bench->url ? bench->url : bench->own_url);
    json_integer(&json, "requests", bench->requests);
    json_integer(&json, "concurrency", bench->concurrency);
    json_integer(&json, "rounds", bench->rounds);
    if (!bench->url) {
        json_integer(&json, "delay_ns", bench->delay_ns);
        json_integer(&json, "size", bench->size_bytes);
    }
    json_begin_array(&json, "ways");
    for (enum http_way way = 0; way < HTTP_WAYS; way++)
        write_way(&json, bench, way);
    json_end_array(&json);
    json_end_object(&json);
}

void bench_http_report(const struct http_bench *bench)
{
    warn_failures(bench);
    if (bench->json) {
        write_json(bench);
        return;
    }
    print_head(bench);
    print_table(bench);
    print_words(bench);
}
