/* SPDX-License-Identifier: MIT */
/*
 * The options of nowait serve.
 * Owns nothing.
 */
#include "serve.h"

#include "tool.h"
#include "units.h"

#include <getopt.h>
#include <string.h>

enum {
    OPTION_TLS = OPTION_FIRST_OWN,
    OPTION_KEY,
    OPTION_SELF_SIGNED,
    OPTION_UPLOAD_TOKEN,
    OPTION_UPLOAD_LIMIT,
    OPTION_OVERWRITE,
    OPTION_LOG,
    OPTION_LOG_SIZE,
    OPTION_LOG_AGE,
    OPTION_LOG_KEEP,
    OPTION_LOOPS,
    OPTION_HIDDEN,
    OPTION_FOLLOW,
    OPTION_NO_INDEX,
    OPTION_NO_LIST,
    OPTION_PRECOMPRESSED,
    OPTION_CACHE,
    OPTION_CORS,
    OPTION_CONNECTIONS,
    OPTION_DRAIN,
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"tls", required_argument, NULL, OPTION_TLS},
    {"key", required_argument, NULL, OPTION_KEY},
    {"tls-self-signed", no_argument, NULL, OPTION_SELF_SIGNED},
    {"upload", no_argument, NULL, 'u'},
    {"upload-token", required_argument, NULL, OPTION_UPLOAD_TOKEN},
    {"upload-limit", required_argument, NULL, OPTION_UPLOAD_LIMIT},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"log", required_argument, NULL, OPTION_LOG},
    {"log-size", required_argument, NULL, OPTION_LOG_SIZE},
    {"log-age", required_argument, NULL, OPTION_LOG_AGE},
    {"log-keep", required_argument, NULL, OPTION_LOG_KEEP},
    {"loops", required_argument, NULL, OPTION_LOOPS},
    {"hidden", no_argument, NULL, OPTION_HIDDEN},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"no-index", no_argument, NULL, OPTION_NO_INDEX},
    {"no-list", no_argument, NULL, OPTION_NO_LIST},
    {"precompressed", no_argument, NULL, OPTION_PRECOMPRESSED},
    {"cache-control", required_argument, NULL, OPTION_CACHE},
    {"cors", optional_argument, NULL, OPTION_CORS},
    {"max-connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"drain", required_argument, NULL, OPTION_DRAIN},
    {"quiet", no_argument, NULL, 'q'},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* It goes into a cookie, a URL and a header, and nobody should guess it. */
static int set_token(struct serve *serve, const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t size = strlen(text);
    if (size < 8 || size > 128 || strspn(text, allowed) != size)
        return -EINVAL;
    serve->token = text;
    serve->upload = true;
    return 0;
}

static int set_drain(struct serve *serve, const char *text)
{
    int rc = units_parse_duration(text, &serve->drain_ns);
    if (rc == 0 && serve->drain_ns == 0)
        serve->drain_ns = -1;
    return rc;
}

static int set_flag(struct serve *serve, int option)
{
    bool *flag;
    switch (option) {
    case 'u':
        flag = &serve->upload;
        break;
    case 'q':
        flag = &serve->quiet;
        break;
    case OPTION_SELF_SIGNED:
        flag = &serve->self_signed;
        break;
    case OPTION_OVERWRITE:
        flag = &serve->overwrite;
        break;
    case OPTION_HIDDEN:
        flag = &serve->hidden;
        break;
    case OPTION_FOLLOW:
        flag = &serve->follow;
        break;
    case OPTION_NO_INDEX:
        flag = &serve->no_index;
        break;
    case OPTION_NO_LIST:
        flag = &serve->no_list;
        break;
    case OPTION_PRECOMPRESSED:
        flag = &serve->precompressed;
        break;
    default:
        return 1;
    }
    *flag = true;
    return 0;
}

static int set_number(struct serve *serve, int option, const char *argument)
{
    switch (option) {
    case OPTION_UPLOAD_LIMIT:
        return units_parse_bytes(argument, &serve->upload_limit_bytes);
    case OPTION_LOG_SIZE:
        return units_parse_bytes(argument, &serve->log_options.rotate_bytes);
    case OPTION_LOG_AGE:
        return units_parse_duration(argument, &serve->log_options.rotate_age_ns);
    case OPTION_LOG_KEEP:
        return tool_parse_count(argument, 1, 10000, &serve->log_options.keep);
    case OPTION_LOOPS:
        return tool_parse_count(argument, 1, 256, &serve->loops);
    case OPTION_CONNECTIONS:
        return tool_parse_count(argument, 1, 1000000, &serve->connections);
    case OPTION_DRAIN:
        return set_drain(serve, argument);
    default:
        return 1;
    }
}

static int set_text(struct serve *serve, int option, const char *argument)
{
    switch (option) {
    case 'l':
        serve->where = argument;
        return *argument ? 0 : -EINVAL;
    case OPTION_TLS:
        serve->certificate = argument;
        return 0;
    case OPTION_KEY:
        serve->key = argument;
        return 0;
    case OPTION_UPLOAD_TOKEN:
        return set_token(serve, argument);
    case OPTION_LOG:
        serve->log_path = strcmp(argument, "-") == 0 ? "/dev/stdout" : argument;
        return 0;
    case OPTION_CACHE:
        serve->cache_control = argument;
        return 0;
    case OPTION_CORS:
        serve->cors = argument ? argument : "*";
        return 0;
    default:
        return 1;
    }
}

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
    int option;
    while ((option = getopt_long(argc, argv, "l:uq", long_options, NULL)) != -1) {
        int rc = set_flag(serve, option);
        if (rc > 0)
            rc = set_number(serve, option, optarg);
        if (rc > 0)
            rc = set_text(serve, option, optarg);
        if (rc > 0)
            return tool_common_option(verb, option);
        if (rc < 0)
            return tool_usage(verb, "'%s' makes no sense here", optarg);
    }
    const char *wrong = optind + 1 < argc ? "one directory at a time" : what_is_wrong(serve);
    if (wrong)
        return tool_usage(verb, "%s", wrong);
    serve->directory = optind < argc ? argv[optind] : ".";
    return -1;
}
