/* SPDX-License-Identifier: MIT */
/*
 * The access log: a line a request, in the combined format of Apache and others, and behind it how long the
 * request took. What clients say is written so that it can neither end a line nor a quotation.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/connection.h"

#define LINE_BYTES 2048
#define PART_BYTES 512 /* of what a client says, at most; then "..." */

struct line {
    char text[LINE_BYTES];
    size_t size_bytes;
};

static void put_char(struct line *line, char c)
{
    if (line->size_bytes < LINE_BYTES)
        line->text[line->size_bytes++] = c;
}

static void put_text(struct line *line, const char *text)
{
    while (*text)
        put_char(line, *text++);
}

static void put_escaped(struct line *line, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t limit = line->size_bytes + PART_BYTES;

    for (; *text && line->size_bytes < limit; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            put_char(line, '\\');
            put_char(line, (char)c);
        } else if (c < 0x20 || c >= 0x7f) {
            put_text(line, "\\x");
            put_char(line, digits[c >> 4]);
            put_char(line, digits[c & 15]);
        } else {
            put_char(line, (char)c);
        }
    }
    if (*text)
        put_text(line, "...");
}

static void put_quoted(struct line *line, const char *text)
{
    put_text(line, " \"");
    put_escaped(line, text ? text : "-");
    put_char(line, '"');
}

/* Without the port: that is what those who read such logs expect. */
static void put_peer(struct line *line, const nw_address *peer)
{
    char text[NW_ADDRESS_TEXT_BYTES];
    char *colon;

    if (nw_address_text(peer, text, sizeof text) < 0 || strncmp(text, "unix:", 5) == 0) {
        put_char(line, '-');
        return;
    }
    colon = strrchr(text, ':');
    if (colon)
        *colon = '\0';
    if (text[0] == '[' && colon && colon[-1] == ']') {
        colon[-1] = '\0';
        put_escaped(line, text + 1);
        return;
    }
    put_escaped(line, text);
}

static void put_time(struct line *line)
{
    char text[64];
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(text, sizeof text, " - - [%d/%b/%Y:%H:%M:%S +0000] \"", &utc);
    put_text(line, text);
}

/* In seconds, as nginx's $request_time. */
static void put_duration(struct line *line, int64_t took_ns)
{
    char text[40];

    snprintf(text, sizeof text, " %lld.%06lld", (long long)(took_ns / NW_SEC(1)),
             (long long)(took_ns % NW_SEC(1) / 1000));
    put_text(line, text);
}

void nw__http_log(const nw_http_exchange *exchange)
{
    const struct nw__http_connection *connection = exchange->connection;
    nw_logger *logger = connection->server->options.access_log;
    struct line line;
    char numbers[48];

    if (!logger)
        return;
    line.size_bytes = 0;
    put_peer(&line, &connection->peer);
    put_time(&line);
    put_escaped(&line, exchange->method[0] ? exchange->method : "-");
    if (exchange->target[0]) {
        put_char(&line, ' ');
        put_escaped(&line, exchange->target);
        put_text(&line, exchange->wire.parser.minor_version ? " HTTP/1.1" : " HTTP/1.0");
    }
    snprintf(numbers, sizeof numbers, "\" %d %lld", exchange->status, (long long)exchange->sent_bytes);
    put_text(&line, numbers);
    put_quoted(&line, nw_http_header(exchange, "Referer"));
    put_quoted(&line, nw_http_header(exchange, "User-Agent"));
    put_duration(&line, nw_now() - exchange->began_ns);
    (void)nw_log_text(logger, line.text, line.size_bytes);
}
