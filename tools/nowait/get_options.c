/* SPDX-License-Identifier: MIT */
/*
 * The options of nowait get.
 * Owns nothing: what is copied belongs to the verb. Files that options name (@FILE) are read here, before the
 * loop begins.
 */
#include "get.h"

#include "options.h"
#include "tool.h"
#include "units.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENT_FILE_LIMIT ((size_t)64 << 20)

/* -- values -- */

/* The content of the file that "@FILE" names; "-": standard input. Errors: those of reading. */
static int read_file(const char *path, nw_bytes *content_out)
{
    nw_bytes content = {malloc(ARGUMENT_FILE_LIMIT + 1), 0};
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = !content.data ? NULL : is_input ? stdin : fopen(path, "re");
    int rc = file ? 0 : -errno;
    if (file) {
        content.size = fread(content.data, 1, ARGUMENT_FILE_LIMIT, file);
        rc = ferror(file) ? -EIO : feof(file) || fgetc(file) == EOF ? 0 : -EFBIG;
        if (!is_input)
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

static int set_user(void *command, const char *argument)
{
    struct get *get = command;
    free(get->user);
    get->user = read_secret(argument);
    char *colon = get->user ? strchr(get->user, ':') : NULL;
    if (colon)
        *colon = '\0';
    get->password = colon ? colon + 1 : "";
    return get->user ? 0 : -EINVAL;
}

static int set_bearer(void *command, const char *argument)
{
    struct get *get = command;
    free(get->bearer);
    get->bearer = read_secret(argument);
    return get->bearer && *get->bearer ? 0 : -EINVAL;
}

/* One behind the other, as the fields of a form. */
static int join_data(struct get *get, const nw_bytes *more)
{
    size_t size = get->data.size + 1 + more->size;
    char *all = realloc(get->data.data, size + 1);
    if (!all)
        return -ENOMEM;
    all[get->data.size] = '&';
    memcpy(all + get->data.size + 1, more->data, more->size + 1);
    get->data = (nw_bytes){all, size};
    return 0;
}

static int set_data(void *command, const char *argument)
{
    struct get *get = command;
    nw_bytes data = {.size = strlen(argument)};
    int rc = 0;
    if (*argument == '@')
        rc = read_file(argument + 1, &data);
    else if (!(data.data = strdup(argument)))
        rc = -ENOMEM;
    if (rc < 0)
        return rc;
    if (!get->has_data) {
        get->has_data = true;
        get->data = data;
        return 0;
    }
    rc = join_data(get, &data);
    nw_bytes_finish(&data);
    return rc;
}

/* "NAME: VALUE" */
static int add_header(void *command, const char *argument)
{
    struct get *get = command;
    const char *colon = strchr(argument, ':');
    if (!colon || colon == argument || get->header_count == GET_MOST_HEADERS)
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
static int add_part(void *command, const char *argument)
{
    struct get *get = command;
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

/* For the answer and for its next bytes. */
static int set_timeout(void *command, const char *argument)
{
    struct get *get = command;
    int64_t ns;
    int rc = units_parse_duration(argument, &ns);
    if (rc < 0)
        return rc;
    get->client_options.first_byte_timeout_ns = get->client_options.read_timeout_ns =
        ns == 0 ? NW_FOREVER : ns;
    return 0;
}

static int set_redirects(void *command, const char *argument)
{
    struct get *get = command;
    int rc = tool_parse_count(argument, 0, 1000, &get->client_options.redirects);
    get->client_options.no_redirects = get->client_options.redirects == 0;
    return rc;
}

static int set_checksum(void *command, const char *argument)
{
    struct get *get = command;
    return get_parse_checksum(argument, &get->checksum);
}

/* -- options -- */

#define AT(field) .at = offsetof(struct get, field)

static const struct tool_option options[] = {
    {"input-file", 'i', TOOL_TEXT, AT(list)},
    {"output", 'o', TOOL_TEXT, AT(output), .least = 1},
    {"output-dir", 'O', TOOL_TEXT, AT(directory), .least = 1},
    {"overwrite", 0, TOOL_FLAG, AT(overwrite)},
    {"url-names", 0, TOOL_FLAG, AT(url_names)},
    {"no-times", 0, TOOL_FLAG, AT(no_times)},
    {"sync", 0, TOOL_FLAG, AT(sync)},
    {"head", 'I', TOOL_FLAG, AT(head)},
    {"jobs", 'j', TOOL_COUNT, AT(jobs), .least = 1, .most = 1000},
    {"per-host", 0, TOOL_COUNT, AT(per_host), .least = 1, .most = 1000},
    {"connections", 'n', TOOL_COUNT, AT(connections), .least = 1, .most = 64},
    {"rate", 0, TOOL_BYTES, AT(rate.bytes_per_second), .least = 1},
    {"min-rate", 0, TOOL_BYTES, AT(least_rate), .least = 1},
    {"min-rate-time", 0, TOOL_DURATION, AT(least_rate_ns), .least = 1},
    {"continue", 'c', TOOL_FLAG, AT(go_on)},
    {"retries", 0, TOOL_COUNT, AT(retry.retries), .most = 1000000},
    {"retry-delay", 0, TOOL_DURATION, AT(retry.delay_ns)},
    {"retry-longest", 0, TOOL_DURATION, AT(retry.longest_ns)},
    {"connect-timeout", 0, TOOL_TIMEOUT, AT(client_options.connect_timeout_ns)},
    {"timeout", 0, TOOL_CALL, .call = set_timeout},
    {"max-time", 0, TOOL_TIMEOUT, AT(client_options.whole_timeout_ns)},
    {"checksum", 0, TOOL_CALL, .call = set_checksum},
    {"sums", 0, TOOL_TEXT, AT(sums)},
    {"header", 'H', TOOL_CALL, .call = add_header},
    {"method", 'X', TOOL_TEXT, AT(method), .least = 1},
    {"user-agent", 'A', TOOL_TEXT, AT(client_options.user_agent)},
    {"data", 'd', TOOL_CALL, .call = set_data},
    {"form", 'F', TOOL_CALL, .call = add_part},
    {"user", 'u', TOOL_CALL, .call = set_user},
    {"bearer", 0, TOOL_CALL, .call = set_bearer},
    {"compressed", 0, TOOL_NO_FLAG, AT(client_options.no_decoding)},
    {"max-redirects", 0, TOOL_CALL, .call = set_redirects},
    {"proxy", 0, TOOL_TEXT, AT(client_options.proxy)},
    {"cacert", 0, TOOL_TEXT, AT(tls_options.ca_file)},
    {"cert", 0, TOOL_TEXT, AT(tls_options.certificate_file)},
    {"key", 0, TOOL_TEXT, AT(tls_options.key_file)},
    {"insecure", 'k', TOOL_FLAG, AT(tls_options.insecure)},
    {"quiet", 'q', TOOL_FLAG, AT(quiet)},
    {"json", 0, TOOL_FLAG, AT(json)},
    {"progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_ON},
    {"no-progress", 0, TOOL_VALUE, AT(progress_mode), .least = PROGRESS_OFF},
};

static const char *what_is_wrong(const struct get *get)
{
    const char *directory = get->directory ? get->directory : "";
    bool to_stdout = get->output && strcmp(get->output, "-") == 0;
    if (strcmp(directory, "-") == 0 || strstr(directory, "://"))
        return "-O is for a directory; files get their names from URLs, and -o - is standard output";
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
    int status = tool_parse_options(verb, argc, argv, options, sizeof options / sizeof *options, get);
    if (status >= 0)
        return status;
    for (int i = optind; i < argc; i++) {
        struct get_item *item;
        if (get_add(get, argv[i], &item) < 0)
            return STATUS_FAILED;
    }
    if (get->method && strcmp(get->method, "HEAD") == 0)
        get->head = true; /* there is nothing else to save */
    const char *wrong = what_is_wrong(get);
    return wrong ? tool_usage(verb, "%s", wrong) : -1;
}
