/* SPDX-License-Identifier: MIT */
/*
 * Letters and digits of ASCII, whatever the locale: protocols know no other ones.
 */
#ifndef NW_BASE_ASCII_H
#define NW_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool nw__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool nw__is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline char nw__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline void nw__make_lower(char *text, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        text[i] = nw__lower(text[i]);
}

#endif
