/* SPDX-License-Identifier: MIT */
/*
 * What to fetch: URLs from the command line and from a list, and the digests that they must have.
 * Owns the items and their strings.
 */
#include "get.h"

#include "get_name.h"
#include "sum_line.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_LIMIT_BYTES ((size_t)256 << 20)

/* -- digests -- */

int get_parse_checksum(const char *text, struct get_checksum *checksum_out)
{
    static const struct digest_kind *const kinds[] = {&digest_sha256, &digest_xxh128, &digest_xxh3};
    struct get_checksum checksum = {.kind = &digest_sha256};
    const char *colon = strchr(text, ':');
    if (colon) {
        checksum.kind = NULL;
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            size_t length = strlen(kinds[i]->option);
            if (length == (size_t)(colon - text) && strncasecmp(text, kinds[i]->option, length) == 0)
                checksum.kind = kinds[i];
        }
        text = colon + 1;
    }
    size_t size = checksum.kind ? checksum.kind->size_bytes : 0;
    if (size == 0 || !digest_parse(text, size, checksum.expected) || text[2 * size])
        return -EINVAL;
    *checksum_out = checksum;
    return 0;
}

/* -- items -- */

/* The URL less what stands before an "@" in its authority. */
static char *without_secret(const char *url)
{
    char *shown = strdup(url);
    char *begin = shown ? strstr(shown, "://") : NULL;
    if (!begin)
        return shown;
    begin += 3;
    char *end = begin + strcspn(begin, "/?#");
    for (char *at = end; at-- > begin;) {
        if (*at == '@') {
            memmove(begin, at + 1, strlen(at + 1) + 1);
            break;
        }
    }
    return shown;
}

int get_add(struct get *get, const char *url, struct get_item **item_out)
{
    if (get->count == get->capacity) {
        size_t capacity = get->capacity ? get->capacity * 2 : 16;
        struct get_item *items = realloc(get->items, capacity * sizeof *items);
        if (!items)
            return -ENOMEM;
        get->items = items;
        get->capacity = capacity;
    }
    bool complete = strstr(url, "://") != NULL;
    size_t size = strlen(url) + sizeof "http://";
    char *copy = malloc(size);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, "http://", complete ? 0 : 7);
    memcpy(copy + (complete ? 0 : 7), url, strlen(url) + 1);
    struct get_item *item = &get->items[get->count];
    *item = (struct get_item){.get = get,
                              .url = copy,
                              .shown_url = without_secret(copy),
                              .outcome = GET_PENDING,
                              .total_bytes = -1};
    if (!item->shown_url) {
        free(copy);
        return -ENOMEM;
    }
    get->count++;
    *item_out = item;
    return 0;
}

void get_free_items(struct get *get)
{
    for (size_t i = 0; i < get->count; i++) {
        free(get->items[i].url);
        free(get->items[i].shown_url);
        free(get->items[i].path);
    }
    free(get->items);
    get->items = NULL;
    get->count = 0;
}

/* -- lists -- */

static int read_text(const char *path, nw_bytes *text_out)
{
    if (strcmp(path, "-") != 0)
        return nw_read_file(path, LIST_LIMIT_BYTES, text_out);
    nw_stream *input = nw_stdin();
    return nw_read_all(input, LIST_LIMIT_BYTES, text_out);
}

/* Returns: what is wrong with it, or NULL. */
static const char *parse_word(struct get_item *item, char *word)
{
    char name[SAFE_NAME_BYTES];
    if (strncmp(word, "out=", 4) != 0)
        return get_parse_checksum(word, &item->checksum) < 0 ? "is neither a digest nor out=NAME" : NULL;
    word += 4;
    if (strcmp(word, "-") == 0)
        return "cannot be: files of a list are fetched together; -o - is for one URL";
    if (!safe_name(word, name) || strcmp(name, word) != 0)
        return "is no plain name within the directory";
    item->name = word;
    return NULL;
}

/* "URL [sha256:HEX] [out=NAME]": the name is one within the directory, as servers' names are. */
static int parse_item(struct get *get, char *line, size_t number)
{
    char *rest = NULL;
    struct get_item *item;
    char *url = strtok_r(line, " \t\r", &rest);
    if (!url || *url == '#')
        return 0;
    int rc = get_add(get, url, &item);
    if (rc < 0)
        return rc;
    for (char *word = strtok_r(NULL, " \t\r", &rest); word; word = strtok_r(NULL, " \t\r", &rest)) {
        const char *wrong = parse_word(item, word);
        if (wrong) {
            tool_error("%s: line %zu: '%s' %s", get->list, number, word, wrong);
            return STATUS_FAILED;
        }
    }
    return 0;
}

static int parse_list(struct get *get)
{
    size_t number = 0;
    for (char *line = get->list_text.data; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        int rc = parse_item(get, line, number + 1);
        if (rc != 0)
            return rc;
        line = end ? end + 1 : NULL;
    }
    return 0;
}

/* -- sums -- */

/* A line of sha256sum(1) is for the item whose name, or whose URL's name, it has. */
static void apply_sum(struct get *get, const struct parsed_line *line)
{
    const char *slash = strrchr(line->name, '/');
    const char *wanted = slash ? slash + 1 : line->name;
    for (size_t i = 0; i < get->count; i++) {
        struct get_item *item = &get->items[i];
        char name[SAFE_NAME_BYTES] = "";
        if (!item->name)
            (void)name_of_url(item->url, name);
        if (item->checksum.kind || strcmp(item->name ? item->name : name, wanted) != 0)
            continue;
        item->checksum.kind = &digest_sha256;
        memcpy(item->checksum.expected, line->digest, digest_sha256.size_bytes);
    }
}

static int apply_sums(struct get *get)
{
    nw_bytes text;
    enum line_dialect dialect = DIALECT_UNKNOWN;
    int rc = read_text(get->sums, &text);
    if (rc < 0) {
        if (rc != -ECANCELED)
            tool_path_error(get->sums, rc);
        return rc == -ECANCELED ? rc : STATUS_FAILED;
    }
    char *rest = NULL;
    for (char *line = strtok_r(text.data, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        struct parsed_line parsed;
        if (line_parse(&digest_sha256, line, &dialect, &parsed) == 0)
            apply_sum(get, &parsed);
    }
    nw_bytes_finish(&text);
    for (size_t i = 0; i < get->count; i++) {
        if (get->items[i].checksum.kind)
            continue;
        tool_error("%s: no digest for %s", get->sums, get->items[i].shown_url);
        return STATUS_FAILED;
    }
    return 0;
}

int get_read_lists(struct get *get)
{
    int rc = 0;
    if (get->list) {
        rc = read_text(get->list, &get->list_text);
        if (rc < 0) {
            if (rc != -ECANCELED)
                tool_path_error(get->list, rc);
            return rc == -ECANCELED ? rc : STATUS_FAILED;
        }
        rc = parse_list(get);
    }
    if (rc == 0 && get->sums)
        rc = apply_sums(get);
    return rc;
}
