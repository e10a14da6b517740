/* SPDX-License-Identifier: MIT */
/*
 * Messages of HTTP/1.1 for fuzz programs: fed to the library's parser whole and in pieces, which must make no
 * difference, and what it takes for a message, to two parsers that others wrote, which must see the same.
 */
#ifndef NW_FUZZ_HTTP_MESSAGES_H
#define NW_FUZZ_HTTP_MESSAGES_H

#include "fuzz.h"

/* What a parser saw, as text: to be compared as a whole. */
struct transcript {
    char *text;
    size_t size;
    size_t capacity;
};

void transcript_finish(struct transcript *transcript);
void transcript_add(struct transcript *transcript, const void *data, size_t size);
void transcript_print(struct transcript *transcript, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

enum message_kind {
    MESSAGE_REQUEST,
    MESSAGE_RESPONSE,
    MESSAGE_RESPONSE_TO_HEAD,
    MESSAGE_RESPONSE_TO_CONNECT,
};

/*
 * The transcript of another parser for exactly one message; `at_end`: the connection ends behind it.
 * Returns: 1: the message ends with the last byte; 0: it is not over; -1: refused, or over before;
 *          -2: this parser cannot say.
 */
int oracle_llhttp(enum message_kind kind, const char *data, size_t size, bool at_end,
                  struct transcript *transcript);
int oracle_http_parser(enum message_kind kind, const char *data, size_t size, bool at_end,
                       struct transcript *transcript);

/* All of it: as many messages as there are in `data`, which begins with `prefix`. */
void fuzz_messages(enum message_kind kind, const char *prefix, const uint8_t *data, size_t size);

#endif
