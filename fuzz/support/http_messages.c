/* SPDX-License-Identifier: MIT */
/*
 * See http_messages.h. Where the library's parser is stricter than the others, that is no difference: only
 * what it takes for a message must be one to them, with the same meaning and the same end. What is left out
 * of transcripts, because the others make it differently: methods (they know a list), white space at the end
 * of values, trailers that must not be there.
 */
#include "http_messages.h"

#include <ctype.h>
#include <stdarg.h>

#include "http/parser.h"

static const struct nw__http_limits limits = {.head_bytes = 1024, .fields = 16};

/* -- transcripts -- */

void transcript_finish(struct transcript *transcript)
{
    free(transcript->text);
    *transcript = (struct transcript){.text = NULL};
}

void transcript_add(struct transcript *transcript, const void *data, size_t size)
{
    if (transcript->size + size > transcript->capacity) {
        transcript->capacity = 2 * (transcript->size + size) + 256;
        transcript->text = realloc(transcript->text, transcript->capacity);
        FUZZ_CHECK(transcript->text);
    }
    if (size)
        memcpy(transcript->text + transcript->size, data, size);
    transcript->size += size;
}

void transcript_print(struct transcript *transcript, const char *format, ...)
{
    char text[512];
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    FUZZ_CHECK(n >= 0 && (size_t)n < sizeof text);
    transcript_add(transcript, text, (size_t)n);
}

static void check_same(const char *who, const struct transcript *ours, const struct transcript *theirs)
{
    if (ours->size == theirs->size && (ours->size == 0 || memcmp(ours->text, theirs->text, ours->size) == 0))
        return;
    fprintf(stderr, "-- ours\n%.*s\n-- %s\n%.*s\n--\n", (int)ours->size, ours->text ? ours->text : "", who,
            (int)theirs->size, theirs->text ? theirs->text : "");
    abort();
}

/* -- what the library sees -- */

struct fed {
    struct transcript message; /* as the others could have written it */
    struct transcript rest;    /* what only this parser says */
    struct transcript content;
    size_t taken;
    int result; /* 1: the message is complete; 0: more is needed; else the error */
};

static void fed_finish(struct fed *fed)
{
    transcript_finish(&fed->message);
    transcript_finish(&fed->rest);
    transcript_finish(&fed->content);
}

static void print_fields(struct transcript *to, const nw_http_headers *headers)
{
    for (uint32_t i = 0; i < headers->count; i++) {
        nw_slice name = nw__http_headers_name(headers, i), value = nw__http_headers_value(headers, i);
        FUZZ_CHECK(nw__http_is_token(name) && nw__http_is_value(value));
        FUZZ_CHECK(name.data[name.size] == '\0' && value.data[value.size] == '\0');
        transcript_add(to, name.data, name.size);
        transcript_add(to, ": ", 2);
        transcript_add(to, value.data, value.size);
        transcript_add(to, "\n", 1);
    }
}

static void print_slice(struct transcript *to, nw_slice text)
{
    transcript_print(to, "%zu ", text.size);
    transcript_add(to, text.data, text.size);
    transcript_print(to, "\n");
}

static void print_head(const struct nw__http_parser *parser, struct fed *fed)
{
    struct transcript *to = &fed->message;

    if (parser->side == NW__HTTP_REQUESTS)
        transcript_add(to, parser->target.data, parser->target.size);
    else
        transcript_print(to, "%d", parser->status);
    transcript_print(to, " 1.%d\n", parser->minor_version);
    print_fields(to, &parser->headers);
    transcript_print(to, "\n");
    transcript_print(&fed->rest, "%d %d %d %d %d %d %lld %lld\n", parser->chunked, parser->until_close,
                     parser->keep_alive, parser->upgrade, parser->expect_continue, (int)parser->form,
                     (long long)parser->length, (long long)parser->announced);
    print_slice(&fed->rest, parser->method);
    print_slice(&fed->rest, parser->host);
    print_slice(&fed->rest, parser->resource);
    print_slice(&fed->rest, parser->reason);
}

/* Also of a head that goes on, or is refused: who reads the fields that there are finds strings. */
static void check_strings(const nw_http_headers *headers)
{
    for (uint32_t i = 0; i < headers->count; i++) {
        nw_slice name = nw__http_headers_name(headers, i), value = nw__http_headers_value(headers, i);
        FUZZ_CHECK(strlen(name.data) == name.size && strlen(value.data) == value.size);
    }
}

static void print_end(const struct nw__http_parser *parser, struct fed *fed)
{
    check_strings(&parser->headers);
    check_strings(&parser->trailers);
    if (parser->message_done)
        print_fields(&fed->rest, &parser->trailers);
    transcript_print(&fed->rest, "%d %d %d %s", fed->result, parser->refusal, parser->error,
                     parser->why ? parser->why : "");
}

/* One message, in pieces as `random` says (0: as large as can be). */
static void feed(struct nw__http_parser *parser, const char *data, size_t size, uint64_t random,
                 struct fed *fed)
{
    ssize_t n = 0;

    *fed = (struct fed){.taken = 0};
    while (!parser->message_done && fed->taken < size && n >= 0) {
        size_t step = size - fed->taken;
        nw_slice content = {NULL, 0};
        bool was_done = parser->head_done;
        if (random && step > fuzz_random(&random) % 8 + 1)
            step = random % 8 + 1;
        char *part = fuzz_copy(data + fed->taken, step);
        n = was_done ? nw__http_parser_body(parser, part, step, &content)
                     : nw__http_parser_head(parser, part, step);
        FUZZ_CHECK(n <= (ssize_t)step && (n > 0 || n < 0));
        transcript_add(&fed->content, content.data, content.size);
        free(part);
        if (!was_done && parser->head_done)
            print_head(parser, fed);
        if (n > 0)
            fed->taken += (size_t)n;
    }
    fed->result = n < 0 ? (int)n : parser->message_done;
    print_end(parser, fed);
    transcript_add(&fed->message, fed->content.text, fed->content.size);
}

/* -- against the others -- */

typedef int oracle_fn(enum message_kind kind, const char *data, size_t size, bool at_end,
                      struct transcript *transcript);

static void ask(const char *who, oracle_fn *oracle, enum message_kind kind, const char *data,
                const struct fed *fed, bool at_end)
{
    struct transcript theirs = {.text = NULL};
    int result = oracle(kind, data, fed->taken, at_end, &theirs);

    if (result != -2 && result != fed->result) {
        fprintf(stderr, "%s says %d, not %d, of:\n%.*s\n", who, result, fed->result, (int)fed->taken, data);
        abort();
    }
    if (result == 1)
        check_same(who, &fed->message, &theirs);
    transcript_finish(&theirs);
}

/* Returns: how much of `data` the message was; 0: there is no next one. */
static size_t one_message(enum message_kind kind, const char *data, size_t size,
                          struct nw__http_parser *whole, struct nw__http_parser *split)
{
    enum nw__http_answer answer = kind == MESSAGE_RESPONSE_TO_HEAD      ? NW__HTTP_ANSWER_TO_HEAD
                                  : kind == MESSAGE_RESPONSE_TO_CONNECT ? NW__HTTP_ANSWER_TO_CONNECT
                                                                        : NW__HTTP_ANSWER;
    uint64_t random = size * UINT64_C(0x9e3779b97f4a7c15) + 1;
    struct fed at_once, in_pieces;
    size_t taken;
    bool goes_on, at_end;

    nw__http_parser_next(whole, answer);
    nw__http_parser_next(split, answer);
    feed(whole, data, size, 0, &at_once);
    feed(split, data, size, random ? random : 1, &in_pieces);
    check_same("in pieces", &at_once.message, &in_pieces.message);
    check_same("in pieces", &at_once.rest, &in_pieces.rest);
    FUZZ_CHECK(at_once.result < 0 || at_once.taken == in_pieces.taken);
    at_end = at_once.result == 0 && whole->until_close;
    if (at_end)
        at_once.result = nw__http_parser_end(whole) == 0;
    /* A head is judged when it is complete; of CONNECT the others are not told. */
    if (at_once.result >= 0 && whole->head_done && kind != MESSAGE_RESPONSE_TO_CONNECT) {
        ask("llhttp", oracle_llhttp, kind, data, &at_once, at_end);
        ask("http-parser", oracle_http_parser, kind, data, &at_once, at_end);
    }
    goes_on =
        at_once.result == 1 && whole->keep_alive && !whole->upgrade && whole->form != NW__HTTP_AUTHORITY_FORM;
    taken = goes_on ? at_once.taken : 0;
    fed_finish(&at_once);
    fed_finish(&in_pieces);
    return taken;
}

void fuzz_messages(enum message_kind kind, const char *prefix, const uint8_t *data, size_t size)
{
    enum nw__http_side side = kind == MESSAGE_REQUEST ? NW__HTTP_REQUESTS : NW__HTTP_RESPONSES;
    struct nw__http_parser whole, split;
    struct transcript text = {.text = NULL};
    size_t at = 0, taken;

    transcript_add(&text, prefix, strlen(prefix));
    transcript_add(&text, data, size);
    nw__http_parser_init(&whole, side, &limits);
    nw__http_parser_init(&split, side, &limits);
    for (taken = 1; taken > 0 && at < text.size; at += taken)
        taken = one_message(kind, text.text + at, text.size - at, &whole, &split);
    nw__http_parser_finish(&whole);
    nw__http_parser_finish(&split);
    transcript_finish(&text);
}
