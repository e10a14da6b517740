/* SPDX-License-Identifier: MIT */
/*
 * Options by a table: getopt_long() is told what there is, and the fields are set from what it finds.
 * Owns nothing. Must not know any verb.
 */
#include "options.h"

#include "tool.h"
#include "units.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

/* -- for getopt_long() -- */

enum { OPTION_OF_TABLE = OPTION_FIRST_OWN }; /* and their places in the table */

struct known {
    struct option names[TOOL_MOST_OPTIONS + 3];
    char letters[3 * TOOL_MOST_OPTIONS + 1];
};

static int argument_of(const struct tool_option *option)
{
    if (option->kind == TOOL_FLAG || option->kind == TOOL_NO_FLAG || option->kind == TOOL_VALUE)
        return no_argument;
    return option->optional ? optional_argument : required_argument;
}

static void describe(const struct tool_option *options, size_t count, struct known *known)
{
    static const struct option common[] = {TOOL_COMMON_OPTIONS, {NULL, 0, NULL, 0}};
    char *letter = known->letters;
    assert(count <= TOOL_MOST_OPTIONS);
    for (size_t i = 0; i < count; i++) {
        int argument = argument_of(&options[i]);
        known->names[i] = (struct option){options[i].name, argument, NULL, OPTION_OF_TABLE + (int)i};
        if (options[i].letter == 0)
            continue;
        *letter++ = options[i].letter;
        for (int colons = argument; colons > 0; colons--)
            *letter++ = ':';
    }
    *letter = '\0';
    memcpy(known->names + count, common, sizeof common);
}

/* NULL: none of the table. */
static const struct tool_option *find(const struct tool_option *options, size_t count, int found)
{
    if (found >= OPTION_OF_TABLE)
        return &options[found - OPTION_OF_TABLE];
    for (size_t i = 0; i < count; i++) {
        if (options[i].letter && options[i].letter == found)
            return &options[i];
    }
    return NULL;
}

/* -- fields -- */

static int set_amount(const struct tool_option *option, const char *argument, int64_t *field)
{
    int64_t amount;
    int rc = option->kind == TOOL_BYTES ? units_parse_bytes(argument, &amount)
                                        : units_parse_duration(argument, &amount);
    if (rc < 0 || amount < option->least || (option->most > 0 && amount > option->most))
        return -EINVAL;
    *field = option->kind == TOOL_TIMEOUT && amount == 0 ? NW_FOREVER : amount;
    return 0;
}

static int set_field(const struct tool_option *option, const char *argument, void *command)
{
    void *field = (char *)command + option->at;
    switch (option->kind) {
    case TOOL_FLAG:
    case TOOL_NO_FLAG:
        *(bool *)field = option->kind == TOOL_FLAG;
        return 0;
    case TOOL_VALUE:
        *(int *)field = (int)option->least;
        return 0;
    case TOOL_COUNT:
        return tool_parse_count(argument, (unsigned)option->least, (unsigned)option->most, field);
    case TOOL_BYTES:
    case TOOL_DURATION:
    case TOOL_TIMEOUT:
        return set_amount(option, argument, field);
    case TOOL_TEXT:
        *(const char **)field = argument;
        return strlen(argument) < (size_t)option->least ? -EINVAL : 0;
    default:
        return option->call(command, argument);
    }
}

int tool_parse_options(const struct verb *verb, int argc, char **argv, const struct tool_option *options,
                       size_t count, void *command)
{
    struct known known = {.letters = ""};
    int found;
    describe(options, count, &known);
    while ((found = getopt_long(argc, argv, known.letters, known.names, NULL)) != -1) {
        const struct tool_option *option = find(options, count, found);
        if (!option)
            return tool_common_option(verb, found);
        if (set_field(option, optarg, command) < 0)
            return tool_usage(verb, "'%s' makes no sense here", optarg ? optarg : option->name);
    }
    return -1;
}
