/* SPDX-License-Identifier: MIT */
/*
 * Lines of checksum lists, in the formats of GNU sha256sum, BSD and xxhsum.
 * Pure: text in, text out.
 */
#ifndef NOWAIT_TOOL_SUM_LINE_H
#define NOWAIT_TOOL_SUM_LINE_H

#include "digest.h"
#include "output.h"

struct line_style {
    bool tagged; /* BSD: "SHA256 (NAME) = DIGEST" */
    bool binary; /* "DIGEST *NAME" */
    char end;    /* '\n', or '\0': then names are not escaped */
};

void line_print(struct output *output, const struct digest_kind *kind, const struct line_style *style,
                const unsigned char *digest, const char *name);

/** Print a name as a report has it: after a backslash, escaped, where it holds a line break. */
void line_print_name(struct output *output, const char *name);

/** What lists of old BSD systems, "DIGEST NAME" with one space, need to be told from the rest. */
enum line_dialect { DIALECT_UNKNOWN, DIALECT_ONE_SPACE, DIALECT_TWO_SPACES };

struct parsed_line {
    unsigned char digest[DIGEST_MOST_BYTES];
    char *name; /* inside the text that was parsed */
};

/**
 * Parse a line without its end, changing it: the name is unescaped in place.
 *
 * Errors: -EINVAL (not a line of this kind).
 */
int line_parse(const struct digest_kind *kind, char *line, enum line_dialect *dialect,
               struct parsed_line *parsed_out);

#endif
