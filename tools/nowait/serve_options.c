/* SPDX-License-Identifier: MIT */
/*
 * The options of nowait serve.
 * Owns nothing.
 */
#include "serve.h"

#include "options.h"
#include "tool.h"
#include "units.h"

#include <getopt.h>
#include <string.h>

/* It goes into a cookie, a URL and a header, and nobody should guess it. */
static int set_token(void *command, const char *text)
{
    struct serve *serve = command;
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t size = strlen(text);
    if (size < 8 || size > 128 || strspn(text, allowed) != size)
        return -EINVAL;
    serve->token = text;
    serve->upload = true;
    return 0;
}

static int set_drain(void *command, const char *text)
{
    struct serve *serve = command;
    int rc = units_parse_duration(text, &serve->drain_ns);
    if (rc == 0 && serve->drain_ns == 0)
        serve->drain_ns = -1;
    return rc;
}

static int set_log(void *command, const char *text)
{
    struct serve *serve = command;
    serve->log_path = strcmp(text, "-") == 0 ? "/dev/stdout" : text;
    return 0;
}

static int set_cors(void *command, const char *text)
{
    struct serve *serve = command;
    serve->cors = text ? text : "*";
    return 0;
}

#define AT(field) .at = offsetof(struct serve, field)

static const struct tool_option options[] = {
    {"listen", 'l', TOOL_TEXT, AT(where), .least = 1},
    {"tls", 0, TOOL_TEXT, AT(certificate)},
    {"key", 0, TOOL_TEXT, AT(key)},
    {"tls-self-signed", 0, TOOL_FLAG, AT(self_signed)},
    {"upload", 'u', TOOL_FLAG, AT(upload)},
    {"upload-token", 0, TOOL_CALL, .call = set_token},
    {"upload-limit", 0, TOOL_BYTES, AT(upload_limit_bytes)},
    {"overwrite", 0, TOOL_FLAG, AT(overwrite)},
    {"log", 0, TOOL_CALL, .call = set_log},
    {"log-size", 0, TOOL_BYTES, AT(log_options.rotate_bytes)},
    {"log-age", 0, TOOL_DURATION, AT(log_options.rotate_age_ns)},
    {"log-keep", 0, TOOL_COUNT, AT(log_options.keep), .least = 1, .most = 10000},
    {"loops", 0, TOOL_COUNT, AT(loops), .least = 1, .most = 256},
    {"hidden", 0, TOOL_FLAG, AT(hidden)},
    {"follow", 0, TOOL_FLAG, AT(follow)},
    {"no-index", 0, TOOL_FLAG, AT(no_index)},
    {"no-list", 0, TOOL_FLAG, AT(no_list)},
    {"precompressed", 0, TOOL_FLAG, AT(precompressed)},
    {"cache-control", 0, TOOL_TEXT, AT(cache_control)},
    {"cors", 0, TOOL_CALL, .call = set_cors, .optional = true},
    {"max-connections", 0, TOOL_COUNT, AT(connections), .least = 1, .most = 1000000},
    {"drain", 0, TOOL_CALL, .call = set_drain},
    {"quiet", 'q', TOOL_FLAG, AT(quiet)},
};

static const char *what_is_wrong(const struct serve *serve)
{
    if (serve->key && !serve->certificate)
        return "--key without --tls";
    if (serve->certificate && serve->self_signed)
        return "either --tls or --tls-self-signed";
    if (serve->overwrite && !serve->upload)
        return "--overwrite is for uploads";
    return NULL;
}

int serve_parse_options(const struct verb *verb, int argc, char **argv, struct serve *serve)
{
    int status = tool_parse_options(verb, argc, argv, options, sizeof options / sizeof *options, serve);
    if (status >= 0)
        return status;
    const char *wrong = optind + 1 < argc ? "one directory at a time" : what_is_wrong(serve);
    if (wrong)
        return tool_usage(verb, "%s", wrong);
    serve->directory = optind < argc ? argv[optind] : ".";
    return -1;
}
