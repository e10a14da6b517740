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

/* A text with its NUL bytes. */
#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        "" literal, sizeof(literal) - 1                                                                      \
    }

static const struct nw__http_limits usual_limits = {.head_bytes = 4096, .fields = 20};

/* What a message must come to: 0, 1 (more is needed), or an error; with which status; and why. */
struct expected {
    nw_slice text;
    int error;
    int refusal;
    const char *why;
};

static int failures; /* so that all are printed */

/* Returns: why it was refused. */
static inline const char *check_one(enum nw__http_side side, const struct expected *expected, size_t first,
                                    size_t piece, const char *why)
{
    static struct outcome outcome;
    struct nw__http_parser parser;
    const char *got;

    nw__http_parser_init(&parser, side, &usual_limits);
    feed_message(&parser, expected->text.data, expected->text.size, first, piece, &outcome);
    got = parser.why ? parser.why : "";
    if (outcome.error != expected->error || outcome.refusal != expected->refusal ||
        (why && strcmp(got, why) != 0)) {
        print_error("%.*s\n-- %zu, then %zu: %d, %d, %s; not %d, %d, %s\n", (int)expected->text.size,
                    expected->text.data, first, piece, outcome.error, outcome.refusal, got, expected->error,
                    expected->refusal, why ? why : "");
        failures++;
    }
    nw__http_parser_finish(&parser);
    return got;
}

/* Whole, byte by byte, and cut at each place: with the same reason. */
static inline void check_all(enum nw__http_side side, const struct expected *expected, size_t count)
{
    failures = 0;
    for (size_t i = 0; i < count; i++) {
        const char *why = check_one(side, &expected[i], SIZE_MAX, SIZE_MAX, expected[i].why);
        check_one(side, &expected[i], 1, 1, why);
        for (size_t cut = 1; cut < expected[i].text.size; cut++)
            check_one(side, &expected[i], cut, SIZE_MAX, why);
    }
    assert_int_equal(failures, 0);
}

#endif
