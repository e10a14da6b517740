/* SPDX-License-Identifier: MIT */
/*
 * Names for what strangers send. RFC 6266 for Content-Disposition, RFC 8187 for its filename*.
 * Owns nothing. Must never give a name that leaves the directory, hides, or is more than one name.
 */
#include "get_name.h"

#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_EXTENSION = 20 };

/* -- characters -- */

/* Marks that turn or hide text: a name must look like what it is. `c` has two or three bytes. */
static bool is_deceptive(const unsigned char *c, size_t length)
{
    if (length == 2)
        return c[0] == 0xc2 && c[1] < 0xa0; /* C1 control characters */
    if (length != 3)
        return false;
    if (c[0] == 0xef && c[1] == 0xbb && c[2] == 0xbf)
        return true; /* byte order mark */
    if (c[0] != 0xe2)
        return false;
    return (c[1] == 0x80 && ((c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/* What goes into the name for the character at `c`, or -1: nothing. Those beyond ASCII are not asked for. */
static int replacement(unsigned char c)
{
    if (c < 0x20 || c == 0x7f)
        return -1;
    return strchr("<>:\"|?*", c) ? '_' : c;
}

static const char *last_name(const char *text)
{
    const char *name = text;
    for (const char *c = text; *c; c++) {
        if (*c == '/' || *c == '\\')
            name = c + 1;
    }
    return name;
}

/* -- the whole name -- */

/* "CON", "nul.txt", "com1": where the file may be copied to, it would be a device. */
static bool is_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        if (strncasecmp(name, devices[i], 3) == 0)
            return i < 4 ? length == 3 : length == 4 && name[3] >= '0' && name[3] <= '9';
    }
    return false;
}

/* Cut `text` to `limit` bytes: in its middle when there is an extension, never inside a character. */
static void shorten(char *text, size_t limit)
{
    size_t size = strlen(text);
    if (size <= limit)
        return;
    const char *dot = strrchr(text, '.');
    size_t tail = dot && dot > text ? strlen(dot) : 0;
    if (tail > LONGEST_EXTENSION)
        tail = 0;
    size_t head = limit - tail;
    while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
        head--;
    memmove(text + head, text + size - tail, tail + 1);
}

/* Returns: the end of what was copied. */
static char *copy_good(char *to, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = utf8_length(c);
        int plain = length == 1 ? replacement(*c) : -1;
        if (length == 0)
            *to++ = '_';
        else if (plain >= 0)
            *to++ = (char)plain;
        else if (length > 1 && !is_deceptive(c, length))
            to = (char *)memcpy(to, c, length) + length;
        c += length ? length : 1;
    }
    return to;
}

/* "x.part", "x.part.state": what --continue would believe to be of an earlier run. */
static bool is_ours(const char *name)
{
    static const char *const suffixes[] = {".part", ".state"};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t length = strlen(suffixes[i]);
        if (size >= length && strcasecmp(name + size - length, suffixes[i]) == 0)
            return true;
    }
    return false;
}

bool safe_name(const char *text, char name[SAFE_NAME_BYTES])
{
    const char *last = last_name(text);
    char *copy = malloc(strlen(last) + 2);
    *name = '\0';
    if (!copy)
        return false;
    char *end = copy_good(copy + 1, last);
    char *begin = copy + 1;
    while (end > begin && (end[-1] == '.' || end[-1] == ' '))
        end--;
    *end = '\0';
    begin += strspn(begin, ". "); /* hidden files are made by their owners only */
    if (*begin == '-')
        *begin = '_'; /* it would be an option somewhere */
    if (is_device(begin))
        *--begin = '_'; /* there is room in front */
    shorten(begin, SAFE_NAME_BYTES - 2);
    snprintf(name, SAFE_NAME_BYTES, "%s%s", begin, is_ours(begin) ? "_" : "");
    free(copy);
    return *name != '\0';
}

/* -- Content-Disposition -- */

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* A value of a parameter: a token or a quoted string (RFC 9110, 5.6.4), into `value`. Returns: its end. */
static const char *copy_value(const char *text, char *value)
{
    if (*text != '"') {
        size_t length = strcspn(text, ";");
        memcpy(value, text, length);
        while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
            length--;
        value[length] = '\0';
        return text + strcspn(text, ";");
    }
    for (text++; *text && *text != '"'; text++) {
        if (*text == '\\' && text[1])
            text++;
        *value++ = *text;
    }
    *value = '\0';
    return *text ? text + 1 : text;
}

/* Latin-1 as UTF-8, in place: `text` has room for twice its size. */
static void widen(char *text, size_t size)
{
    size_t more = 0;
    for (size_t i = 0; i < size; i++)
        more += (unsigned char)text[i] >> 7;
    text[size + more] = '\0';
    for (size_t i = size; i-- > 0;) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80) {
            text[i + more] = (char)c;
            continue;
        }
        text[i + more] = (char)(0x80 | (c & 0x3f));
        text[i + --more] = (char)(0xc0 | c >> 6);
    }
}

/* RFC 8187: "UTF-8''%e2%82%ac%20rates". `value` has room for twice its size. Returns: false: it is not. */
static bool decode_extended(char *value)
{
    nw_bytes decoded;
    char *language = strchr(value, '\'');
    char *text = language ? strchr(language + 1, '\'') : NULL;
    if (!text)
        return false;
    bool latin = strncasecmp(value, "iso-8859-1'", 11) == 0;
    if (!latin && strncasecmp(value, "utf-8'", 6) != 0)
        return false;
    if (nw_url_decode((nw_slice){text + 1, strlen(text + 1)}, &decoded) < 0)
        return false;
    bool good = strlen(decoded.data) == decoded.size;
    if (good) {
        memcpy(value, decoded.data, decoded.size + 1);
        if (latin)
            widen(value, decoded.size);
    }
    nw_bytes_finish(&decoded);
    return good;
}

/* Is `value` UTF-8? What is not was written as Latin-1, as old servers do. */
static bool is_utf8(const char *value)
{
    for (const unsigned char *c = (const unsigned char *)value; *c;) {
        size_t length = utf8_length(c);
        if (length == 0)
            return false;
        c += length;
    }
    return true;
}

/* One parameter, from its ";" on. Returns: its end. */
static const char *take_parameter(const char *text, char *value, bool *extended, char *name)
{
    const char *key = skip_spaces(text);
    size_t length = strcspn(key, "=; \t");
    const char *equals = skip_spaces(key + length);
    if (*equals != '=')
        return equals + strcspn(equals, ";");
    const char *end = copy_value(skip_spaces(equals + 1), value);
    if (length == 9 && strncasecmp(key, "filename*", 9) == 0) {
        if (decode_extended(value) && safe_name(value, name))
            *extended = true;
    } else if (length == 8 && strncasecmp(key, "filename", 8) == 0 && !*extended) {
        if (!is_utf8(value))
            widen(value, strlen(value));
        safe_name(value, name);
    }
    return end + strcspn(end, ";");
}

bool name_of_disposition(const char *value, char name[SAFE_NAME_BYTES])
{
    bool extended = false;
    *name = '\0';
    if (!value)
        return false;
    char *room = malloc(2 * strlen(value) + 1);
    if (!room)
        return false;
    for (const char *text = value + strcspn(value, ";"); *text == ';' && !extended;)
        text = take_parameter(text + 1, room, &extended, name);
    free(room);
    return *name != '\0';
}

/* -- URLs -- */

bool name_of_url(const char *url, char name[SAFE_NAME_BYTES])
{
    nw_url parts;
    nw_bytes decoded;
    *name = '\0';
    if (nw_url_parse(url, &parts) < 0)
        return false;
    const char *slash = strrchr(parts.path, '/');
    const char *last = slash ? slash + 1 : parts.path;
    if (nw_url_decode((nw_slice){last, strlen(last)}, &decoded) == 0) {
        if (strlen(decoded.data) == decoded.size)
            safe_name(decoded.data, name);
        nw_bytes_finish(&decoded);
    } else {
        safe_name(last, name);
    }
    nw_url_finish(&parts);
    return *name != '\0';
}
