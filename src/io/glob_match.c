/* SPDX-License-Identifier: MIT */
/*
 * Matching names as Python's fnmatch does, and with "\" as glob(7). Takes at most the product of the lengths.
 */
#include "io/glob.h"

#include <string.h>

/* What is no UTF-8 becomes a character of its own, beyond all others. */
#define ODD_BYTE 0x110000u

/* The length that the first byte announces; 1 for all that begins nothing. */
static unsigned announced(unsigned char first)
{
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 1;
}

static bool well_formed(uint32_t character, unsigned bytes)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};

    return character >= lowest[bytes] && character < ODD_BYTE && (character < 0xd800 || character > 0xdfff);
}

/* The character at `text`, which must not be at its end; `*text` is moved behind it. */
static uint32_t next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    unsigned bytes = announced(*at);
    uint32_t character = bytes == 1 ? *at : *at & (0xffu >> (bytes + 1));
    unsigned i = 1;

    for (; i < bytes && (at[i] & 0xc0) == 0x80; i++)
        character = character << 6 | (at[i] & 0x3f);
    if (bytes == 1 || i < bytes || !well_formed(character, bytes)) {
        *text += 1;
        return *at < 0x80 ? *at : ODD_BYTE + *at;
    }
    *text += bytes;
    return character;
}

static uint32_t next_meant(const char **pattern)
{
    if (**pattern == '\\' && (*pattern)[1])
        ++*pattern;
    return next_character(pattern);
}

/* Where the set that begins behind "[" ends, at its "]"; NULL: it does not, and the "[" is meant as it is. */
static const char *set_end(const char *set)
{
    if (*set == '!')
        set++;
    if (*set == ']')
        set++;
    while (*set && *set != ']')
        set += set[0] == '\\' && set[1] ? 2 : 1;
    return *set ? set : NULL;
}

static bool set_holds(const char *set, const char *end, uint32_t character)
{
    bool inverted = *set == '!', found = false;

    set += inverted;
    while (set < end) {
        uint32_t first = next_meant(&set), last = first;
        if (*set == '-' && set + 1 < end) {
            set++;
            last = next_meant(&set);
        }
        found = found || (character >= first && character <= last);
    }
    return found != inverted;
}

/* One element of the pattern, which is no "*", against one character. Both are moved when they match. */
static bool match_one(const char **pattern, const char **name)
{
    const char *rest = *pattern, *behind = *name, *end = NULL;
    bool matches;

    if (!*rest || !*behind)
        return false;
    uint32_t character = next_character(&behind);
    if (*rest == '?') {
        matches = true;
        rest++;
    } else if (*rest == '[' && (end = set_end(rest + 1))) {
        matches = set_holds(rest + 1, end, character);
        rest = end + 1;
    } else {
        matches = next_meant(&rest) == character;
    }
    if (matches) {
        *pattern = rest;
        *name = behind;
    }
    return matches;
}

/* Only the last "*" has to be tried again: what an earlier one takes more, it could take as well. */
bool nw__glob_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *taken = NULL;

    while (*name || *pattern) {
        if (*pattern == '*') {
            star = ++pattern;
            taken = name;
        } else if (!match_one(&pattern, &name)) {
            if (!star || !*taken)
                return false;
            next_character(&taken);
            pattern = star;
            name = taken;
        }
    }
    return true;
}

bool nw__glob_is_magic(const char *pattern, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (pattern[i] == '\\')
            i++;
        else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[')
            return true;
    }
    return false;
}

void nw__glob_unescape(char *pattern)
{
    char *to = pattern;

    for (const char *from = pattern; *from; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
}
