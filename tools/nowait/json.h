/* SPDX-License-Identifier: MIT */
/*
 * A JSON writer: values go straight to an output, indented by two spaces, or on one line.
 * Owns nothing but where it is. Keys are NULL in arrays and for the outermost value.
 * Always writes valid JSON: bytes that are not UTF-8 become U+FFFD, numbers that are not finite become null.
 */
#ifndef NOWAIT_TOOL_JSON_H
#define NOWAIT_TOOL_JSON_H

#include "output.h"

struct json {
    struct output *output;
    unsigned depth;
    bool one_line;
    bool follows; /* a value stands before the next one in this array or object */
};

void json_init(struct json *json, struct output *output);
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);
void json_string(struct json *json, const char *key, const char *text);
void json_integer(struct json *json, const char *key, int64_t value);
void json_number(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);

#endif
