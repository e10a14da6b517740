/* SPDX-License-Identifier: MIT */
/*
 * A JSON writer (RFC 8259).
 * Owns nothing: the text goes to the output that it was given.
 * Must never write a byte that makes the whole invalid, whatever it is handed.
 */
#include "json.h"

#include <math.h>

/* -- strings -- */

/* The length of the well-formed UTF-8 sequence at `text` (RFC 3629), or 0. The text ends in a NUL. */
static size_t utf8_length(const unsigned char *text)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text[0] < forms[i].first_low || text[0] > forms[i].first_high)
            continue;
        size_t length = forms[i].length;
        if (length > 1 && (text[1] < forms[i].second_low || text[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < length; k++) {
            if ((text[k] & 0xc0) != 0x80)
                return 0;
        }
        return length;
    }
    return 0;
}

static void quoted(struct output *output, const char *text)
{
    output_text(output, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = utf8_length(c);
        if (length == 0) {
            output_text(output, "\\ufffd");
            length = 1;
        } else if (*c == '"' || *c == '\\') {
            output_printf(output, "\\%c", *c);
        } else if (*c < 0x20) {
            output_printf(output, "\\u%04x", *c);
        } else {
            output_append(output, c, length);
        }
        c += length;
    }
    output_text(output, "\"");
}

/* -- structure -- */

static void new_line(struct json *json)
{
    if (json->one_line)
        output_text(json->output, json->follows ? " " : "");
    else
        output_printf(json->output, "\n%*s", (int)json->depth * 2, "");
}

static void before_value(struct json *json, const char *key)
{
    if (json->follows)
        output_text(json->output, ",");
    if (json->depth > 0)
        new_line(json);
    if (key) {
        quoted(json->output, key);
        output_text(json->output, ": ");
    }
    json->follows = true;
}

static void begin(struct json *json, const char *key, const char *bracket)
{
    before_value(json, key);
    output_text(json->output, bracket);
    json->depth++;
    json->follows = false;
}

static void end(struct json *json, const char *bracket)
{
    json->depth--;
    if (json->follows && !json->one_line)
        new_line(json);
    output_text(json->output, bracket);
    json->follows = true;
    if (json->depth == 0)
        output_text(json->output, "\n");
}

void json_init(struct json *json, struct output *output)
{
    *json = (struct json){.output = output};
}

void json_begin_object(struct json *json, const char *key)
{
    begin(json, key, "{");
}

void json_end_object(struct json *json)
{
    end(json, "}");
}

void json_begin_array(struct json *json, const char *key)
{
    begin(json, key, "[");
}

void json_end_array(struct json *json)
{
    end(json, "]");
}

/* -- values -- */

void json_string(struct json *json, const char *key, const char *text)
{
    before_value(json, key);
    quoted(json->output, text);
}

void json_integer(struct json *json, const char *key, int64_t value)
{
    before_value(json, key);
    output_printf(json->output, "%lld", (long long)value);
}

void json_number(struct json *json, const char *key, double value)
{
    before_value(json, key);
    if (isfinite(value))
        output_printf(json->output, "%.9g", value);
    else
        output_text(json->output, "null");
}

void json_bool(struct json *json, const char *key, bool value)
{
    before_value(json, key);
    output_text(json->output, value ? "true" : "false");
}
