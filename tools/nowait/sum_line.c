/* SPDX-License-Identifier: MIT */
/*
 * Lines of checksum lists: printing and parsing.
 * Owns nothing. Follows GNU coreutils 9.1 (sha256sum) to the letter, so that either program reads the other's
 * lists. Must not open files.
 */
#include "sum_line.h"

#include <string.h>

/* -- printing -- */

static bool needs_escape(const char *name)
{
    return strpbrk(name, "\\\n\r") != NULL;
}

static void print_escaped(struct output *output, const char *name)
{
    for (; *name; name++) {
        switch (*name) {
        case '\\':
            output_text(output, "\\\\");
            break;
        case '\n':
            output_text(output, "\\n");
            break;
        case '\r':
            output_text(output, "\\r");
            break;
        default:
            output_append(output, name, 1);
        }
    }
}

void line_print_name(struct output *output, const char *name)
{
    if (!strchr(name, '\n')) { /* a backslash alone does no harm here: keep the name as it is */
        output_text(output, name);
        return;
    }
    output_text(output, "\\");
    print_escaped(output, name);
}

static void print_digest(struct output *output, const unsigned char *digest, size_t size_bytes)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * DIGEST_MOST_BYTES];
    for (size_t i = 0; i < size_bytes; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    output_append(output, text, 2 * size_bytes);
}

void line_print(struct output *output, const struct digest_kind *kind, const struct line_style *style,
                const unsigned char *digest, const char *name)
{
    void (*print_name)(struct output *, const char *) = output_text;
    if (style->end == '\n' && needs_escape(name)) {
        output_text(output, "\\");
        print_name = print_escaped;
    }
    if (style->tagged) {
        output_printf(output, "%s (", kind->tag);
        print_name(output, name);
        output_text(output, ") = ");
        print_digest(output, digest, kind->size_bytes);
    } else {
        print_digest(output, digest, kind->size_bytes);
        output_text(output, style->binary ? " *" : "  ");
        print_name(output, name);
    }
    output_append(output, &style->end, 1);
}

/* -- parsing -- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        switch (*++from) {
        case 'n':
            *to++ = '\n';
            break;
        case 'r':
            *to++ = '\r';
            break;
        case '\\':
            *to++ = '\\';
            break;
        default:
            return -EINVAL;
        }
    }
    *to = '\0';
    return 0;
}

/* "TAG (NAME) = DIGEST", and OpenSSL's "TAG(NAME)= DIGEST". `text` stands behind the tag. */
static int parse_tagged(const struct digest_kind *kind, char *text, struct parsed_line *parsed)
{
    text += *text == ' ';
    if (*text != '(')
        return -EINVAL;
    char *close = strrchr(++text, ')'); /* the last one: a name may hold parentheses */
    if (!close)
        return -EINVAL;
    parsed->name = text;
    *close++ = '\0';
    while (is_blank(*close))
        close++;
    if (*close++ != '=')
        return -EINVAL;
    while (is_blank(*close))
        close++;
    bool good = digest_parse(close, kind->size_bytes, parsed->digest);
    return good && close[2 * kind->size_bytes] == '\0' ? 0 : -EINVAL;
}

/* "DIGEST  NAME", "DIGEST *NAME", and "DIGEST NAME" in a list in which all lines are like that. */
static int parse_plain(const struct digest_kind *kind, char *text, enum line_dialect *dialect,
                       struct parsed_line *parsed)
{
    char *rest = text + 2 * kind->size_bytes;
    if (!digest_parse(text, kind->size_bytes, parsed->digest) || !is_blank(*rest) || rest[1] == '\0')
        return -EINVAL;
    rest++;
    if (rest[1] == '\0' || (*rest != ' ' && *rest != '*')) {
        if (*dialect == DIALECT_TWO_SPACES)
            return -EINVAL;
        *dialect = DIALECT_ONE_SPACE;
    } else if (*dialect != DIALECT_ONE_SPACE) {
        *dialect = DIALECT_TWO_SPACES;
        rest++;
    }
    parsed->name = rest;
    return 0;
}

int line_parse(const struct digest_kind *kind, char *line, enum line_dialect *dialect,
               struct parsed_line *parsed_out)
{
    struct parsed_line parsed = {.name = NULL};
    while (is_blank(*line))
        line++;
    bool escaped = *line == '\\';
    line += escaped;

    size_t tag_length = strlen(kind->tag);
    int rc = strncmp(line, kind->tag, tag_length) == 0 ? parse_tagged(kind, line + tag_length, &parsed)
                                                       : parse_plain(kind, line, dialect, &parsed);
    if (rc == 0 && escaped)
        rc = unescape(parsed.name);
    if (rc < 0)
        return rc;
    *parsed_out = parsed;
    return 0;
}
