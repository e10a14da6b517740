/* SPDX-License-Identifier: MIT */
/*
 * What came of the downloads: a line each for people, or an object of JSON each; and the exit status.
 * Owns nothing.
 */
#include "get.h"

#include "human.h"
#include "json.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const char *outcome_name(enum get_outcome outcome)
{
    switch (outcome) {
    case GET_DONE:
        return "";
    case GET_NO_STATUS:
        return "status";
    case GET_NO_FILE:
        return "file";
    case GET_NO_MATCH:
        return "checksum";
    case GET_NO_TRUST:
        return "certificate";
    default:
        return "network";
    }
}

static double seconds(const struct get_item *item)
{
    return (double)(item->ended_ns - item->began_ns) / 1e9;
}

static void report_json(const struct get_item *item)
{
    struct json json;
    json_init(&json, &tool_out);
    json.one_line = true;
    json_begin_object(&json, NULL);
    json_string(&json, "url", item->shown_url);
    json_bool(&json, "ok", item->outcome == GET_DONE);
    json_integer(&json, "status", item->status);
    if (item->path)
        json_string(&json, "file", item->path);
    json_integer(&json, "bytes", item->done_bytes);
    json_integer(&json, "received", item->received_bytes);
    json_number(&json, "seconds", seconds(item));
    json_integer(&json, "attempts", item->tries);
    json_bool(&json, "resumed", item->resumed);
    if (item->checksum.kind)
        json_bool(&json, "verified", item->outcome == GET_DONE);
    if (item->outcome != GET_DONE) {
        json_string(&json, "failed", outcome_name(item->outcome));
        json_string(&json, "error", item->words->text);
    }
    json_end_object(&json);
}

/* "file.iso: 4.2 GiB in 12.1 s, 355 MiB/s" */
static void report_done(const struct get_item *item)
{
    double took_s = seconds(item);
    if (!item->path)
        return;
    tool_printable(&tool_err, item->path);
    if (item->skipped) {
        output_text(&tool_err, ": is there already\n");
        return;
    }
    output_printf(&tool_err, ": %s", human_bytes((double)item->done_bytes).text);
    output_printf(&tool_err, " in %s", human_duration(took_s * 1e9).text);
    if (took_s > 0)
        output_printf(&tool_err, ", %s/s", human_bytes((double)item->received_bytes / took_s).text);
    if (item->resumed)
        output_printf(&tool_err, "; went on after %s",
                      human_bytes((double)(item->done_bytes - item->received_bytes)).text);
    if (item->anew)
        output_text(&tool_err, "; begun anew: it had changed");
    output_printf(&tool_err, "%s\n", item->checksum.kind ? "; digest verified" : "");
}

/* The library's text may name the URL already, and is not to be believed about control characters. */
static void print_failure(const struct get_item *item, const char *rest)
{
    output_text(&tool_err, "nowait get: ");
    if (!strstr(item->words->text, "://")) {
        tool_printable(&tool_err, item->shown_url);
        output_text(&tool_err, ": ");
    }
    tool_printable(&tool_err, item->words->text);
    output_printf(&tool_err, "%s\n", rest);
}

void get_report(struct get_item *item)
{
    struct get *get = item->get;
    get_bars_hide(get);
    if (tool_out.error == -EPIPE)
        return; /* nobody reads any more: we are about to end as of SIGPIPE, which says nothing */
    if (get->json)
        report_json(item);
    else if (item->outcome != GET_DONE)
        print_failure(item, "");
    else if (!get->quiet)
        report_done(item);
    (void)output_flush(&tool_out); /* a closed pipe is found out at the end */
    (void)output_flush(&tool_err);
}

void get_report_retry(struct get_item *item, int64_t delay_ns)
{
    char rest[64];
    if (item->get->quiet || item->get->json)
        return;
    get_bars_hide(item->get);
    snprintf(rest, sizeof rest, "; again in %s", human_duration((double)delay_ns).text);
    print_failure(item, rest);
    (void)output_flush(&tool_err);
}

int get_status(const struct get *get)
{
    size_t failed = 0;
    enum get_outcome first = GET_DONE;
    bool alike = true;
    for (size_t i = 0; i < get->count; i++) {
        enum get_outcome outcome = get->items[i].outcome;
        if (outcome == GET_DONE)
            continue;
        if (failed++ == 0)
            first = outcome;
        alike = alike && outcome == first;
    }
    if (failed == 0)
        return GET_DONE;
    return failed == get->count && alike && first > GET_SOME_FAILED ? (int)first : GET_SOME_FAILED;
}
