/* SPDX-License-Identifier: MIT */
/*
 * What cat's options do to text: numbers, marks, squeezed blank lines.
 * Pure: bytes in, bytes appended to an output; what spans two pieces or two files is kept in the state.
 */
#ifndef NOWAIT_TOOL_CAT_TEXT_H
#define NOWAIT_TOOL_CAT_TEXT_H

#include "output.h"

struct cat_style {
    bool number;      /* all lines */
    bool number_text; /* lines that are not empty; wins over `number` */
    bool squeeze;     /* several empty lines in a row are one */
    bool ends;        /* "$" before each newline */
    bool tabs;        /* tabs as "^I" */
    bool nonprinting; /* other control bytes as "^X", those above 127 as "M-" and what is left */
};

struct cat_text {
    struct cat_style style;
    uint64_t lines;    /* numbers given so far */
    bool inside;       /* of a line: it has begun and not ended */
    bool after_empty;  /* the line before was empty */
    bool carriage;     /* a carriage return is held back: before a newline it is shown as "^M" */
    bool special[256]; /* bytes that are not copied as they are */
    size_t gathered;   /* bytes in `piece`, which go to the output together */
    char piece[4096];
};

void cat_text_begin(struct cat_text *text, const struct cat_style *style);
void cat_text_add(struct cat_text *text, const char *data, size_t size_bytes, struct output *output);
void cat_text_end(struct cat_text *text, struct output *output);

#endif
