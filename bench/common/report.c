/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks say: a table for people on standard output, and the same as JSON when asked for.
 * Owns no state. Says "met" or "missed", and never turns that into an exit status.
 */
#include <string.h>

#include "bench.h"

static void json_string(FILE *to, const char *text)
{
    putc('"', to);
    for (const char *at = text ? text : ""; *at; at++) {
        if (*at == '"' || *at == '\\')
            putc('\\', to);
        putc(*at, to);
    }
    putc('"', to);
}

static void json_member(FILE *to, const char *name, const char *text)
{
    fprintf(to, ", \"%s\": ", name);
    if (text)
        json_string(to, text);
    else
        fputs("null", to);
}

static void json_spread(FILE *to, const struct bench_spread *spread)
{
    fprintf(to, ", \"median\": %.6g, \"low\": %.6g, \"high\": %.6g", spread->median, spread->low,
            spread->high);
}

static void json_item(struct bench *bench, const char *kind)
{
    fprintf(bench->json, "%s\n  {\"kind\": \"%s\"", bench->json_items++ ? "," : "", kind);
}

/* As a person would write it: 801, 12.4, 1.08, 0.004. */
static const char *brief(char *buffer, size_t size, double value)
{
    double magnitude = value < 0 ? -value : value;

    if (magnitude >= 100)
        snprintf(buffer, size, "%.0f", value);
    else if (magnitude >= 10)
        snprintf(buffer, size, "%.1f", value);
    else if (magnitude >= 0.1)
        snprintf(buffer, size, "%.2f", value);
    else
        snprintf(buffer, size, "%.4f", value);
    return buffer;
}

static const char *range(char *buffer, size_t size, const struct bench_spread *spread)
{
    char low[24];
    char high[24];

    snprintf(buffer, size, "%s..%s", brief(low, sizeof low, spread->low),
             brief(high, sizeof high, spread->high));
    return buffer;
}

bool bench_row_met(const struct bench_row *row)
{
    if (row->missing)
        return false;
    return row->at_least ? row->value.median >= row->limit : row->value.median <= row->limit;
}

static const char *verdict(const struct bench_row *row)
{
    if (row->limit == 0)
        return "";
    if (row->missing)
        return "not measured";
    return bench_row_met(row) ? "met" : "MISSED";
}

void bench_print_case(const struct bench *bench, const struct bench_case *c, unsigned rounds)
{
    (void)bench;
    if (c->ops)
        printf("\n%s: %llu a round, %u rounds\n", c->title, (unsigned long long)c->ops, rounds);
    else
        printf("\n%s: %.1f s a round, %u rounds\n", c->title, (double)c->duration_ns / 1e9, rounds);
    printf("  %-20s %12s  %-20s %12s\n", "", "ns each", "quartiles", "a second");
    fflush(stdout);
}

void bench_print_contender(struct bench *bench, const struct bench_case *c,
                           const struct bench_contender *contender, const struct bench_spread *ns_per_op,
                           const char *missing)
{
    char text[3][64];

    if (missing) {
        printf("  %-20s %12s  %s\n", contender->name, "-", missing);
    } else {
        printf("  %-20s %12s  %-20s %12.0f\n", contender->name,
               brief(text[0], sizeof text[0], ns_per_op->median), range(text[1], sizeof text[1], ns_per_op),
               1e9 / ns_per_op->median);
    }
    if (!bench->json)
        return;
    json_item(bench, "contender");
    json_member(bench->json, "id", c->id);
    json_member(bench->json, "title", c->title);
    json_member(bench->json, "unit", c->unit);
    json_member(bench->json, "name", contender->name);
    json_member(bench->json, "how", contender->how);
    json_member(bench->json, "missing", missing);
    json_spread(bench->json, ns_per_op);
    fputc('}', bench->json);
}

static void print_row_for_people(const struct bench_row *row)
{
    char text[4][64];
    char what[96];

    if (*row->peer)
        snprintf(what, sizeof what, "%s / %s, %s", row->ours, row->peer, row->measure);
    else if (*row->ours)
        snprintf(what, sizeof what, "%s, %s", row->ours, row->measure);
    else
        snprintf(what, sizeof what, "%s, %s", row->title, row->measure);
    if (row->limit != 0)
        snprintf(text[0], sizeof text[0], "%s %s",
                 row->at_least ? ">=" : "<=", brief(text[3], 64, row->limit));
    else
        text[0][0] = '\0';
    if (row->missing)
        printf("  %-44s %10s  %-18s %-9s %s\n", what, "-", row->missing, text[0], verdict(row));
    else
        printf("  %-44s %10s  %-18s %-9s %s\n", what, brief(text[1], sizeof text[1], row->value.median),
               range(text[2], sizeof text[2], &row->value), text[0], verdict(row));
    if (row->note)
        printf("    %s\n", row->note);
    fflush(stdout);
}

void bench_print_row(struct bench *bench, const struct bench_row *row)
{
    print_row_for_people(row);
    if (!bench->json)
        return;
    json_item(bench, "row");
    json_member(bench->json, "id", row->id);
    json_member(bench->json, "title", row->title);
    json_member(bench->json, "ours", row->ours);
    json_member(bench->json, "peer", row->peer);
    json_member(bench->json, "measure", row->measure);
    json_spread(bench->json, &row->value);
    fprintf(bench->json, ", \"relation\": \"%s\", \"limit\": %.6g", row->at_least ? ">=" : "<=", row->limit);
    fprintf(bench->json, ", \"met\": %s", bench_row_met(row) ? "true" : "false");
    json_member(bench->json, "missing", row->missing);
    json_member(bench->json, "note", row->note);
    fputc('}', bench->json);
}

static struct bench_row row_of(const struct bench_figure *figure)
{
    struct bench_row row = {
        .id = figure->id,
        .title = figure->title,
        .ours = "",
        .peer = "",
        .measure = figure->unit,
        .at_least = figure->at_least,
        .limit = figure->limit,
    };

    return row;
}

void bench_report_figure(struct bench *bench, const struct bench_figure *figure, const double *samples,
                         size_t count, const char *note)
{
    double sorted[BENCH_ROUNDS_MAX];
    struct bench_row row = row_of(figure);

    if (count > BENCH_ROUNDS_MAX)
        count = BENCH_ROUNDS_MAX;
    memcpy(sorted, samples, count * sizeof *sorted);
    row.value = bench_spread_of(sorted, count);
    row.note = note;
    bench_print_row(bench, &row);
}

void bench_report_missing(struct bench *bench, const struct bench_figure *figure, const char *why)
{
    struct bench_row row = row_of(figure);

    row.missing = why;
    bench_print_row(bench, &row);
}
