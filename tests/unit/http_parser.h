/* SPDX-License-Identifier: MIT */
/*
 * Messages for tests of the parser: fed at once, byte by byte and in two parts, with the same result.
 */
#ifndef NW_TESTS_HTTP_PARSER_H
#define NW_TESTS_HTTP_PARSER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/parser.h"

#include "unit.h"

/* What became of a message. */
struct outcome {
    int error; /* 0: it is complete; 1: more is needed */
    int refusal;
    size_t taken; /* up to the message's end, or the error */
    char content[4096];
    size_t content_bytes;
};

/* As much of [data, data + size) as is there, in pieces of at most `piece` bytes, the first one `first`. */
static inline void feed_message(struct nw__http_parser *parser, const char *data, size_t size, size_t first,
                                size_t piece, struct outcome *outcome)
{
    *outcome = (struct outcome){.error = 1};
    while (outcome->taken < size && !parser->message_done) {
        size_t left = size - outcome->taken, step = outcome->taken == 0 ? first : piece;
        /* Exactly as large as it says, so that AddressSanitizer sees a byte too many. */
        char *part;
        nw_slice content = {NULL, 0};
        ssize_t n;
        if (step > left)
            step = left;
        part = malloc(step ? step : 1);
        assert_non_null(part);
        memcpy(part, data + outcome->taken, step);
        n = parser->head_done ? nw__http_parser_body(parser, part, step, &content)
                              : nw__http_parser_head(parser, part, step);
        assert_true(outcome->content_bytes + content.size <= sizeof outcome->content);
        if (content.size)
            memcpy(outcome->content + outcome->content_bytes, content.data, content.size);
        outcome->content_bytes += content.size;
        free(part);
        if (n < 0) {
            outcome->error = (int)n;
            outcome->refusal = parser->refusal;
            return;
        }
        if (n == 0 && !parser->head_done && !parser->message_done)
            break;
        outcome->taken += (size_t)n;
    }
    outcome->error = parser->message_done ? 0 : 1;
}

#endif
