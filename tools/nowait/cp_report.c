/* SPDX-License-Identifier: MIT */
/*
 * What nowait cp says of its work: the report in JSON; and the scout, who finds out how much there is to do.
 * Owns the errors that wait for the report, and the scout's task, which may be ended at any time.
 */
#include "cp.h"
#include "json.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 1000 /* in a report; all are counted */

struct cp_error {
    char *path;
    int error;
};

void cp_add_error(struct cp *cp, const char *path, int error)
{
    if (!cp->error_list)
        cp->error_list = calloc(ERRORS_MAX, sizeof *cp->error_list);
    if (!cp->error_list || cp->error_count == ERRORS_MAX)
        return;
    cp->error_list[cp->error_count].path = strdup(path);
    cp->error_list[cp->error_count].error = error;
    if (cp->error_list[cp->error_count].path)
        cp->error_count++;
}

void cp_report(struct cp *cp, int64_t elapsed_ns)
{
    struct json json;

    json_init(&json, &tool_out);
    json_begin_object(&json, NULL);
    json_integer(&json, "entries", (int64_t)cp->progress.files);
    json_integer(&json, "bytes", (int64_t)cp->progress.bytes);
    json_number(&json, "seconds", (double)elapsed_ns / 1e9);
    json_integer(&json, "error_count", (int64_t)cp->errors);
    json_begin_array(&json, "errors");
    for (size_t i = 0; i < cp->error_count; i++) {
        json_begin_object(&json, NULL);
        json_string(&json, "path", cp->error_list[i].path);
        json_string(&json, "error", nw_strerror(cp->error_list[i].error));
        json_end_object(&json);
        free(cp->error_list[i].path);
    }
    json_end_array(&json);
    json_end_object(&json);
}

/* What cannot be read is the work's business. */
static int add_size(const nw_walk_entry *entry, void *arg)
{
    uint64_t *bytes = arg;

    if (entry->stat && S_ISREG(entry->stat->st_mode))
        *bytes += (uint64_t)entry->stat->st_size;
    return 0;
}

static int add_up(void *arg)
{
    static const nw_walk_options options = {.flags = NW_WALK_STAT, .parallel = 1};
    struct cp *cp = arg;
    uint64_t bytes = 0;

    for (size_t i = 0; i < cp->count; i++) {
        int rc = nw_walk(&options, cp->sources[i], add_size, &bytes);
        if (rc == -ECANCELED)
            return rc;
    }
    cp->progress.total_bytes = bytes;
    return 0;
}

void cp_scout_begin(struct cp *cp)
{
    cp->scout = progress_wanted(cp->progress_mode) ? nw_spawn(add_up, cp) : NULL;
}

void cp_scout_end(struct cp *cp)
{
    if (!cp->scout)
        return;
    nw_cancel(cp->scout);
    nw_await(cp->scout);
}
