/* SPDX-License-Identifier: MIT */
/*
 * Options of verbs as a table: what each is called, what it takes, and which field it sets.
 * Owns nothing: texts stay where the arguments are.
 */
#ifndef NOWAIT_TOOL_OPTIONS_H
#define NOWAIT_TOOL_OPTIONS_H

#include <nowait.h>

#include <stddef.h>

struct verb;

enum tool_option_kind {
    TOOL_FLAG,     /* bool: true */
    TOOL_NO_FLAG,  /* bool: false */
    TOOL_VALUE,    /* int, or an enum: `least` */
    TOOL_COUNT,    /* unsigned, from `least` to `most` */
    TOOL_BYTES,    /* int64_t: "500K", from `least` to `most`, unless that is 0 */
    TOOL_DURATION, /* int64_t, ns: "2m", from `least` */
    TOOL_TIMEOUT,  /* the same; 0 is NW_FOREVER */
    TOOL_TEXT,     /* const char *; not empty when `least` is 1 */
    TOOL_CALL,     /* call(command, argument) */
};

struct tool_option {
    const char *name;
    char letter; /* 0: none */
    enum tool_option_kind kind;
    size_t at; /* the offset of the field in the command */
    int64_t least;
    int64_t most;
    int (*call)(void *command,
                const char *argument); /* `argument` NULL: an optional one that was not given */
    bool optional;                     /* its argument */
};

enum { TOOL_MOST_OPTIONS = 64 };

/**
 * Parse the arguments into the fields of `command`; --help and --version are every verb's.
 *
 * Returns: -1 to go on with the operands, from argv[optind]; else an exit status.
 */
int tool_parse_options(const struct verb *verb, int argc, char **argv, const struct tool_option *options,
                       size_t count, void *command);

#endif
