/* SPDX-License-Identifier: MIT */
/*
 * A JSON writer (RFC 8259).
 * Owns nothing: the text goes to the output that it was given.
 * Must never write a byte that makes the whole invalid, whatever it is handed.
 */
#include "json.h"

#include <math.h>

/* -- strings -- */

static void quoted(struct output *output, const char *text)
{
    nw_bytes string;
    int rc = nw_json_string(nw_slice_of(text), &string);

    if (rc < 0) {
        if (!output->error)
            output->error = rc;
        return;
    }
    output_append(output, string.data, string.size);
    nw_bytes_finish(&string);
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
