/* SPDX-License-Identifier: MIT */
/*
 * What cat's options do to text. Owns nothing.
 * Must come to the same bytes as cat(1) does, wherever a piece or a file ends.
 */
#include "cat_text.h"

#include <string.h>

#define NUMBER_WIDTH 6

void cat_text_begin(struct cat_text *text, const struct cat_style *style)
{
    *text = (struct cat_text){.style = *style};
    text->special['\n'] = true;
    text->special['\t'] = style->tabs;
    text->special['\r'] = style->ends;
    for (int c = 0; c < 256 && style->nonprinting; c++) {
        if (c != '\t' && (c < 0x20 || c >= 0x7f))
            text->special[c] = true;
    }
}

static void pass_on(struct cat_text *text, struct output *output)
{
    output_append(output, text->piece, text->gathered);
    text->gathered = 0;
}

/* Most of what is added is a few bytes long. */
static inline void add(struct cat_text *text, const char *data, size_t size_bytes, struct output *output)
{
    if (size_bytes > sizeof text->piece - text->gathered)
        pass_on(text, output);
    if (size_bytes > sizeof text->piece) {
        output_append(output, data, size_bytes);
        return;
    }
    memcpy(text->piece + text->gathered, data, size_bytes);
    text->gathered += size_bytes;
}

static void append_number(struct cat_text *text, struct output *output)
{
    char digits[32];
    char *end = digits + sizeof digits, *at = end;

    *--at = '\t';
    for (uint64_t rest = ++text->lines; rest > 0; rest /= 10)
        *--at = (char)('0' + rest % 10);
    while (end - at <= NUMBER_WIDTH)
        *--at = ' ';
    add(text, at, (size_t)(end - at), output);
}

static void append_visible(struct cat_text *text, unsigned char c, struct output *output)
{
    char low = (char)(c & 0x7f);

    if (c >= 0x80)
        add(text, "M-", 2, output);
    if (low < 0x20 || low == 0x7f) {
        add(text, "^", 1, output);
        low ^= 0x40;
    }
    add(text, &low, 1, output);
}

static void end_line(struct cat_text *text, struct output *output)
{
    bool empty = !text->inside;
    bool again = empty && text->after_empty;

    text->inside = false;
    text->after_empty = empty;
    if (again && text->style.squeeze)
        return;
    if (empty && text->style.number && !text->style.number_text)
        append_number(text, output);
    add(text, text->style.ends ? "$\n" : "\n", 1 + (size_t)text->style.ends, output);
}

static void begin_line(struct cat_text *text, struct output *output)
{
    if (!text->inside && (text->style.number || text->style.number_text))
        append_number(text, output);
    text->inside = true;
}

static void add_special(struct cat_text *text, unsigned char c, struct output *output)
{
    if (c == '\n') {
        end_line(text, output);
        return;
    }
    begin_line(text, output);
    if (c == '\r' && !text->style.nonprinting)
        text->carriage = true;
    else
        append_visible(text, c, output);
}

void cat_text_add(struct cat_text *text, const char *data, size_t size_bytes, struct output *output)
{
    const char *end = data + size_bytes;

    while (data < end) {
        if (text->carriage) {
            add(text, *data == '\n' ? "^M" : "\r", *data == '\n' ? 2 : 1, output);
            text->carriage = false;
        }
        const char *plain = data;
        while (data < end && !text->special[(unsigned char)*data])
            data++;
        if (data > plain) {
            begin_line(text, output);
            add(text, plain, (size_t)(data - plain), output);
        }
        if (data < end)
            add_special(text, (unsigned char)*data++, output);
    }
    pass_on(text, output);
}

void cat_text_end(struct cat_text *text, struct output *output)
{
    if (text->carriage)
        output_text(output, "\r");
    text->carriage = false;
}
