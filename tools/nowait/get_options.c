/* SPDX-License-Identifier: MIT */
/*
 * The options of nowait get.
 * Owns nothing: what is copied belongs to the verb. Files that options name (@FILE) are read here, before the
 * loop begins.
 */
#include "get.h"

#include "tool.h"
#include "units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENT_FILE_LIMIT ((size_t)64 << 20)

enum {
    OPTION_OVERWRITE = OPTION_FIRST_OWN,
    OPTION_URL_NAMES,
    OPTION_NO_TIMES,
    OPTION_SYNC,
    OPTION_PER_HOST,
    OPTION_RATE,
    OPTION_LEAST_RATE,
    OPTION_LEAST_RATE_TIME,
    OPTION_RETRIES,
    OPTION_RETRY_DELAY,
    OPTION_RETRY_LONGEST,
    OPTION_CONNECT_TIMEOUT,
    OPTION_TIMEOUT,
    OPTION_MAX_TIME,
    OPTION_CHECKSUM,
    OPTION_SUMS,
    OPTION_BEARER,
    OPTION_COMPRESSED,
    OPTION_MAX_REDIRECTS,
    OPTION_PROXY,
    OPTION_CACERT,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_JSON,
    OPTION_PROGRESS,
    OPTION_NO_PROGRESS,
};

static const char short_options[] = "i:o:O:Ij:n:cH:X:A:d:F:u:kq";

static const struct option long_options[] = {
    {"input-file", required_argument, NULL, 'i'},
    {"output", required_argument, NULL, 'o'},
    {"output-dir", required_argument, NULL, 'O'},
    {"overwrite", no_argument, NULL, OPTION_OVERWRITE},
    {"url-names", no_argument, NULL, OPTION_URL_NAMES},
    {"no-times", no_argument, NULL, OPTION_NO_TIMES},
    {"sync", no_argument, NULL, OPTION_SYNC},
    {"head", no_argument, NULL, 'I'},
    {"jobs", required_argument, NULL, 'j'},
    {"per-host", required_argument, NULL, OPTION_PER_HOST},
    {"connections", required_argument, NULL, 'n'},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"min-rate", required_argument, NULL, OPTION_LEAST_RATE},
    {"min-rate-time", required_argument, NULL, OPTION_LEAST_RATE_TIME},
    {"continue", no_argument, NULL, 'c'},
    {"retries", required_argument, NULL, OPTION_RETRIES},
    {"retry-delay", required_argument, NULL, OPTION_RETRY_DELAY},
    {"retry-longest", required_argument, NULL, OPTION_RETRY_LONGEST},
    {"connect-timeout", required_argument, NULL, OPTION_CONNECT_TIMEOUT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"max-time", required_argument, NULL, OPTION_MAX_TIME},
    {"checksum", required_argument, NULL, OPTION_CHECKSUM},
    {"sums", required_argument, NULL, OPTION_SUMS},
    {"header", required_argument, NULL, 'H'},
    {"method", required_argument, NULL, 'X'},
    {"user-agent", required_argument, NULL, 'A'},
    {"data", required_argument, NULL, 'd'},
    {"form", required_argument, NULL, 'F'},
    {"user", required_argument, NULL, 'u'},
    {"bearer", required_argument, NULL, OPTION_BEARER},
    {"compressed", no_argument, NULL, OPTION_COMPRESSED},
    {"max-redirects", required_argument, NULL, OPTION_MAX_REDIRECTS},
    {"proxy", required_argument, NULL, OPTION_PROXY},
    {"cacert", required_argument, NULL, OPTION_CACERT},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"insecure", no_argument, NULL, 'k'},
    {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"no-progress", no_argument, NULL, OPTION_NO_PROGRESS},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* -- values -- */

/* The content of the file that "@FILE" names. Errors: those of reading. */
static int read_file(const char *path, nw_bytes *content_out)
{
    nw_bytes content = {malloc(ARGUMENT_FILE_LIMIT + 1), 0};
    FILE *file = content.data ? fopen(path, "re") : NULL;
    int rc = file ? 0 : -errno;
    if (file) {
        content.size = fread(content.data, 1, ARGUMENT_FILE_LIMIT, file);
        rc = ferror(file) ? -EIO : feof(file) || fgetc(file) == EOF ? 0 : -EFBIG;
        fclose(file);
    }
    if (rc < 0) {
        tool_path_error(path, rc);
        free(content.data);
        return rc;
    }
    content.data[content.size] = '\0';
    char *less = realloc(content.data, content.size + 1);
    content.data = less ? less : content.data;
    *content_out = content;
    return 0;
}

/* A secret: as it is given, or the first line of "@FILE". Freed by the caller; NULL: was reported. */
static char *read_secret(const char *argument)
{
    nw_bytes content;
    if (*argument != '@')
        return strdup(argument);
    if (read_file(argument + 1, &content) < 0)
        return NULL;
    content.data[strcspn(content.data, "\r\n")] = '\0';
    return content.data;
}

static int set_user(struct get *get, const char *argument)
{
    free(get->user);
    get->user = read_secret(argument);
    char *colon = get->user ? strchr(get->user, ':') : NULL;
    if (colon)
        *colon = '\0';
    get->password = colon ? colon + 1 : "";
    return get->user ? 0 : -EINVAL;
}

static int set_bearer(struct get *get, const char *argument)
{
    free(get->bearer);
    get->bearer = read_secret(argument);
    return get->bearer && *get->bearer ? 0 : -EINVAL;
}

static int set_data(struct get *get, const char *argument)
{
    nw_bytes_finish(&get->data);
    get->has_data = true;
    if (*argument == '@')
        return read_file(argument + 1, &get->data);
    get->data = (nw_bytes){strdup(argument), strlen(argument)};
    return get->data.data ? 0 : -ENOMEM;
}

/* "NAME: VALUE" */
static int add_header(struct get *get, const char *argument)
{
    const char *colon = strchr(argument, ':');
    if (!colon || colon == argument)
        return -EINVAL;
    nw_pair *headers = realloc(get->headers, (get->header_count + 1) * sizeof *headers);
    if (!headers)
        return -ENOMEM;
    get->headers = headers;
    char *name = strdup(argument);
    if (!name)
        return -ENOMEM;
    name[colon - argument] = '\0';
    const char *value = name + (colon - argument) + 1;
    headers[get->header_count++] = (nw_pair){name, value + strspn(value, " \t")};
    return 0;
}

/* "NAME=VALUE", "NAME=@FILE" */
static int add_part(struct get *get, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (!equals || equals == argument)
        return -EINVAL;
    nw_http_part *parts = realloc(get->parts, (get->part_count + 1) * sizeof *parts);
    if (!parts)
        return -ENOMEM;
    get->parts = parts;
    char *name = strdup(argument);
    if (!name)
        return -ENOMEM;
    name[equals - argument] = '\0';
    const char *value = name + (equals - argument) + 1;
    parts[get->part_count] = (nw_http_part){.name = name};
    if (*value == '@')
        parts[get->part_count++].path = value + 1;
    else
        parts[get->part_count++].data = (nw_slice){value, strlen(value)};
    return 0;
}

static int parse_timeout(const char *argument, int64_t *ns_out)
{
    int rc = units_parse_duration(argument, ns_out);
    if (rc == 0 && *ns_out == 0)
        *ns_out = NW_FOREVER;
    return rc;
}

static int set_redirects(struct get *get, const char *argument)
{
    int rc = tool_parse_count(argument, 0, 1000, &get->client_options.redirects);
    get->client_options.no_redirects = get->client_options.redirects == 0;
    return rc;
}

static int set_rate(const char *argument, int64_t *rate_out)
{
    int rc = units_parse_bytes(argument, rate_out);
    return rc < 0 || *rate_out < 1 ? -EINVAL : 0;
}

static int set_rate_time(const char *argument, int64_t *ns_out)
{
    int rc = units_parse_duration(argument, ns_out);
    return rc < 0 || *ns_out < 1 ? -EINVAL : 0;
}

/* -- options -- */

/* Options that say where files come from and go to. Returns: 0; -EINVAL; 1: none of them. */
static int set_place(struct get *get, int option, const char *argument)
{
    switch (option) {
    case 'i':
        get->list = argument;
        return 0;
    case 'o':
        get->output = argument;
        return *argument ? 0 : -EINVAL;
    case 'O':
        get->directory = argument;
        return *argument ? 0 : -EINVAL;
    case OPTION_CHECKSUM:
        return get_parse_checksum(argument, &get->checksum);
    case OPTION_SUMS:
        get->sums = argument;
        return 0;
    default:
        return 1;
    }
}

static int set_number(struct get *get, int option, const char *argument)
{
    nw_http_client_options *client = &get->client_options;
    switch (option) {
    case 'j':
        return tool_parse_count(argument, 1, 1000, &get->jobs);
    case 'n':
        return tool_parse_count(argument, 1, 64, &get->connections);
    case OPTION_PER_HOST:
        return tool_parse_count(argument, 1, 1000, &get->per_host);
    case OPTION_RATE:
        return set_rate(argument, &get->rate.bytes_per_second);
    case OPTION_LEAST_RATE:
        return set_rate(argument, &get->least_rate);
    case OPTION_LEAST_RATE_TIME:
        return set_rate_time(argument, &get->least_rate_ns);
    case OPTION_RETRIES:
        return tool_parse_count(argument, 0, 1000000, &get->retry.retries);
    case OPTION_RETRY_DELAY:
        return units_parse_duration(argument, &get->retry.delay_ns);
    case OPTION_RETRY_LONGEST:
        return units_parse_duration(argument, &get->retry.longest_ns);
    case OPTION_CONNECT_TIMEOUT:
        return parse_timeout(argument, &client->connect_timeout_ns);
    case OPTION_TIMEOUT:
        (void)parse_timeout(argument, &client->first_byte_timeout_ns);
        return parse_timeout(argument, &client->read_timeout_ns);
    case OPTION_MAX_TIME:
        return parse_timeout(argument, &client->whole_timeout_ns);
    case OPTION_MAX_REDIRECTS:
        return set_redirects(get, argument);
    default:
        return 1;
    }
}

static int set_request(struct get *get, int option, const char *argument)
{
    switch (option) {
    case 'H':
        return add_header(get, argument);
    case 'X':
        get->method = argument;
        return *argument ? 0 : -EINVAL;
    case 'A':
        get->client_options.user_agent = argument;
        return 0;
    case 'd':
        return set_data(get, argument);
    case 'F':
        return add_part(get, argument);
    case 'u':
        return set_user(get, argument);
    case OPTION_BEARER:
        return set_bearer(get, argument);
    case OPTION_PROXY:
        get->client_options.proxy = argument;
        return 0;
    case OPTION_CACERT:
        get->tls_options.ca_file = argument;
        return 0;
    case OPTION_CERT:
        get->tls_options.certificate_file = argument;
        return 0;
    case OPTION_KEY:
        get->tls_options.key_file = argument;
        return 0;
    default:
        return 1;
    }
}

static int set_flag(struct get *get, int option)
{
    bool *const flags[] = {['I'] = &get->head,
                           ['c'] = &get->go_on,
                           ['k'] = &get->tls_options.insecure,
                           ['q'] = &get->quiet,
                           [OPTION_OVERWRITE] = &get->overwrite,
                           [OPTION_URL_NAMES] = &get->url_names,
                           [OPTION_NO_TIMES] = &get->no_times,
                           [OPTION_SYNC] = &get->sync,
                           [OPTION_JSON] = &get->json,
                           [OPTION_NO_PROGRESS] = NULL};
    if (option == OPTION_PROGRESS || option == OPTION_NO_PROGRESS) {
        get->progress_mode = option == OPTION_PROGRESS ? PROGRESS_ON : PROGRESS_OFF;
        return 0;
    }
    if (option == OPTION_COMPRESSED) {
        get->client_options.no_decoding = false;
        return 0;
    }
    if (option < 0 || (size_t)option >= sizeof flags / sizeof flags[0] || !flags[option])
        return 1;
    *flags[option] = true;
    return 0;
}

static int set_option(struct get *get, int option, const char *argument)
{
    int rc = set_flag(get, option);
    if (rc > 0)
        rc = set_place(get, option, argument);
    if (rc > 0)
        rc = set_number(get, option, argument);
    return rc > 0 ? set_request(get, option, argument) : rc;
}

static const char *what_is_wrong(const struct get *get)
{
    bool to_stdout = get->output && strcmp(get->output, "-") == 0;
    if (get->count == 0 && !get->list)
        return "URL is missing";
    if (get->output && (get->count != 1 || get->list))
        return "-o is for one URL";
    if (get->checksum.kind && (get->count != 1 || get->list))
        return "--checksum is for one URL; a list has digests in its lines";
    if (to_stdout && get->json)
        return "what goes to standard output cannot stand beside JSON";
    if (get->has_data && get->part_count > 0)
        return "either --data or --form";
    if (get->go_on && !get->client_options.no_decoding)
        return "what is decompressed cannot be gone on with";
    if (get->tls_options.key_file && !get->tls_options.certificate_file)
        return "--key without --cert";
    if (get->list && get->sums && strcmp(get->list, "-") == 0 && strcmp(get->sums, "-") == 0)
        return "standard input cannot be both";
    return NULL;
}

int get_parse_options(const struct verb *verb, int argc, char **argv, struct get *get)
{
    int option;
    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        int rc = set_option(get, option, optarg);
        if (rc > 0)
            return tool_common_option(verb, option);
        if (rc < 0)
            return tool_usage(verb, "'%s' makes no sense here", optarg);
    }
    for (int i = optind; i < argc; i++) {
        struct get_item *item;
        if (get_add(get, argv[i], &item) < 0)
            return STATUS_FAILED;
    }
    const char *wrong = what_is_wrong(get);
    return wrong ? tool_usage(verb, "%s", wrong) : -1;
}
